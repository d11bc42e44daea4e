/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.quorum.MetadataQuorum;
import io.klamm.metadata.quorum.QuorumStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData.PartitionData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData.TopicData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * EndQuorumEpoch (KIP-595), used by operators: the leader is asked to end its epoch in favour of the preferred successor, the first
 * one named. The epoch in the request must be the present one, so a repeated request does not depose a later leader.
 */
public final class EndQuorumEpochHandler implements ApiHandler<EndQuorumEpochRequestData> {
    private static final int TIMEOUT_MS = 5_000;

    private final int nodeId;
    private final MetadataQuorum quorum;
    private final String clusterId;
    private final Authorizer authorizer;

    public EndQuorumEpochHandler(int nodeId, MetadataQuorum quorum, String clusterId, Authorizer authorizer) {
        this.nodeId = nodeId;
        this.quorum = quorum;
        this.clusterId = clusterId;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.END_QUORUM_EPOCH;
    }

    @Override
    public CompletionStage<EndQuorumEpochResponseData> handle(
            RequestContext context, EndQuorumEpochRequestData request) {
        if (!authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster")) {
            return failed(Errors.CLUSTER_AUTHORIZATION_FAILED);
        }
        if (request.clusterId() != null && !request.clusterId().equals(clusterId)) {
            return failed(Errors.INCONSISTENT_CLUSTER_ID);
        }
        if (request.topics().size() != 1
                || !request.topics().get(0).topicName().equals(MetadataTopic.NAME)
                || request.topics().get(0).partitions().size() != 1) {
            return failed(Errors.INVALID_REQUEST);
        }
        EndQuorumEpochRequestData.PartitionData asked =
                request.topics().get(0).partitions().get(0);
        int successor = successor(asked);
        QuorumStatus status = quorum.describe();
        if (successor < 0) {
            return failed(Errors.INVALID_REQUEST);
        }
        if (status.leaderId() != nodeId) {
            return CompletableFuture.completedFuture(answer(Errors.NOT_LEADER_OR_FOLLOWER));
        }
        if (asked.leaderId() != nodeId || asked.leaderEpoch() != status.term()) {
            return CompletableFuture.completedFuture(answer(
                    asked.leaderEpoch() < status.term() ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH));
        }
        return quorum.transferLeadership(successor, TIMEOUT_MS).handle((passedOn, failure) -> {
            Errors error = VoterChangeAnswers.of(failure).error();
            return answer(error == Errors.NOT_CONTROLLER ? Errors.NOT_LEADER_OR_FOLLOWER : error);
        });
    }

    /** Node id, -1 when none is named. */
    private static int successor(EndQuorumEpochRequestData.PartitionData asked) {
        if (!asked.preferredCandidates().isEmpty()) {
            return asked.preferredCandidates().get(0).candidateId();
        }
        return asked.preferredSuccessors().isEmpty()
                ? -1
                : asked.preferredSuccessors().get(0);
    }

    private EndQuorumEpochResponseData answer(Errors error) {
        QuorumStatus now = quorum.describe();
        return new EndQuorumEpochResponseData()
                .setTopics(List.of(new TopicData()
                        .setTopicName(MetadataTopic.NAME)
                        .setPartitions(List.of(new PartitionData()
                                .setPartitionIndex(MetadataTopic.PARTITION)
                                .setErrorCode(error.code())
                                .setLeaderId(now.leaderId())
                                .setLeaderEpoch(now.term())))));
    }

    private static CompletionStage<EndQuorumEpochResponseData> failed(Errors error) {
        return CompletableFuture.completedFuture(new EndQuorumEpochResponseData().setErrorCode(error.code()));
    }
}
