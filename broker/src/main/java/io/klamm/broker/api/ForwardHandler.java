/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** Passes an API that concerns the whole cluster on to the active controller, as it is. */
public final class ForwardHandler implements ApiHandler<ApiMessage> {
    private final ApiKeys api;
    private final Operation operation;
    private final ControllerGateway gateway;
    private final Authorizer authorizer;
    private final long timeoutMs;

    /**
     * @param api which API
     * @param operation what the client must be allowed to do to the cluster
     * @param timeoutMs how long to look for the controller and wait for its answer
     */
    public ForwardHandler(
            ApiKeys api, Operation operation, ControllerGateway gateway, Authorizer authorizer, long timeoutMs) {
        this.api = api;
        this.operation = operation;
        this.gateway = gateway;
        this.authorizer = authorizer;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public ApiKeys api() {
        return api;
    }

    @Override
    public CompletionStage<ApiMessage> handle(RequestContext context, ApiMessage request) {
        if (!authorizer.allows(context, operation, Resource.CLUSTER, AuthorizedOperations.CLUSTER)) {
            throw new ClusterAuthorizationException(context.principal() + " may not " + operation + " the cluster");
        }
        return gateway.forward(context, request, timeoutMs);
    }
}
