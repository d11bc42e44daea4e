/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.PartitionState;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.protocol.Errors;

/** What Metadata and DescribeTopicPartitions say of a partition. */
final class TopicPartitionRows {
    private TopicPartitionRows() {}

    static MetadataResponsePartition metadata(
            ListenerBrokers brokers, int partition, PartitionState state, short version) {
        Errors error = leaderError(brokers, state, version);
        List<Integer> replicas = state.replicas();
        List<Integer> isr = state.isr();
        if (version == 0) {
            // version 0 has no offline replicas: replicas that cannot be reached are left out, and that is an error
            replicas = reachable(brokers, replicas);
            isr = reachable(brokers, isr);
            if (error == Errors.NONE
                    && (replicas.size() < state.replicas().size()
                            || isr.size() < state.isr().size())) {
                error = Errors.REPLICA_NOT_AVAILABLE;
            }
        }
        return new MetadataResponsePartition()
                .setErrorCode(error.code())
                .setPartitionIndex(partition)
                .setLeaderId(reachableLeader(brokers, state))
                .setLeaderEpoch(state.leaderEpoch())
                .setReplicaNodes(replicas)
                .setIsrNodes(isr)
                .setOfflineReplicas(brokers.offlineReplicas(state));
    }

    static DescribeTopicPartitionsResponsePartition describe(
            ListenerBrokers brokers, int partition, PartitionState state) {
        return new DescribeTopicPartitionsResponsePartition()
                .setErrorCode(leaderError(brokers, state, Short.MAX_VALUE).code())
                .setPartitionIndex(partition)
                .setLeaderId(reachableLeader(brokers, state))
                .setLeaderEpoch(state.leaderEpoch())
                .setReplicaNodes(state.replicas())
                .setIsrNodes(state.isr())
                .setEligibleLeaderReplicas(state.elr())
                .setLastKnownElr(state.lastKnownIsr())
                .setOfflineReplicas(brokers.offlineReplicas(state));
    }

    private static int reachableLeader(ListenerBrokers brokers, PartitionState state) {
        return brokers.alive(state.leader()) ? state.leader() : PartitionState.NO_LEADER;
    }

    private static Errors leaderError(ListenerBrokers brokers, PartitionState state, short metadataVersion) {
        if (brokers.alive(state.leader())) {
            return Errors.NONE;
        }
        var leader = brokers.image().broker(state.leader());
        // from version 6 on clients are told that only their listener is missing (KIP-103)
        return leader != null && !leader.fenced() && metadataVersion >= 6
                ? Errors.LISTENER_NOT_FOUND
                : Errors.LEADER_NOT_AVAILABLE;
    }

    private static List<Integer> reachable(ListenerBrokers brokers, List<Integer> nodes) {
        List<Integer> reachable = new ArrayList<>(nodes.size());
        for (Integer node : nodes) {
            if (brokers.alive(node)) {
                reachable.add(node);
            }
        }
        return reachable;
    }
}
