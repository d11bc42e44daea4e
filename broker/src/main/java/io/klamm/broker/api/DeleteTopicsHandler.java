/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
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
 * DeleteTopics, versions 1 to 6, by name or (from version 6 on) by topic id. What the client may not do, or asks for twice, is
 * refused here; the rest is decided by the active controller.
 */
public final class DeleteTopicsHandler implements ApiHandler<DeleteTopicsRequestData> {
    private static final int FIRST_VERSION_WITH_STATES = 6;

    private final Supplier<MetadataImage> images;
    private final ControllerGateway gateway;
    private final Authorizer authorizer;
    private final boolean enabled;

    /** @param enabled delete.topic.enable */
    public DeleteTopicsHandler(
            Supplier<MetadataImage> images, ControllerGateway gateway, Authorizer authorizer, boolean enabled) {
        this.images = images;
        this.gateway = gateway;
        this.authorizer = authorizer;
        this.enabled = enabled;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_TOPICS;
    }

    @Override
    public CompletionStage<DeleteTopicsResponseData> handle(RequestContext context, DeleteTopicsRequestData request) {
        MetadataImage image = images.get();
        List<DeletableTopicResult> refused = new ArrayList<>();
        List<DeleteTopicState> allowed = new ArrayList<>();
        Set<Object> seen = new HashSet<>();
        for (DeleteTopicState topic : asked(context, request)) {
            DeletableTopicResult refusal = refusal(context, image, topic, seen);
            if (refusal == null) {
                allowed.add(topic);
            } else {
                refused.add(refusal);
            }
        }
        if (allowed.isEmpty()) {
            return CompletableFuture.completedFuture(with(new DeleteTopicsResponseData(), refused));
        }
        return gateway.forward(context, toForward(context, request, allowed), ForwardTimeout.of(request.timeoutMs()))
                .thenApply(response -> with((DeleteTopicsResponseData) response, refused));
    }

    private static List<DeleteTopicState> asked(RequestContext context, DeleteTopicsRequestData request) {
        if (context.version() >= FIRST_VERSION_WITH_STATES) {
            return request.topics();
        }
        List<DeleteTopicState> topics = new ArrayList<>(request.topicNames().size());
        request.topicNames().forEach(name -> topics.add(new DeleteTopicState().setName(name)));
        return topics;
    }

    private static DeleteTopicsRequestData toForward(
            RequestContext context, DeleteTopicsRequestData request, List<DeleteTopicState> allowed) {
        DeleteTopicsRequestData forwarded = new DeleteTopicsRequestData().setTimeoutMs(request.timeoutMs());
        if (context.version() >= FIRST_VERSION_WITH_STATES) {
            return forwarded.setTopics(allowed);
        }
        allowed.forEach(topic -> forwarded.topicNames().add(topic.name()));
        return forwarded;
    }

    /** Null when the controller may decide. */
    private @Nullable DeletableTopicResult refusal(
            RequestContext context, MetadataImage image, DeleteTopicState asked, Set<Object> seen) {
        boolean byId = !Uuid.ZERO_UUID.equals(asked.topicId());
        if (!enabled) {
            // version 1 and 2 do not know the newer code
            return result(
                    asked,
                    context.version() < 3 ? Errors.INVALID_REQUEST : Errors.TOPIC_DELETION_DISABLED,
                    "delete.topic.enable is false");
        }
        if (byId == (asked.name() != null)) {
            return result(asked, Errors.INVALID_REQUEST, "a topic is named either by its name or by its id");
        }
        if (!seen.add(byId ? asked.topicId() : asked.name())) {
            return result(asked, Errors.INVALID_REQUEST, "the request names this topic more than once");
        }
        TopicImage topic = byId ? image.topic(asked.topicId()) : image.topic(asked.name());
        String name = topic == null ? asked.name() : topic.name();
        if (name == null) {
            return null;
        }
        if (authorizer.allows(context, Operation.DELETE, Resource.TOPIC, name)) {
            return null;
        }
        // who may not describe a topic does not learn that the id is one
        Errors error = byId && !authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, name)
                ? Errors.UNKNOWN_TOPIC_ID
                : Errors.TOPIC_AUTHORIZATION_FAILED;
        return result(asked, error, error.message());
    }

    private static DeletableTopicResult result(DeleteTopicState asked, Errors error, String message) {
        return new DeletableTopicResult()
                .setName(asked.name())
                .setTopicId(asked.topicId())
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private static DeleteTopicsResponseData with(
            DeleteTopicsResponseData response, List<DeletableTopicResult> refused) {
        refused.forEach(response.responses()::add);
        return response;
    }
}
