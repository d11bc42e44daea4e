/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the active controller needs of the world besides its log; implemented by the broker module, since this module has no
 * network besides Ratis. Calls return at once; futures complete within a bound, exceptionally when the answer is not known.
 */
public interface ControllerPorts {
    /** Dials the broker's listener: true = connected, false = refused (nobody listens there: it is dead). */
    CompletableFuture<Boolean> dial(BrokerImage broker);

    /**
     * Asks a broker what its recovered replicas hold.
     *
     * @param partitions with the leader epoch in which each waits for a leader: what a replica says that knows another one does
     *     not count
     */
    CompletableFuture<List<ReplicaLogInfo>> replicaLogInfo(BrokerImage broker, Map<PartitionId, Integer> partitions);

    /** Null when the topic configuration is valid, else what is wrong, in words for the user. */
    @Nullable
    String validateTopicConfig(Map<String, String> configs);
}
