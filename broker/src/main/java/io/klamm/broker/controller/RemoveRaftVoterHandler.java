/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.quorum.MetadataQuorum;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * RemoveRaftVoter (KIP-853), by the leader of the quorum. A leader that is to go passes leadership on first and answers NOT_CONTROLLER:
 * clients ask the next one.
 */
public final class RemoveRaftVoterHandler implements ApiHandler<RemoveRaftVoterRequestData> {
    /** The request has no bound of its own. */
    private static final int TIMEOUT_MS = 30_000;

    private final MetadataQuorum quorum;
    private final String clusterId;
    private final Authorizer authorizer;

    public RemoveRaftVoterHandler(MetadataQuorum quorum, String clusterId, Authorizer authorizer) {
        this.quorum = quorum;
        this.clusterId = clusterId;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.REMOVE_RAFT_VOTER;
    }

    @Override
    public CompletionStage<RemoveRaftVoterResponseData> handle(
            RequestContext context, RemoveRaftVoterRequestData request) {
        if (!authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(
                    response(ApiError.fromThrowable(Errors.CLUSTER_AUTHORIZATION_FAILED.exception())));
        }
        if (request.clusterId() != null && !request.clusterId().equals(clusterId)) {
            return CompletableFuture.completedFuture(
                    response(new ApiError(Errors.INCONSISTENT_CLUSTER_ID, "this is cluster " + clusterId)));
        }
        return quorum.removeVoter(request.voterId(), request.voterDirectoryId(), TIMEOUT_MS)
                .handle((removed, failure) -> response(VoterChangeAnswers.of(failure)));
    }

    private static RemoveRaftVoterResponseData response(ApiError error) {
        return new RemoveRaftVoterResponseData()
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
