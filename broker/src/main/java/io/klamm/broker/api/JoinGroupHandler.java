/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** JoinGroup, versions 0 to 9: a member of a classic group takes part in the next generation. */
public final class JoinGroupHandler implements ApiHandler<JoinGroupRequestData> {
    private static final int FIRST_VERSION_WITHOUT_PROTOCOL = 7;

    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public JoinGroupHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.JOIN_GROUP;
    }

    @Override
    public CompletionStage<JoinGroupResponseData> handle(RequestContext context, JoinGroupRequestData request) {
        Errors error = GroupRequests.named(authorizer, context, Operation.READ, request.groupId());
        if (error != Errors.NONE) {
            return CompletableFuture.completedFuture(presentable(refused(error), context.version()));
        }
        return coordinators
                .join(GroupRequests.client(context), request)
                .handle((answer, failure) -> presentable(
                        failure == null ? answer : refused(GroupRequests.error(failure)), context.version()));
    }

    private static JoinGroupResponseData refused(Errors error) {
        return new JoinGroupResponseData()
                .setErrorCode(error.code())
                .setGenerationId(-1)
                .setLeader("")
                .setMemberId("");
    }

    /** Before version 7 there is always a protocol's name. */
    private static JoinGroupResponseData presentable(JoinGroupResponseData answer, short version) {
        if (version < FIRST_VERSION_WITHOUT_PROTOCOL && answer.protocolName() == null) {
            answer.setProtocolName("");
        }
        return answer;
    }
}
