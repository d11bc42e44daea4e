/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Partitions that this node leads by the newest image and does not serve as their leader yet: it will in a moment. A producer whose old
 * leader has just named this node (KIP-951) would pause for its back-off if it were sent away. Thread-safe.
 */
public final class ComingLeaders {
    private final int nodeId;
    private final Supplier<MetadataImage> newest;
    private final Supplier<MetadataImage> served;
    private final LongFunction<CompletableFuture<MetadataImage>> awaitServed;

    /**
     * @param newest the newest image
     * @param served the newest image whose roles this node serves
     * @param awaitServed completes when that image has reached an end offset, and when the node stops
     */
    public ComingLeaders(
            int nodeId,
            Supplier<MetadataImage> newest,
            Supplier<MetadataImage> served,
            LongFunction<CompletableFuture<MetadataImage>> awaitServed) {
        this.nodeId = nodeId;
        this.newest = newest;
        this.served = served;
        this.awaitServed = awaitServed;
    }

    /** Completes, or fails, when the role is taken; null when there is nothing to wait for, as almost always. */
    @Nullable
    CompletableFuture<MetadataImage> await(PartitionId id) {
        MetadataImage next = newest.get();
        MetadataImage now = served.get();
        if (next.endOffset() == now.endOffset()) {
            return null;
        }
        PartitionState coming = next.partition(id);
        PartitionState serving = now.partition(id);
        boolean comes = coming != null
                && coming.leader() == nodeId
                && (serving == null || serving.leaderEpoch() < coming.leaderEpoch());
        return comes ? awaitServed.apply(next.endOffset()) : null;
    }
}
