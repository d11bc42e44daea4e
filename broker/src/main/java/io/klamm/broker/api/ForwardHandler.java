/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** Passes an API that concerns the whole cluster on to the active controller, as it is. */
public final class ForwardHandler implements ApiHandler<ApiMessage> {
    private final ApiKeys api;
    private final Predicate<RequestContext> allowed;
    private final ControllerGateway gateway;
    private final ToLongFunction<ApiMessage> timeoutMs;

    private ForwardHandler(
            ApiKeys api,
            Predicate<RequestContext> allowed,
            ControllerGateway gateway,
            ToLongFunction<ApiMessage> timeoutMs) {
        this.api = api;
        this.allowed = allowed;
        this.gateway = gateway;
        this.timeoutMs = timeoutMs;
    }

    /**
     * @param api which API
     * @param operation what the client must be allowed to do to the cluster
     * @param timeoutMs how long to look for the controller and wait for its answer
     */
    public ForwardHandler(
            ApiKeys api, Operation operation, ControllerGateway gateway, Authorizer authorizer, long timeoutMs) {
        this(
                api,
                context -> authorizer.allows(context, operation, Resource.CLUSTER, AuthorizedOperations.CLUSTER),
                gateway,
                request -> timeoutMs);
    }

    /**
     * For APIs whose rights belong to the single things that a request names: the controller's handler judges them, for the client's
     * principal.
     *
     * @param timeoutMs how long to look for the controller and wait for its answer to this request
     */
    public static ForwardHandler judgedThere(
            ApiKeys api, ControllerGateway gateway, ToLongFunction<ApiMessage> timeoutMs) {
        return new ForwardHandler(api, context -> true, gateway, timeoutMs);
    }

    @Override
    public ApiKeys api() {
        return api;
    }

    @Override
    public CompletionStage<ApiMessage> handle(RequestContext context, ApiMessage request) {
        if (!allowed.test(context)) {
            throw new ClusterAuthorizationException(context.principal() + " may not send " + api + " to the cluster");
        }
        return gateway.forward(context, request, timeoutMs.applyAsLong(request));
    }
}
