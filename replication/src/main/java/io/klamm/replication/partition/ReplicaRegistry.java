/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataSubscriber;
import io.klamm.metadata.image.PartitionId;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The replicas of this node: turns image deltas into roles. */
public interface ReplicaRegistry extends MetadataSubscriber, AutoCloseable {
    /** The replica, or null when this node does not hold one. Any thread. */
    @Nullable
    PartitionReplica replica(PartitionId id);

    Collection<PartitionReplica> replicas();

    /** On the metadata thread: opens, promotes, demotes, deletes. Returns when the roles are published. */
    @Override
    void onMetadata(MetadataDelta delta);

    /** Stops fetching and completes everything parked with NOT_LEADER_OR_FOLLOWER. */
    @Override
    void close();
}
