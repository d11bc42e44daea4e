/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.BrokerHeartbeat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** BrokerHeartbeat: a broker says that it lives, and over which connection. */
public final class BrokerHeartbeatHandler implements ApiHandler<BrokerHeartbeatRequestData> {
    private final ActiveController controller;
    private final HeartbeatConnections connections;
    private final TailingBrokers tailing;
    private final PublishedOffsets published;
    private final Authorizer authorizer;

    public BrokerHeartbeatHandler(
            ActiveController controller,
            HeartbeatConnections connections,
            TailingBrokers tailing,
            PublishedOffsets published,
            Authorizer authorizer) {
        this.controller = controller;
        this.connections = connections;
        this.tailing = tailing;
        this.published = published;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.BROKER_HEARTBEAT;
    }

    @Override
    public CompletionStage<BrokerHeartbeatResponseData> handle(
            RequestContext context, BrokerHeartbeatRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(error(Errors.CLUSTER_AUTHORIZATION_FAILED));
        }
        int nodeId = request.brokerId();
        // On the connection's event loop, before it can be reported closed.
        connections.opens(context.connectionId());
        BrokerHeartbeat heartbeat = new BrokerHeartbeat(
                nodeId,
                request.brokerEpoch(),
                request.currentMetadataOffset(),
                request.wantFence(),
                request.wantShutDown(),
                request.offlineLogDirs());
        return controller.heartbeat(heartbeat).handle((reply, failure) -> {
            if (failure == null && reply.error() == Errors.NONE) {
                // Not of others: anybody can name any node, and a stopped process that goes on names the node of its
                // successor.
                connections.carries(context.connectionId(), nodeId, request.brokerEpoch(), request.wantShutDown());
                tailing.heard(nodeId, request.currentMetadataOffset(), DigestField.in(request.unknownTaggedFields()));
                published.heard(nodeId, request.currentMetadataOffset());
            }
            return failure != null
                    ? error(ControllerErrors.of(failure))
                    : new BrokerHeartbeatResponseData()
                            .setErrorCode(reply.error().code())
                            .setIsCaughtUp(reply.caughtUp())
                            .setIsFenced(reply.fenced())
                            .setShouldShutDown(reply.shouldShutDown());
        });
    }

    private static BrokerHeartbeatResponseData error(Errors error) {
        return new BrokerHeartbeatResponseData().setErrorCode(error.code());
    }
}
