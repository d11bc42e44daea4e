/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.PartitionReassigner;
import io.klamm.metadata.controller.ReassignmentRequest;
import io.klamm.metadata.controller.ReassignmentResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AlterPartitionReassignments at the controller, versions 0 and 1 (KIP-455, 860). The answer comes when the moves have begun. */
public final class AlterPartitionReassignmentsHandler implements ApiHandler<AlterPartitionReassignmentsRequestData> {
    private final ActiveController controller;
    private final PartitionReassigner reassigner;
    private final Authorizer authorizer;

    public AlterPartitionReassignmentsHandler(
            ActiveController controller, PartitionReassigner reassigner, Authorizer authorizer) {
        this.controller = controller;
        this.reassigner = reassigner;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_PARTITION_REASSIGNMENTS;
    }

    @Override
    public CompletionStage<AlterPartitionReassignmentsResponseData> handle(
            RequestContext context, AlterPartitionReassignmentsRequestData request) {
        boolean factorChange = request.allowReplicationFactorChange();
        if (!authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(failed(Errors.CLUSTER_AUTHORIZATION_FAILED, factorChange));
        }
        List<ReassignmentRequest> requests = new ArrayList<>();
        for (ReassignableTopic topic : request.topics()) {
            for (ReassignablePartition partition : topic.partitions()) {
                requests.add(new ReassignmentRequest(topic.name(), partition.partitionIndex(), partition.replicas()));
            }
        }
        return controller
                .decide(
                        context.principal().toString(),
                        "reassign " + requests.size() + (requests.size() == 1 ? " partition" : " partitions"),
                        request.timeoutMs(),
                        image -> reassigner.reassign(image, requests, factorChange))
                .handle((results, failure) -> failure != null
                        ? failed(ControllerErrors.of(failure), factorChange)
                        : response(request, results));
    }

    /** The results come in the order in which the request names the partitions. */
    private static AlterPartitionReassignmentsResponseData response(
            AlterPartitionReassignmentsRequestData request, List<ReassignmentResult> results) {
        AlterPartitionReassignmentsResponseData response = new AlterPartitionReassignmentsResponseData()
                .setErrorMessage(null)
                .setAllowReplicationFactorChange(request.allowReplicationFactorChange());
        int next = 0;
        for (ReassignableTopic asked : request.topics()) {
            ReassignableTopicResponse topic = new ReassignableTopicResponse().setName(asked.name());
            for (ReassignablePartition partition : asked.partitions()) {
                ReassignmentResult result = results.get(next++);
                topic.partitions()
                        .add(new ReassignablePartitionResponse()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(result.error().code())
                                .setErrorMessage(result.message()));
            }
            response.responses().add(topic);
        }
        return response;
    }

    private static AlterPartitionReassignmentsResponseData failed(Errors error, boolean factorChange) {
        return new AlterPartitionReassignmentsResponseData()
                .setErrorCode(error.code())
                .setErrorMessage(error.message())
                .setAllowReplicationFactorChange(factorChange);
    }
}
