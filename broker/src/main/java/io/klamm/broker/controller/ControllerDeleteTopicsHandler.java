/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.DeleteTopicResult;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * DeleteTopics at the controller, by name or (from version 6) by id. Nobody learns the name behind an id, or that a topic
 * exists, without the right to describe it.
 */
public final class ControllerDeleteTopicsHandler implements ApiHandler<DeleteTopicsRequestData> {
    private final ActiveController controller;
    private final Supplier<MetadataImage> image;
    private final Authorizer authorizer;

    public ControllerDeleteTopicsHandler(
            ActiveController controller, Supplier<MetadataImage> image, Authorizer authorizer) {
        this.controller = controller;
        this.image = image;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_TOPICS;
    }

    @Override
    public CompletionStage<DeleteTopicsResponseData> handle(RequestContext context, DeleteTopicsRequestData request) {
        MetadataImage current = image.get();
        List<DeletableTopicResult> refused = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        Set<Uuid> ids = new LinkedHashSet<>();
        for (DeleteTopicState topic : asked(context.version(), request)) {
            String name = topic.name();
            Uuid id = topic.topicId();
            boolean byId = !id.equals(Uuid.ZERO_UUID);
            if (byId == (name != null)) {
                refused.add(failed(name, id, Errors.INVALID_REQUEST, "A topic is deleted by name or by id."));
            } else if (name != null) {
                Errors error = rights(context, name, Errors.TOPIC_AUTHORIZATION_FAILED);
                if (error != Errors.NONE) {
                    refused.add(failed(name, id, error, null));
                } else {
                    names.add(name);
                }
            } else {
                TopicImage known = current.topic(id);
                Errors error = known == null ? Errors.NONE : rights(context, known.name(), Errors.UNKNOWN_TOPIC_ID);
                if (error != Errors.NONE) {
                    refused.add(failed(null, id, error, null));
                } else {
                    ids.add(id);
                }
            }
        }
        CompletableFuture<List<DeletableTopicResult>> byName = delete(context, request, List.copyOf(names), List.of());
        CompletableFuture<List<DeletableTopicResult>> byId = delete(context, request, List.of(), List.copyOf(ids));
        return byName.thenCombine(byId, (first, second) -> {
            DeleteTopicsResponseData response = new DeleteTopicsResponseData();
            refused.forEach(response.responses()::mustAdd);
            first.forEach(response.responses()::mustAdd);
            second.forEach(response.responses()::mustAdd);
            return response;
        });
    }

    private static List<DeleteTopicState> asked(short version, DeleteTopicsRequestData request) {
        return version >= 6
                ? request.topics()
                : request.topicNames().stream()
                        .map(name -> new DeleteTopicState().setName(name))
                        .toList();
    }

    /** @param hidden what somebody gets who may not even know of the topic */
    private Errors rights(RequestContext context, String topic, Errors hidden) {
        if (authorizer.allows(context, Operation.DELETE, Resource.TOPIC, topic)) {
            return Errors.NONE;
        }
        return authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, topic)
                ? Errors.TOPIC_AUTHORIZATION_FAILED
                : hidden;
    }

    private CompletableFuture<List<DeletableTopicResult>> delete(
            RequestContext context, DeleteTopicsRequestData request, List<String> names, List<Uuid> ids) {
        if (names.isEmpty() && ids.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        return controller
                .deleteTopics(context.principal().toString(), names, ids, request.timeoutMs())
                .handle((results, failure) -> failure != null
                        ? allFailed(names, ids, ControllerErrors.of(failure))
                        : results.stream()
                                .map(ControllerDeleteTopicsHandler::result)
                                .toList());
    }

    private static List<DeletableTopicResult> allFailed(List<String> names, List<Uuid> ids, Errors error) {
        List<DeletableTopicResult> failed = new ArrayList<>();
        names.forEach(name -> failed.add(failed(name, Uuid.ZERO_UUID, error, null)));
        ids.forEach(id -> failed.add(failed(null, id, error, null)));
        return failed;
    }

    private static DeletableTopicResult result(DeleteTopicResult result) {
        return failed(result.name(), result.topicId(), result.error(), result.message());
    }

    private static DeletableTopicResult failed(@Nullable String name, Uuid id, Errors error, @Nullable String message) {
        return new DeletableTopicResult()
                .setName(name)
                .setTopicId(id)
                .setErrorCode(error.code())
                .setErrorMessage(message != null || error == Errors.NONE ? message : error.message());
    }
}
