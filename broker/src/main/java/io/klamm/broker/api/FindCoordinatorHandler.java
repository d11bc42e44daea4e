/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * FindCoordinator, versions 0 to 6; many keys at once from version 4 on (KIP-699). There is no coordinator of groups or transactions
 * in this cluster, and it says so.
 */
public final class FindCoordinatorHandler implements ApiHandler<FindCoordinatorRequestData> {
    private static final int FIRST_VERSION_WITH_BATCHES = 4;
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final byte SHARE = 2;

    private final Authorizer authorizer;

    public FindCoordinatorHandler(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FIND_COORDINATOR;
    }

    @Override
    public CompletionStage<FindCoordinatorResponseData> handle(
            RequestContext context, FindCoordinatorRequestData request) {
        FindCoordinatorResponseData response = new FindCoordinatorResponseData();
        if (context.version() < FIRST_VERSION_WITH_BATCHES) {
            Errors error = error(context, request.keyType(), request.key());
            response.setErrorCode(error.code())
                    .setErrorMessage(message(error))
                    .setNodeId(-1)
                    .setHost("")
                    .setPort(-1);
        } else {
            for (String key : request.coordinatorKeys()) {
                Errors error = error(context, request.keyType(), key);
                response.coordinators()
                        .add(new Coordinator()
                                .setKey(key)
                                .setErrorCode(error.code())
                                .setErrorMessage(message(error))
                                .setNodeId(-1)
                                .setHost("")
                                .setPort(-1));
            }
        }
        return CompletableFuture.completedFuture(response);
    }

    private Errors error(RequestContext context, byte type, String key) {
        if (type == GROUP || type == SHARE) {
            return authorizer.allows(context, Operation.DESCRIBE, Resource.GROUP, key)
                    ? Errors.COORDINATOR_NOT_AVAILABLE
                    : Errors.GROUP_AUTHORIZATION_FAILED;
        }
        if (type == TRANSACTION) {
            return authorizer.allows(context, Operation.DESCRIBE, Resource.TRANSACTIONAL_ID, key)
                    ? Errors.COORDINATOR_NOT_AVAILABLE
                    : Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        return Errors.INVALID_REQUEST;
    }

    private static String message(Errors error) {
        return error == Errors.COORDINATOR_NOT_AVAILABLE
                ? "this cluster has no coordinator for groups or transactions"
                : error.message();
    }
}
