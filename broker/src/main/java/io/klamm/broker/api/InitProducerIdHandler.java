/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * InitProducerId, versions 0 to 6, for idempotent producers. Such a producer bumps its epoch by itself (KIP-360) and asks again only
 * when that is used up or it starts anew: it always gets a new id with epoch 0. A transactional id needs a coordinator, which this
 * cluster does not have.
 */
public final class InitProducerIdHandler implements ApiHandler<InitProducerIdRequestData> {
    private static final long NO_PRODUCER_ID = -1;
    private static final short NO_EPOCH = -1;

    private final ProducerIds ids;
    private final Authorizer authorizer;

    public InitProducerIdHandler(ProducerIds ids, Authorizer authorizer) {
        this.ids = ids;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.INIT_PRODUCER_ID;
    }

    @Override
    public CompletionStage<InitProducerIdResponseData> handle(
            RequestContext context, InitProducerIdRequestData request) {
        Errors error = refusal(context, request);
        if (error != Errors.NONE) {
            return CompletableFuture.completedFuture(answer(error, NO_PRODUCER_ID, NO_EPOCH));
        }
        return ids.next().thenApply(id -> answer(Errors.NONE, id, (short) 0));
    }

    private Errors refusal(RequestContext context, InitProducerIdRequestData request) {
        String transactionalId = request.transactionalId();
        if (transactionalId != null) {
            if (transactionalId.isEmpty()) {
                return Errors.INVALID_REQUEST;
            }
            return authorizer.allows(context, Operation.WRITE, Resource.TRANSACTIONAL_ID, transactionalId)
                    ? Errors.COORDINATOR_NOT_AVAILABLE
                    : Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        if ((request.producerId() == NO_PRODUCER_ID) != (request.producerEpoch() == NO_EPOCH)) {
            return Errors.INVALID_REQUEST;
        }
        return authorizer.allows(context, Operation.IDEMPOTENT_WRITE, Resource.CLUSTER, AuthorizedOperations.CLUSTER)
                ? Errors.NONE
                : Errors.CLUSTER_AUTHORIZATION_FAILED;
    }

    private static InitProducerIdResponseData answer(Errors error, long id, short epoch) {
        return new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(id)
                .setProducerEpoch(epoch);
    }
}
