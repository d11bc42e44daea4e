/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import org.jspecify.annotations.Nullable;

/** What a client knows of one partition: some node's metadata, often not the newest, but never older than what it has seen. */
final class ClusterView {
    private final World world;
    private final SimCluster cluster;
    private final PartitionId id;
    private int leaderEpoch = -1;

    ClusterView(World world, SimCluster cluster, PartitionId id) {
        this.world = world;
        this.cluster = cluster;
        this.id = id;
    }

    /** The leader in its epoch; null when none is known, or only an older one. */
    @Nullable
    PartitionState refresh() {
        SimProcess asked = cluster.node(1 + world.below(cluster.nodes().size())).process();
        PartitionState state = asked == null ? null : asked.image().partition(id);
        if (state == null || !state.hasLeader() || state.leaderEpoch() < leaderEpoch) {
            return null;
        }
        leaderEpoch = state.leaderEpoch();
        return state;
    }
}
