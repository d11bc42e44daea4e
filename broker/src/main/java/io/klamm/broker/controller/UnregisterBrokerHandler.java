/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.BrokerRemover;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** UnregisterBroker at the controller, version 0: a broker is gone for good. */
public final class UnregisterBrokerHandler implements ApiHandler<UnregisterBrokerRequestData> {
    private static final long TIMEOUT_MS = 10_000;

    private final ActiveController controller;
    private final BrokerRemover remover;
    private final Authorizer authorizer;

    public UnregisterBrokerHandler(ActiveController controller, BrokerRemover remover, Authorizer authorizer) {
        this.controller = controller;
        this.remover = remover;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.UNREGISTER_BROKER;
    }

    @Override
    public CompletionStage<UnregisterBrokerResponseData> handle(
            RequestContext context, UnregisterBrokerRequestData request) {
        if (!authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(
                    response(Errors.CLUSTER_AUTHORIZATION_FAILED, Errors.CLUSTER_AUTHORIZATION_FAILED.message()));
        }
        int node = request.brokerId();
        return controller
                .decide(
                        context.principal().toString(),
                        "unregister broker " + node,
                        TIMEOUT_MS,
                        image -> remover.unregister(image, node))
                .handle((reply, failure) -> {
                    if (failure != null) {
                        Errors error = ControllerErrors.of(failure);
                        return response(error, error.message());
                    }
                    return response(reply.error(), reply.message());
                });
    }

    private static UnregisterBrokerResponseData response(Errors error, String message) {
        return new UnregisterBrokerResponseData()
                .setErrorCode(error.code())
                .setErrorMessage(error == Errors.NONE ? null : message);
    }
}
