/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.quota.QuotaGate;
import java.util.function.LongSupplier;

/**
 * What the listeners of a node share.
 *
 * @param memory for requests that are being received
 * @param connections bounds their number
 * @param quota says how long a client is muted
 * @param metrics of the node
 * @param connectionIds gives each connection its number
 * @param nanos monotonic clock
 */
public record ServerResources(
        RequestMemory memory,
        ConnectionQuota connections,
        QuotaGate quota,
        MetricRegistry metrics,
        LongSupplier connectionIds,
        LongSupplier nanos) {
    /**
     * Without quotas, by the system's clock.
     *
     * @param connectionIds the same for all listeners of a node
     */
    public static ServerResources of(
            RequestMemory memory, ConnectionQuota connections, MetricRegistry metrics, LongSupplier connectionIds) {
        return new ServerResources(memory, connections, QuotaGate.NONE, metrics, connectionIds, System::nanoTime);
    }
}
