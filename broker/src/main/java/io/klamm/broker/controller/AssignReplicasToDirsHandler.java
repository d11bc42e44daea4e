/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.DirectoryAssignment;
import io.klamm.metadata.controller.DirectoryAssignmentResult;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData.DirectoryData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData.PartitionData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData.TopicData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AssignReplicasToDirs: a broker tells in which log dirs its replicas are (KIP-858). */
public final class AssignReplicasToDirsHandler implements ApiHandler<AssignReplicasToDirsRequestData> {
    private final ActiveController controller;
    private final Authorizer authorizer;

    public AssignReplicasToDirsHandler(ActiveController controller, Authorizer authorizer) {
        this.controller = controller;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ASSIGN_REPLICAS_TO_DIRS;
    }

    @Override
    public CompletionStage<AssignReplicasToDirsResponseData> handle(
            RequestContext context, AssignReplicasToDirsRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(error(Errors.CLUSTER_AUTHORIZATION_FAILED));
        }
        List<DirectoryAssignment> assignments = new ArrayList<>();
        request.directories().forEach(directory -> directory.topics().forEach(topic -> topic.partitions()
                .forEach(partition -> assignments.add(new DirectoryAssignment(
                        new PartitionId(topic.topicId(), partition.partitionIndex()), directory.id())))));
        return controller
                .assignDirectories(request.brokerId(), request.brokerEpoch(), assignments)
                .handle((results, failure) ->
                        failure != null ? error(ControllerErrors.of(failure)) : response(results));
    }

    private static AssignReplicasToDirsResponseData response(List<DirectoryAssignmentResult> results) {
        Map<Uuid, Map<Uuid, TopicData>> directories = new LinkedHashMap<>();
        for (DirectoryAssignmentResult result : results) {
            PartitionId id = result.assignment().id();
            directories
                    .computeIfAbsent(result.assignment().directory(), directory -> new LinkedHashMap<>())
                    .computeIfAbsent(id.topicId(), topic -> new TopicData().setTopicId(topic))
                    .partitions()
                    .add(new PartitionData()
                            .setPartitionIndex(id.partition())
                            .setErrorCode(result.error().code()));
        }
        AssignReplicasToDirsResponseData response = new AssignReplicasToDirsResponseData();
        directories.forEach((directory, topics) -> response.directories()
                .add(new DirectoryData().setId(directory).setTopics(new ArrayList<>(topics.values()))));
        return response;
    }

    private static AssignReplicasToDirsResponseData error(Errors error) {
        return new AssignReplicasToDirsResponseData().setErrorCode(error.code());
    }
}
