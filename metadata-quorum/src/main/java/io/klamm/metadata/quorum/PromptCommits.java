/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLogIOException;

/**
 * Ratis' gRPC transport, with followers that hear of a commit at once. Ratis tells them with the next entry or the next
 * heartbeat, which on a quiet cluster is half an election time-out away: that long a dead broker would stay the leader in the
 * images of the followers.
 *
 * <p>Ratis makes it by its class name, see {@link RaftSettings}; therefore it is public.
 */
public final class PromptCommits implements RpcType {
    @Override
    public String name() {
        return PromptCommits.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new Factory(parameters);
    }

    private static final class Factory extends GrpcFactory {
        Factory(Parameters parameters) {
            super(parameters);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division division, LeaderState state, FollowerInfo follower) {
            return new Appender(division, state, follower);
        }
    }

    /**
     * Sends a heartbeat when its follower has all entries but has not been told that the last ones are committed. Ratis wakes
     * the appender after each commit and after each answer, so nothing has to be polled. A commit index is told once: when the
     * heartbeat is lost, the next regular one makes up for it. Under load the entries themselves carry the news.
     */
    private static final class Appender extends GrpcLogAppender {
        /** Commit index of the newest request made. Written by the appender's thread. */
        private volatile long told = -1;

        Appender(RaftServer.Division division, LeaderState state, FollowerInfo follower) {
            super(division, state, follower);
        }

        private boolean owesCommit() {
            return getRaftLog().getLastCommittedIndex() > told
                    // While requests are on their way, Ratis' heartbeats carry no commit index.
                    && !hasPendingDataRequests()
                    && !hasAppendEntries();
        }

        /** Ratis makes a heartbeat when this is 0. */
        @Override
        public long getHeartbeatWaitTimeMs() {
            return owesCommit() ? 0 : super.getHeartbeatWaitTimeMs();
        }

        @Override
        public AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean heartbeat)
                throws RaftLogIOException {
            boolean owed = owesCommit();
            long committed = getRaftLog().getLastCommittedIndex();
            AppendEntriesRequestProto request = super.newAppendEntriesRequest(callId, heartbeat);
            if (request != null) {
                told = Math.max(told, owed ? committed : request.getLeaderCommit());
            }
            return request;
        }
    }
}
