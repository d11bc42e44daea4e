/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import org.apache.kafka.common.protocol.Errors;

/** What this node is to a partition. */
sealed interface ReplicaRole permits LeaderReplica, FollowerReplica, OfflineReplica {
    int leaderEpoch();

    /** Node id of the leader, -1 when there is none or it is not known. */
    int leaderId();

    /** What a client gets that wants the leader from a replica in this role; NONE from the leader. */
    Errors servingError();

    /**
     * Rule D5.2 (KIP-320): whoever knows an older leader epoch is fenced, whoever knows a newer one must wait until this node has
     * learned of it.
     *
     * @param currentLeaderEpoch what the request says, -1 when it does not check
     */
    default Errors checkEpoch(int currentLeaderEpoch) {
        if (currentLeaderEpoch < 0 || currentLeaderEpoch == leaderEpoch()) {
            return Errors.NONE;
        }
        return currentLeaderEpoch < leaderEpoch() ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }

    /** What a request for the leader gets from this role: an error of rule D5.2, {@link #servingError}, or NONE. */
    default Errors refusal(int currentLeaderEpoch) {
        Errors error = checkEpoch(currentLeaderEpoch);
        return error == Errors.NONE ? servingError() : error;
    }
}
