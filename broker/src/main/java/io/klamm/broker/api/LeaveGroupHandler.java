/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** LeaveGroup, versions 0 to 5; from version 3 on an administrator may take several members out (KIP-345). */
public final class LeaveGroupHandler implements ApiHandler<LeaveGroupRequestData> {
    private static final int FIRST_VERSION_WITH_MEMBERS = 3;

    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public LeaveGroupHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LEAVE_GROUP;
    }

    @Override
    public CompletionStage<LeaveGroupResponseData> handle(RequestContext context, LeaveGroupRequestData request) {
        Errors error = GroupRequests.named(authorizer, context, Operation.READ, request.groupId());
        if (error != Errors.NONE) {
            return CompletableFuture.completedFuture(new LeaveGroupResponseData().setErrorCode(error.code()));
        }
        return coordinators.leave(request).thenApply(answer -> presentable(answer, context.version()));
    }

    /** Before version 3 the one member's error is that of the answer. */
    private static LeaveGroupResponseData presentable(LeaveGroupResponseData answer, short version) {
        if (version < FIRST_VERSION_WITH_MEMBERS) {
            answer.setErrorCode(answer.members().get(0).errorCode()).setMembers(List.of());
        }
        return answer;
    }
}
