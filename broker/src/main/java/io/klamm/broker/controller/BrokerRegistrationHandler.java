/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.OccasionalLog;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.BrokerRegistration;
import io.klamm.metadata.controller.RegistrationReply;
import io.klamm.metadata.fact.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** BrokerRegistration: a broker process joins the cluster. The response has no room for a message, so a refusal is logged here. */
public final class BrokerRegistrationHandler implements ApiHandler<BrokerRegistrationRequestData> {
    /** Name of our own feature level, beside Kafka's metadata.version. */
    public static final String METADATA_FEATURE = "klamm.metadata.version";

    private static final Logger LOG = LoggerFactory.getLogger(BrokerRegistrationHandler.class);

    private final ActiveController controller;
    private final HeartbeatConnections connections;
    private final Authorizer authorizer;
    private final OccasionalLog refusals;

    /** @param refusals keeps a broker that is refused again and again from filling the log */
    public BrokerRegistrationHandler(
            ActiveController controller,
            HeartbeatConnections connections,
            Authorizer authorizer,
            OccasionalLog refusals) {
        this.refusals = refusals;
        this.controller = controller;
        this.connections = connections;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.BROKER_REGISTRATION;
    }

    @Override
    public CompletionStage<BrokerRegistrationResponseData> handle(
            RequestContext context, BrokerRegistrationRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(response(Errors.CLUSTER_AUTHORIZATION_FAILED, -1));
        }
        long connectionId = context.connectionId();
        connections.opens(connectionId);
        return controller
                .register(registration(request), () -> connections.isOpen(connectionId))
                .handle((reply, failure) -> {
                    if (failure != null) {
                        return response(ControllerErrors.of(failure), -1);
                    }
                    if (reply.error() != Errors.NONE) {
                        refused(context, request, reply);
                    }
                    return response(reply.error(), reply.brokerEpoch());
                });
    }

    private void refused(RequestContext context, BrokerRegistrationRequestData request, RegistrationReply reply) {
        refusals.log(
                reply.error().name(),
                more -> LOG.warn(
                        "Refused the registration of broker {} from {}: {} {}{}",
                        request.brokerId(),
                        context.client(),
                        reply.error(),
                        reply.message(),
                        more));
    }

    private static BrokerRegistration registration(BrokerRegistrationRequestData request) {
        List<Endpoint> endpoints = new ArrayList<>(request.listeners().size());
        request.listeners()
                .forEach(listener -> endpoints.add(
                        new Endpoint(listener.name(), listener.host(), listener.port(), listener.securityProtocol())));
        BrokerRegistrationRequestData.Feature feature = request.features().find(METADATA_FEATURE);
        return new BrokerRegistration(
                request.brokerId(),
                request.clusterId(),
                request.incarnationId(),
                endpoints,
                request.rack(),
                request.logDirs(),
                request.previousBrokerEpoch(),
                feature == null ? 0 : feature.minSupportedVersion(),
                feature == null ? 0 : feature.maxSupportedVersion());
    }

    private static BrokerRegistrationResponseData response(Errors error, long brokerEpoch) {
        return new BrokerRegistrationResponseData().setErrorCode(error.code()).setBrokerEpoch(brokerEpoch);
    }
}
