/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.NewTopic;
import io.klamm.metadata.controller.NewTopicResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** CreateTopics at the controller: checks the request's form and rights, lets the controller decide the rest. */
public final class ControllerCreateTopicsHandler implements ApiHandler<CreateTopicsRequestData> {
    private final ActiveController controller;
    private final Authorizer authorizer;

    public ControllerCreateTopicsHandler(ActiveController controller, Authorizer authorizer) {
        this.controller = controller;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_TOPICS;
    }

    @Override
    public CompletionStage<CreateTopicsResponseData> handle(RequestContext context, CreateTopicsRequestData request) {
        Map<String, CreatableTopicResult> refused = new LinkedHashMap<>();
        List<NewTopic> topics = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (CreatableTopic topic : request.topics()) {
            if (!seen.add(topic.name())) {
                refused.put(topic.name(), failed(topic.name(), Errors.INVALID_REQUEST, "The topic is named twice."));
            }
        }
        for (CreatableTopic topic : request.topics()) {
            String name = topic.name();
            if (refused.containsKey(name)) {
                continue;
            }
            if (!mayCreate(context, name)) {
                refused.put(name, failed(name, Errors.TOPIC_AUTHORIZATION_FAILED, null));
                continue;
            }
            NewTopic parsed = parse(topic, refused);
            if (parsed != null) {
                topics.add(parsed);
            }
        }
        if (topics.isEmpty()) {
            return CompletableFuture.completedFuture(response(refused, List.of()));
        }
        return controller
                .createTopics(context.principal().toString(), topics, request.validateOnly(), request.timeoutMs())
                .handle((results, failure) -> failure != null
                        ? response(refused, allFailed(topics, ControllerErrors.of(failure)))
                        : response(refused, results));
    }

    private boolean mayCreate(RequestContext context, String topic) {
        return authorizer.allows(context, Operation.CREATE, Resource.CLUSTER, "kafka-cluster")
                || authorizer.allows(context, Operation.CREATE, Resource.TOPIC, topic);
    }

    private static @Nullable NewTopic parse(CreatableTopic topic, Map<String, CreatableTopicResult> refused) {
        String name = topic.name();
        Map<Integer, List<Integer>> assignments = new LinkedHashMap<>();
        for (CreateTopicsRequestData.CreatableReplicaAssignment assignment : topic.assignments()) {
            if (assignments.put(assignment.partitionIndex(), List.copyOf(assignment.brokerIds())) != null) {
                String message = "Partition " + assignment.partitionIndex() + " is assigned twice.";
                refused.put(name, failed(name, Errors.INVALID_REPLICA_ASSIGNMENT, message));
                return null;
            }
        }
        Map<String, String> configs = new HashMap<>();
        for (CreateTopicsRequestData.CreatableTopicConfig config : topic.configs()) {
            if (config.value() == null) {
                refused.put(
                        name, failed(name, Errors.INVALID_CONFIG, "Configuration " + config.name() + " has no value."));
                return null;
            }
            configs.put(config.name(), config.value());
        }
        return new NewTopic(name, topic.numPartitions(), topic.replicationFactor(), assignments, configs);
    }

    private static List<NewTopicResult> allFailed(List<NewTopic> topics, Errors error) {
        return topics.stream()
                .map(topic -> new NewTopicResult(topic.name(), error, null, Uuid.ZERO_UUID, -1, (short) -1))
                .toList();
    }

    private static CreateTopicsResponseData response(
            Map<String, CreatableTopicResult> refused, List<NewTopicResult> results) {
        CreateTopicsResponseData response = new CreateTopicsResponseData();
        refused.values().forEach(response.topics()::mustAdd);
        for (NewTopicResult result : results) {
            response.topics()
                    .mustAdd(new CreatableTopicResult()
                            .setName(result.name())
                            .setTopicId(result.topicId())
                            .setErrorCode(result.error().code())
                            .setErrorMessage(message(result.error(), result.message()))
                            .setNumPartitions(result.partitions())
                            .setReplicationFactor(result.replicationFactor()));
        }
        return response;
    }

    private static CreatableTopicResult failed(String name, Errors error, @Nullable String message) {
        return new CreatableTopicResult()
                .setName(name)
                .setErrorCode(error.code())
                .setErrorMessage(message(error, message));
    }

    private static @Nullable String message(Errors error, @Nullable String message) {
        return message != null || error == Errors.NONE ? message : error.message();
    }
}
