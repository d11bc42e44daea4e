/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** ConsumerGroupHeartbeat, versions 0 and 1: a member of a consumer group joins, lives and leaves (KIP-848). */
public final class ConsumerGroupHeartbeatHandler implements ApiHandler<ConsumerGroupHeartbeatRequestData> {
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public ConsumerGroupHeartbeatHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CONSUMER_GROUP_HEARTBEAT;
    }

    @Override
    public CompletionStage<ConsumerGroupHeartbeatResponseData> handle(
            RequestContext context, ConsumerGroupHeartbeatRequestData request) {
        Errors error = GroupRequests.allowed(authorizer, context, Operation.READ, request.groupId());
        if (error == Errors.NONE && !mayRead(context, request.subscribedTopicNames())) {
            error = Errors.TOPIC_AUTHORIZATION_FAILED;
        }
        return error == Errors.NONE
                ? coordinators.heartbeat(GroupRequests.client(context), request)
                : CompletableFuture.completedFuture(
                        new ConsumerGroupHeartbeatResponseData().setErrorCode(error.code()));
    }

    /** A member learns of the partitions of the topics that it names. */
    private boolean mayRead(RequestContext context, @Nullable List<String> topics) {
        return topics == null
                || topics.stream()
                        .allMatch(topic -> authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, topic));
    }
}
