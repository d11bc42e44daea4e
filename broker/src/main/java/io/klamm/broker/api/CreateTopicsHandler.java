/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * CreateTopics, versions 2 to 7. What the client may not do, or asks for twice, is refused here; the rest is decided by the
 * active controller.
 */
public final class CreateTopicsHandler implements ApiHandler<CreateTopicsRequestData> {
    private final ControllerGateway gateway;
    private final Authorizer authorizer;

    public CreateTopicsHandler(ControllerGateway gateway, Authorizer authorizer) {
        this.gateway = gateway;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_TOPICS;
    }

    @Override
    public CompletionStage<CreateTopicsResponseData> handle(RequestContext context, CreateTopicsRequestData request) {
        Map<String, CreatableTopicResult> refused = refused(context, request);
        CreateTopicsRequestData allowed = request;
        if (!refused.isEmpty()) {
            allowed = new CreateTopicsRequestData()
                    .setTimeoutMs(request.timeoutMs())
                    .setValidateOnly(request.validateOnly());
            for (CreatableTopic topic : request.topics()) {
                if (!refused.containsKey(topic.name())) {
                    allowed.topics().add(topic.duplicate());
                }
            }
        }
        if (allowed.topics().isEmpty()) {
            return CompletableFuture.completedFuture(with(new CreateTopicsResponseData(), refused));
        }
        return gateway.forward(context, allowed, ForwardTimeout.of(request.timeoutMs()))
                .thenApply(response -> with(forClient(context, (CreateTopicsResponseData) response), refused));
    }

    private Map<String, CreatableTopicResult> refused(RequestContext context, CreateTopicsRequestData request) {
        boolean anyName = authorizer.allows(context, Operation.CREATE, Resource.CLUSTER, AuthorizedOperations.CLUSTER);
        Map<String, CreatableTopicResult> refused = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        for (CreatableTopic topic : request.topics()) {
            String name = topic.name();
            if (!seen.add(name)) {
                refuse(refused, name, Errors.INVALID_REQUEST, "the request names this topic more than once");
            } else if (name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
                refuse(refused, name, Errors.INVALID_REQUEST, "this name belongs to the metadata log");
            } else if (!anyName && !authorizer.allows(context, Operation.CREATE, Resource.TOPIC, name)) {
                refuse(refused, name, Errors.TOPIC_AUTHORIZATION_FAILED, Errors.TOPIC_AUTHORIZATION_FAILED.message());
            }
        }
        return refused;
    }

    private static void refuse(Map<String, CreatableTopicResult> refused, String name, Errors error, String message) {
        refused.put(
                name,
                new CreatableTopicResult()
                        .setName(name)
                        .setErrorCode(error.code())
                        .setErrorMessage(message));
    }

    /** Hides the configuration from clients that may not see it (KIP-525). */
    private CreateTopicsResponseData forClient(RequestContext context, CreateTopicsResponseData response) {
        for (CreatableTopicResult result : response.topics()) {
            if (result.errorCode() == Errors.NONE.code()
                    && !authorizer.allows(context, Operation.DESCRIBE_CONFIGS, Resource.TOPIC, result.name())) {
                result.setTopicConfigErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                        .setNumPartitions(-1)
                        .setReplicationFactor((short) -1)
                        .setConfigs(null);
            }
        }
        return response;
    }

    private static CreateTopicsResponseData with(
            CreateTopicsResponseData response, Map<String, CreatableTopicResult> refused) {
        refused.values().forEach(response.topics()::add);
        return response;
    }
}
