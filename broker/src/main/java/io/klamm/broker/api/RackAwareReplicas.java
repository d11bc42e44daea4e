/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.PartitionReplica;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends a consumer to a replica in its own rack (KIP-392): one in sync that has what the consumer wants. Where a rack has several, the
 * partitions are spread over them.
 */
public final class RackAwareReplicas {
    private final int nodeId;

    /** @param nodeId this node, the leader of whatever it is asked about */
    public RackAwareReplicas(int nodeId) {
        this.nodeId = nodeId;
    }

    /**
     * @param rack where the consumer is
     * @param listener the listener it uses
     * @return node id, {@link FetchSlot#NO_REPLICA} when it should go on reading from the leader
     */
    int preferred(PartitionReplica leader, long fetchOffset, String rack, String listener, MetadataImage image) {
        if (rack.isEmpty() || rack.equals(rackOf(image.broker(nodeId)))) {
            return FetchSlot.NO_REPLICA;
        }
        ListenerBrokers reachable = new ListenerBrokers(image, listener);
        List<Integer> near = leader.inSyncWith(fetchOffset).stream()
                .filter(node -> rack.equals(rackOf(image.broker(node))) && reachable.endpoint(node) != null)
                .toList();
        return near.isEmpty()
                ? FetchSlot.NO_REPLICA
                : near.get(Math.floorMod(leader.id().partition(), near.size()));
    }

    private static @Nullable String rackOf(@Nullable BrokerImage broker) {
        return broker == null || !broker.available()
                ? null
                : broker.registration().rack();
    }
}
