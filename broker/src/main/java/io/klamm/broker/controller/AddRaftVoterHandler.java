/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.quorum.MetadataQuorum;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AddRaftVoterRequestData.Listener;
import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * AddRaftVoter (KIP-853), by the leader of the quorum. The voter must wait for it at its CONTROLLER listener, started with {@code
 * quorum.join=true}. With the tagged field {@link #REPLACES} it takes the place of a lost voter in one step. Acknowledged when the
 * change is committed, whatever {@code ackWhenCommitted} says.
 */
public final class AddRaftVoterHandler implements ApiHandler<AddRaftVoterRequestData> {
    /** Tag of a field of our own: the directory id (16 bytes) of the voter with the same node id whose place is taken. */
    public static final int REPLACES = 10_000;

    private static final int UUID_BYTES = 16;

    private final MetadataQuorum quorum;
    private final String clusterId;
    private final String listenerName;
    private final Authorizer authorizer;

    /** @param listenerName name of the CONTROLLER listener */
    public AddRaftVoterHandler(MetadataQuorum quorum, String clusterId, String listenerName, Authorizer authorizer) {
        this.quorum = quorum;
        this.clusterId = clusterId;
        this.listenerName = listenerName;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ADD_RAFT_VOTER;
    }

    @Override
    public CompletionStage<AddRaftVoterResponseData> handle(RequestContext context, AddRaftVoterRequestData request) {
        if (!authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster")) {
            return refused(Errors.CLUSTER_AUTHORIZATION_FAILED, Errors.CLUSTER_AUTHORIZATION_FAILED.message());
        }
        if (request.clusterId() != null && !request.clusterId().equals(clusterId)) {
            return refused(Errors.INCONSISTENT_CLUSTER_ID, "this is cluster " + clusterId);
        }
        Listener listener = request.listeners().find(listenerName);
        if (listener == null) {
            return refused(Errors.INVALID_REQUEST, "the listener " + listenerName + " of the new voter is missing");
        }
        if (request.voterId() < 0
                || request.voterDirectoryId().equals(Uuid.ZERO_UUID)
                || listener.host().isEmpty()
                || listener.port() == 0) {
            return refused(
                    Errors.INVALID_REQUEST, "a voter has a node id from 0 on, a directory id, a host and a port");
        }
        Voter joiner = new Voter(request.voterId(), request.voterDirectoryId(), listener.host(), listener.port());
        return quorum.addVoter(joiner, replaces(request), request.timeoutMs())
                .handle((added, failure) -> response(VoterChangeAnswers.of(failure)));
    }

    private static @Nullable Uuid replaces(AddRaftVoterRequestData request) {
        for (RawTaggedField field : request.unknownTaggedFields()) {
            if (field.tag() == REPLACES && field.size() == UUID_BYTES) {
                ByteBuffer bytes = ByteBuffer.wrap(field.data());
                return new Uuid(bytes.getLong(), bytes.getLong());
            }
        }
        return null;
    }

    private static CompletionStage<AddRaftVoterResponseData> refused(Errors error, String message) {
        return CompletableFuture.completedFuture(response(new ApiError(error, message)));
    }

    private static AddRaftVoterResponseData response(ApiError error) {
        return new AddRaftVoterResponseData().setErrorCode(error.error().code()).setErrorMessage(error.message());
    }
}
