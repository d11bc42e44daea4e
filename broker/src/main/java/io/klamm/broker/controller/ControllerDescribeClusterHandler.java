/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.quorum.VoterStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeCluster on the CONTROLLER listener: how admin clients that were given controllers find the active one (KIP-919). */
public final class ControllerDescribeClusterHandler implements ApiHandler<DescribeClusterRequestData> {
    private static final byte CONTROLLERS = 2;
    private static final short FIRST_WITH_TYPES = 1;

    private final String clusterId;
    private final List<Voter> configured;
    private final Supplier<VoterStatus> voterStatus;
    private final IntSupplier leaderId;
    private final Authorizer authorizer;

    /** @param configured the voters by the configuration; the quorum's own list counts as soon as there is one */
    public ControllerDescribeClusterHandler(
            String clusterId,
            List<Voter> configured,
            Supplier<VoterStatus> voterStatus,
            IntSupplier leaderId,
            Authorizer authorizer) {
        this.clusterId = clusterId;
        this.configured = List.copyOf(configured);
        this.voterStatus = voterStatus;
        this.leaderId = leaderId;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public CompletionStage<DescribeClusterResponseData> handle(
            RequestContext context, DescribeClusterRequestData request) {
        DescribeClusterResponseData response = new DescribeClusterResponseData().setClusterId(clusterId);
        if (context.version() >= FIRST_WITH_TYPES) {
            response.setEndpointType(CONTROLLERS);
        }
        int leader = leaderId.getAsInt();
        Errors error = Errors.NONE;
        if (request.endpointType() != CONTROLLERS) {
            error = Errors.MISMATCHED_ENDPOINT_TYPE;
        } else if (!authorizer.allows(context, Operation.DESCRIBE, Resource.CLUSTER, "kafka-cluster")) {
            error = Errors.CLUSTER_AUTHORIZATION_FAILED;
        } else if (leader < 0) {
            // Told a cluster without controller, an admin client would be content with it for minutes. Who looks for
            // the
            // reason is told where the voters are.
            error = Errors.LEADER_NOT_AVAILABLE;
        }
        if (error != Errors.NONE) {
            response.setErrorCode(error.code()).setErrorMessage(error.message());
        }
        if (error != Errors.NONE && error != Errors.LEADER_NOT_AVAILABLE) {
            return CompletableFuture.completedFuture(response);
        }
        List<Voter> known = voterStatus.get().voters();
        for (Voter voter : known.isEmpty() ? configured : known) {
            response.brokers()
                    .add(new DescribeClusterBroker()
                            .setBrokerId(voter.nodeId())
                            .setHost(voter.host())
                            .setPort(voter.port()));
        }
        return CompletableFuture.completedFuture(response.setControllerId(leader));
    }
}
