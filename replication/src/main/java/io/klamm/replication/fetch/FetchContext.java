/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import io.klamm.replication.partition.ReplicaSettings;
import io.klamm.replication.partition.Scheduler;
import java.util.function.LongSupplier;

/**
 * The world as fetchers see it.
 *
 * @param nodeId this node
 * @param brokerEpoch epoch of this node's registration, -1 while there is none
 * @param nanoTime monotonic time in nanoseconds
 * @param scheduler for back-off
 * @param settings sizes and times
 */
public record FetchContext(
        int nodeId, LongSupplier brokerEpoch, LongSupplier nanoTime, Scheduler scheduler, ReplicaSettings settings) {}
