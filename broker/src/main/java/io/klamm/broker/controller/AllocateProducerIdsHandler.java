/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AllocateProducerIds: a block of producer ids for a broker. */
public final class AllocateProducerIdsHandler implements ApiHandler<AllocateProducerIdsRequestData> {
    private final ActiveController controller;
    private final Authorizer authorizer;

    public AllocateProducerIdsHandler(ActiveController controller, Authorizer authorizer) {
        this.controller = controller;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALLOCATE_PRODUCER_IDS;
    }

    @Override
    public CompletionStage<AllocateProducerIdsResponseData> handle(
            RequestContext context, AllocateProducerIdsRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(response(Errors.CLUSTER_AUTHORIZATION_FAILED, -1, 0));
        }
        return controller
                .allocateProducerIds(request.brokerId(), request.brokerEpoch())
                .handle((block, failure) -> failure != null
                        ? response(ControllerErrors.of(failure), -1, 0)
                        : response(block.error(), block.firstProducerId(), block.length()));
    }

    private static AllocateProducerIdsResponseData response(Errors error, long first, int length) {
        return new AllocateProducerIdsResponseData()
                .setErrorCode(error.code())
                .setProducerIdStart(first)
                .setProducerIdLen(length);
    }
}
