/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.LeaderElectionResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** ElectLeaders at the controller, versions 0 to 2 (KIP-183, KIP-460). Version 0 knows preferred leaders only. */
public final class ElectLeadersHandler implements ApiHandler<ElectLeadersRequestData> {
    private final ActiveController controller;
    private final Authorizer authorizer;

    public ElectLeadersHandler(ActiveController controller, Authorizer authorizer) {
        this.controller = controller;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ELECT_LEADERS;
    }

    @Override
    public CompletionStage<ElectLeadersResponseData> handle(RequestContext context, ElectLeadersRequestData request) {
        List<TopicPartition> asked = asked(request);
        if (!authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(failed(context, asked, Errors.CLUSTER_AUTHORIZATION_FAILED));
        }
        String actor = context.principal().toString();
        CompletableFuture<List<LeaderElectionResult>> elected;
        if (context.version() == 0 || request.electionType() == ElectionType.PREFERRED.value) {
            elected = controller.electPreferredLeaders(actor, asked, request.timeoutMs());
        } else if (request.electionType() == ElectionType.UNCLEAN.value) {
            elected = controller.electUncleanly(actor, asked, request.timeoutMs());
        } else {
            return CompletableFuture.failedFuture(
                    new InvalidRequestException("There is no election of type " + request.electionType()));
        }
        return elected.handle((results, failure) ->
                failure == null ? response(results) : failed(context, asked, ControllerErrors.of(failure)));
    }

    /** Null stands for all partitions. */
    private static @Nullable List<TopicPartition> asked(ElectLeadersRequestData request) {
        if (request.topicPartitions() == null) {
            return null;
        }
        List<TopicPartition> asked = new ArrayList<>();
        request.topicPartitions().forEach(topic -> topic.partitions()
                .forEach(partition -> asked.add(new TopicPartition(topic.topic(), partition))));
        return asked;
    }

    private static ElectLeadersResponseData response(List<LeaderElectionResult> results) {
        Map<String, ReplicaElectionResult> topics = new LinkedHashMap<>();
        for (LeaderElectionResult result : results) {
            topics.computeIfAbsent(result.partition().topic(), topic -> new ReplicaElectionResult().setTopic(topic))
                    .partitionResult()
                    .add(new PartitionResult()
                            .setPartitionId(result.partition().partition())
                            .setErrorCode(result.error().code())
                            .setErrorMessage(result.message()));
        }
        return new ElectLeadersResponseData().setReplicaElectionResults(new ArrayList<>(topics.values()));
    }

    /** The error stands for the whole, and for each partition that was named: version 0 has no other place for it. */
    private static ElectLeadersResponseData failed(
            RequestContext context, @Nullable List<TopicPartition> asked, Errors error) {
        List<LeaderElectionResult> each = asked == null
                ? List.of()
                : asked.stream()
                        .distinct()
                        .map(partition -> new LeaderElectionResult(partition, error, error.message()))
                        .toList();
        return response(each).setErrorCode(context.version() == 0 ? Errors.NONE.code() : error.code());
    }
}
