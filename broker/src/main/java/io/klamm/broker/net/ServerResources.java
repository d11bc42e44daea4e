/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.quota.QuotaGate;
import io.netty.util.internal.PlatformDependent;
import java.util.function.LongSupplier;

/**
 * What the listeners of a node share.
 *
 * @param memory for requests that are being received
 * @param answers memory for answers that wait to be sent
 * @param connections bounds their number
 * @param quota says how long a client is muted
 * @param metrics of the node
 * @param connectionIds gives each connection its number
 * @param nanos monotonic clock
 */
public record ServerResources(
        RequestMemory memory,
        UnsentAnswers answers,
        ConnectionQuota connections,
        QuotaGate quota,
        MetricRegistry metrics,
        LongSupplier connectionIds,
        LongSupplier nanos) {
    /** Of the direct memory that the process may take; the rest is for requests, and for what the event loops read and write. */
    private static final int PART_FOR_ANSWERS = 4;

    /**
     * Without quotas, by the system's clock.
     *
     * @param connectionIds the same for all listeners of a node
     */
    public static ServerResources of(
            RequestMemory memory, ConnectionQuota connections, MetricRegistry metrics, LongSupplier connectionIds) {
        return new ServerResources(
                memory,
                new UnsentAnswers(PlatformDependent.maxDirectMemory() / PART_FOR_ANSWERS),
                connections,
                QuotaGate.NONE,
                metrics,
                connectionIds,
                System::nanoTime);
    }
}
