/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import org.apache.kafka.common.protocol.Errors;

/**
 * A replica that serves nothing any more: its log dir is offline, it was removed from this node, or the node stops. A replica leaves
 * this role never; a removed one that comes back is another one.
 *
 * @param servingError KAFKA_STORAGE_ERROR or NOT_LEADER_OR_FOLLOWER
 */
record OfflineReplica(int leaderEpoch, int leaderId, Errors servingError) implements ReplicaRole {
    @Override
    public Errors checkEpoch(int currentLeaderEpoch) {
        return servingError;
    }
}
