/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How far brokers are with the metadata: learnt from their fetches of {@code __cluster_metadata} and from their heartbeats.
 * For DescribeQuorum only; nothing is decided by it. Thread-safe; one small entry for each node id that was ever seen.
 */
public final class TailingBrokers {
    private static final int MAX_NODES = 10_000;

    /**
     * @param endOffset offset behind the last fact it has, exclusive
     * @param seenMs wall time when it said so
     */
    public record Progress(long endOffset, long seenMs) {}

    private final Map<Integer, Progress> progress = new ConcurrentHashMap<>();
    private final LongSupplier wallClockMs;

    public TailingBrokers(LongSupplier wallClockMs) {
        this.wallClockMs = wallClockMs;
    }

    void seen(int nodeId, long endOffset) {
        if (nodeId >= 0 && (progress.containsKey(nodeId) || progress.size() < MAX_NODES)) {
            progress.put(nodeId, new Progress(endOffset, wallClockMs.getAsLong()));
        }
    }

    /** A copy, by node id. */
    Map<Integer, Progress> all() {
        return new TreeMap<>(progress);
    }
}
