/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.image.MetadataImage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeCluster on a broker's listener, versions 0 to 2 (KIP-700, KIP-919, KIP-1073). */
public final class DescribeClusterHandler implements ApiHandler<DescribeClusterRequestData> {
    private static final byte BROKERS = 1;
    private static final byte CONTROLLERS = 2;

    private final Supplier<MetadataImage> images;
    private final IntSupplier quorumLeader;
    private final Authorizer authorizer;

    /** @param quorumLeader node id of the quorum's leader, -1 when not known */
    public DescribeClusterHandler(Supplier<MetadataImage> images, IntSupplier quorumLeader, Authorizer authorizer) {
        this.images = images;
        this.quorumLeader = quorumLeader;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public CompletionStage<DescribeClusterResponseData> handle(
            RequestContext context, DescribeClusterRequestData request) {
        return CompletableFuture.completedFuture(answer(context, request));
    }

    private DescribeClusterResponseData answer(RequestContext context, DescribeClusterRequestData request) {
        DescribeClusterResponseData response = new DescribeClusterResponseData().setEndpointType(BROKERS);
        if (request.endpointType() != BROKERS) {
            Errors error = request.endpointType() == CONTROLLERS
                    ? Errors.MISMATCHED_ENDPOINT_TYPE
                    : Errors.UNSUPPORTED_ENDPOINT_TYPE;
            return response.setErrorCode(error.code())
                    .setErrorMessage("this is a broker's listener; it knows endpoint type " + BROKERS + " only");
        }
        MetadataImage image = images.get();
        ListenerBrokers brokers = new ListenerBrokers(image, context.listenerName());
        for (ListenerBrokers.Reachable reachable : brokers.reachable(request.includeFencedBrokers())) {
            response.brokers()
                    .add(new DescribeClusterBroker()
                            .setBrokerId(reachable.broker().nodeId())
                            .setHost(reachable.endpoint().host())
                            .setPort(reachable.endpoint().port())
                            .setRack(reachable.broker().registration().rack())
                            .setIsFenced(reachable.broker().fenced()));
        }
        return response.setClusterId(image.clusterId() == null ? "" : image.clusterId())
                .setControllerId(brokers.controllerHint(quorumLeader.getAsInt()))
                .setClusterAuthorizedOperations(
                        request.includeClusterAuthorizedOperations()
                                ? AuthorizedOperations.onCluster(authorizer, context)
                                : AuthorizedOperations.NOT_ASKED);
    }
}
