/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what other voters send to somebody else. Ratis does not look whom a request is addressed to. Where a voter takes the place of
 * a lost one, both have the same address, and the leader still sends to the lost one: what the new one took would count as
 * acknowledged by the lost one, whose directory may yet come back without it. That is how a committed fact is lost.
 */
final class AddresseeCheck implements ServerInterceptor {
    private final ByteString own;

    private AddresseeCheck(String peerId) {
        this.own = ByteString.copyFromUtf8(peerId);
    }

    /** Parameters of a Ratis server with this check in front. */
    static Parameters of(String peerId) {
        Parameters parameters = new Parameters();
        GrpcConfigKeys.Server.setServicesCustomizer(
                parameters, (builder, services) -> builder.intercept(new AddresseeCheck(peerId)));
        return parameters;
    }

    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                RaftRpcRequestProto request = header(message);
                if (refused) {
                    return;
                }
                if (request == null || request.getReplyId().equals(own)) {
                    super.onMessage(message);
                } else {
                    refused = true;
                    call.close(
                            Status.UNAVAILABLE.withDescription(request.getReplyId()
                                            .toStringUtf8() + " is not here: this is " + own.toStringUtf8()),
                            new Metadata());
                }
            }

            @Override
            public void onHalfClose() {
                if (!refused) {
                    super.onHalfClose();
                }
            }
        };
    }

    /** Null of what is not sent from voter to voter. */
    private static @Nullable RaftRpcRequestProto header(Object message) {
        if (message instanceof AppendEntriesRequestProto append) {
            return append.getServerRequest();
        }
        if (message instanceof RequestVoteRequestProto vote) {
            return vote.getServerRequest();
        }
        if (message instanceof InstallSnapshotRequestProto snapshot) {
            return snapshot.getServerRequest();
        }
        if (message instanceof StartLeaderElectionRequestProto election) {
            return election.getServerRequest();
        }
        if (message instanceof ReadIndexRequestProto read) {
            return read.getServerRequest();
        }
        return null;
    }
}
