/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Heartbeat, versions 0 to 4: a member of a classic group is there, and learns of a rebalance. */
public final class HeartbeatHandler implements ApiHandler<HeartbeatRequestData> {
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public HeartbeatHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.HEARTBEAT;
    }

    @Override
    public CompletionStage<HeartbeatResponseData> handle(RequestContext context, HeartbeatRequestData request) {
        Errors error = GroupRequests.named(authorizer, context, Operation.READ, request.groupId());
        if (error != Errors.NONE) {
            return CompletableFuture.completedFuture(new HeartbeatResponseData().setErrorCode(error.code()));
        }
        return coordinators.heartbeat(request);
    }
}
