/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.config.DescribedSetting;
import io.klamm.broker.config.TopicConfigs;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.NewTopic;
import io.klamm.metadata.controller.NewTopicResult;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** CreateTopics at the controller: checks the request's form and rights, lets the controller decide the rest. */
public final class ControllerCreateTopicsHandler implements ApiHandler<CreateTopicsRequestData> {
    private static final long MAX_HOLD_MS = 500;

    private final ActiveController controller;
    private final Supplier<MetadataImage> images;
    private final TopicConfigs configs;
    private final PublishedOffsets published;
    private final Authorizer authorizer;

    /**
     * @param images the newest image of this voter
     * @param configs defaults of this node, which are those of the cluster
     */
    public ControllerCreateTopicsHandler(
            ActiveController controller,
            Supplier<MetadataImage> images,
            TopicConfigs configs,
            PublishedOffsets published,
            Authorizer authorizer) {
        this.controller = controller;
        this.images = images;
        this.configs = configs;
        this.published = published;
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
                        : described(context, topics, response(refused, results)))
                .thenCompose(response -> known(request, response));
    }

    /**
     * Holds the answer until the brokers have published what was created, so that the client finds it at every node and every
     * leader in office. Not for long: a broker that is slow or gone costs this answer a moment, and the client retries there. Runs
     * on the controller's thread when the topics are applied, so the image ends with them.
     */
    private CompletionStage<CreateTopicsResponseData> known(
            CreateTopicsRequestData request, CreateTopicsResponseData response) {
        boolean created = !request.validateOnly()
                && response.topics().stream().anyMatch(row -> row.errorCode() == Errors.NONE.code());
        return created
                ? published
                        .await(images.get(), Math.min(MAX_HOLD_MS, request.timeoutMs()))
                        .thenApply(held -> response)
                : CompletableFuture.completedFuture(response);
    }

    /** What was created, as far as the client may know it (KIP-525). */
    private CreateTopicsResponseData described(
            RequestContext context, List<NewTopic> topics, CreateTopicsResponseData response) {
        MetadataImage image = images.get();
        for (NewTopic topic : topics) {
            CreatableTopicResult row = response.topics().find(topic.name());
            if (row == null || row.errorCode() != Errors.NONE.code()) {
                continue;
            }
            if (!authorizer.allows(context, Operation.DESCRIBE_CONFIGS, Resource.TOPIC, topic.name())) {
                row.setTopicConfigErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                        .setNumPartitions(-1)
                        .setReplicationFactor((short) -1);
                continue;
            }
            for (DescribedSetting described : configs.describe(image, topic.configs(), row.replicationFactor())) {
                boolean secret = described.setting().sensitive();
                row.configs()
                        .add(new CreatableTopicConfigs()
                                .setName(described.setting().name())
                                .setValue(secret ? null : described.value())
                                .setReadOnly(described.readOnly())
                                .setConfigSource(described.source().id())
                                .setIsSensitive(secret));
            }
        }
        return response;
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
