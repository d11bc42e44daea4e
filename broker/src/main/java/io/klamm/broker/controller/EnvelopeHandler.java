/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Envelope: a client's request that a broker passes on, with the client's principal and address. NOT_CONTROLLER on the
 * envelope itself is certain: nothing inside has been looked at, and the broker asks elsewhere. What happens later
 * (leadership lost while deciding) is answered inside.
 */
public final class EnvelopeHandler implements ApiHandler<EnvelopeRequestData> {
    /** Meant for the client, not for the broker that has passed its request on. */
    private static final Set<Errors> REFUSALS =
            Collections.unmodifiableSet(EnumSet.of(Errors.INVALID_REQUEST, Errors.UNSUPPORTED_VERSION));

    private final ActiveController controller;
    private final Authorizer authorizer;
    private final Map<ApiKeys, ApiHandler<?>> inner = new EnumMap<>(ApiKeys.class);

    /** @param handlers the APIs that may come in an envelope */
    public EnvelopeHandler(ActiveController controller, Authorizer authorizer, List<ApiHandler<?>> handlers) {
        this.controller = controller;
        this.authorizer = authorizer;
        handlers.forEach(handler -> inner.put(handler.api(), handler));
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ENVELOPE;
    }

    @Override
    public CompletionStage<EnvelopeResponseData> handle(RequestContext context, EnvelopeRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return failed(Errors.CLUSTER_AUTHORIZATION_FAILED);
        }
        if (!controller.isActive()) {
            return failed(Errors.NOT_CONTROLLER);
        }
        ForwardedRequest forwarded;
        InetAddress client;
        try {
            forwarded = ForwardedRequest.decode(request.requestData(), request.requestPrincipal());
            client = InetAddress.getByAddress(request.clientHostAddress());
        } catch (IllegalArgumentException | UnknownHostException e) {
            return failed(Errors.INVALID_REQUEST);
        }
        ApiHandler<?> handler = inner.get(forwarded.api());
        if (handler == null) {
            return failed(Errors.INVALID_REQUEST);
        }
        RequestContext original = new RequestContext(
                forwarded.api(),
                forwarded.version(),
                forwarded.correlationId(),
                forwarded.clientId(),
                forwarded.principal(),
                context.listenerName(),
                context.securityProtocol(),
                new InetSocketAddress(client, 0),
                context.connectionId(),
                context.receivedNanos());
        return call(handler, original, forwarded.request()).handle((response, failure) -> {
            if (failure != null || response == null) {
                Errors error = failure == null ? Errors.UNKNOWN_SERVER_ERROR : ControllerErrors.of(failure);
                if (REFUSALS.contains(error)) {
                    return new EnvelopeResponseData()
                            .setResponseData(forwarded.encodeResponse(forwarded.refuse(error)));
                }
                return new EnvelopeResponseData().setErrorCode(error.code());
            }
            return new EnvelopeResponseData().setResponseData(forwarded.encodeResponse(response));
        });
    }

    @SuppressWarnings("unchecked")
    private static <Q extends ApiMessage> CompletionStage<? extends @Nullable ApiMessage> call(
            ApiHandler<Q> handler, RequestContext context, ApiMessage request) {
        return handler.handle(context, (Q) request);
    }

    private static CompletionStage<EnvelopeResponseData> failed(Errors error) {
        return CompletableFuture.completedFuture(new EnvelopeResponseData().setErrorCode(error.code()));
    }
}
