/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.MetadataImage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The world as replicas see it.
 *
 * @param nodeId this node
 * @param nanoTime monotonic time in nanoseconds
 * @param scheduler for deadlines and retries
 * @param isrChanges the way to the controller
 * @param locations takes the news in which log dirs the replicas are
 * @param settings settings of the node
 * @param image the newest image of this node
 */
public record ReplicaContext(
        int nodeId,
        LongSupplier nanoTime,
        Scheduler scheduler,
        IsrChangeSender isrChanges,
        ReplicaLocations locations,
        ReplicaSettings settings,
        Supplier<MetadataImage> image) {}
