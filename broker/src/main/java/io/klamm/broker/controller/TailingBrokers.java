/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.metadata.image.DigestStanding;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far brokers are with the metadata, and whether theirs is the active controller's: learnt from their fetches of {@code
 * __cluster_metadata} and from their heartbeats. For DescribeQuorum and for the log only; nothing is decided by it. Thread-safe; one small
 * entry for each node id that was ever seen.
 */
public final class TailingBrokers {
    private static final Logger LOG = LoggerFactory.getLogger(TailingBrokers.class);
    private static final int MAX_NODES = 10_000;

    /**
     * @param endOffset offset behind the last fact it has, exclusive
     * @param seenMs wall time when it said so
     * @param digests how its metadata compares with the active controller's; null when it has not said so
     */
    public record Progress(
            long endOffset, long seenMs, @Nullable DigestStanding digests) {}

    private final Map<Integer, Progress> progress = new ConcurrentHashMap<>();
    /** Those of which the log has been told. */
    private final Set<Integer> differing = ConcurrentHashMap.newKeySet();

    private final LongSupplier wallClockMs;

    public TailingBrokers(LongSupplier wallClockMs) {
        this.wallClockMs = wallClockMs;
    }

    /** It has fetched from there. */
    void fetched(int nodeId, long endOffset) {
        seen(nodeId, endOffset, null);
    }

    /**
     * It has sent a heartbeat, which was accepted.
     *
     * @param digests null when it did not say
     */
    void heard(int nodeId, long endOffset, @Nullable DigestStanding digests) {
        seen(nodeId, endOffset, digests);
        if (digests == null || !digests.differs()) {
            differing.remove(nodeId);
        } else if (differing.add(nodeId)) {
            LOG.error(
                    "The metadata of node {} is not that of the active controllers since offset {}: one of them is wrong."
                            + " klamm quorum describe compares all nodes; the log of node {} says what to do",
                    nodeId,
                    digests.divergedAt(),
                    nodeId);
        }
    }

    private void seen(int nodeId, long endOffset, @Nullable DigestStanding digests) {
        if (nodeId < 0 || (!progress.containsKey(nodeId) && progress.size() >= MAX_NODES)) {
            return;
        }
        progress.compute(
                nodeId,
                (id, before) -> new Progress(
                        endOffset,
                        wallClockMs.getAsLong(),
                        digests != null || before == null ? digests : before.digests));
    }

    /** A copy, by node id. */
    Map<Integer, Progress> all() {
        return new TreeMap<>(progress);
    }
}
