/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Listener;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Node;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.message.DescribeQuorumResponseData.TopicData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeQuorum on a broker's listener: the active controller's answer. When none is found, NOT_LEADER_OR_FOLLOWER (admin clients ask
 * again) beside what this node's metadata says: who votes and where, so that whoever looks for the reason can ask them.
 */
public final class DescribeQuorumForwarder implements ApiHandler<DescribeQuorumRequestData> {
    private static final long TIMEOUT_MS = 2_000;
    private static final short FIRST_VERSION_WITH_NODES = 2;
    private static final String METADATA_TOPIC = "__cluster_metadata";

    private final ForwardHandler controller;
    private final Supplier<MetadataImage> images;
    private final String listenerName;

    /** @param listenerName name of the CONTROLLER listeners */
    public DescribeQuorumForwarder(
            ControllerGateway gateway, Supplier<MetadataImage> images, String listenerName, Authorizer authorizer) {
        this.controller =
                new ForwardHandler(ApiKeys.DESCRIBE_QUORUM, Operation.DESCRIBE, gateway, authorizer, TIMEOUT_MS);
        this.images = images;
        this.listenerName = listenerName;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_QUORUM;
    }

    @Override
    public CompletionStage<DescribeQuorumResponseData> handle(
            RequestContext context, DescribeQuorumRequestData request) {
        return controller
                .handle(context, request)
                .handle((response, failure) -> failure == null && response instanceof DescribeQuorumResponseData quorum
                        ? quorum
                        : ownKnowledge(context.version()));
    }

    private DescribeQuorumResponseData ownKnowledge(short version) {
        MetadataImage image = images.get();
        List<ReplicaState> voters = image.voters().stream()
                .map(voter -> new ReplicaState()
                        .setReplicaId(voter.nodeId())
                        .setReplicaDirectoryId(
                                version < FIRST_VERSION_WITH_NODES ? Uuid.ZERO_UUID : voter.directoryId())
                        .setLogEndOffset(-1))
                .toList();
        DescribeQuorumResponseData response = new DescribeQuorumResponseData()
                .setTopics(List.of(new TopicData()
                        .setTopicName(METADATA_TOPIC)
                        .setPartitions(List.of(new PartitionData()
                                .setPartitionIndex(0)
                                .setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code())
                                .setErrorMessage("No controller answers.")
                                .setLeaderId(-1)
                                .setLeaderEpoch(Math.max(1, image.term()))
                                .setHighWatermark(image.endOffset())
                                .setCurrentVoters(voters)))));
        for (Voter voter : version < FIRST_VERSION_WITH_NODES ? List.<Voter>of() : image.voters()) {
            Node node = new Node().setNodeId(voter.nodeId());
            node.listeners()
                    .add(new Listener()
                            .setName(listenerName)
                            .setHost(voter.host())
                            .setPort(voter.port()));
            response.nodes().add(node);
        }
        return response;
    }
}
