/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.LeaderInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpcWithProxy;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running Ratis server of this voter, with its one group. */
final class RaftVoter {
    private static final Logger LOG = LoggerFactory.getLogger(RaftVoter.class);
    private static final long TRANSFER_TIMEOUT_MS = 1_500;
    private static final long CLOSE_TIMEOUT_MS = 5_000;
    /** A follower that has not answered for so long is not asked to take over. */
    private static final long FRESH_FOLLOWER_MS = 1_000;

    private final RaftServer server;
    private final RaftServer.Division division;

    private RaftVoter(RaftServer server, RaftServer.Division division) {
        this.server = server;
        this.division = division;
    }

    /**
     * Starts Ratis.
     *
     * @param initialVoters those who form the quorum; empty when it has been formed, then Ratis' own storage knows
     * @throws QuorumStartException when it does not start
     */
    static RaftVoter start(
            QuorumConfig config, VoterDirectory directory, List<Voter> initialVoters, MetadataStateMachine machine) {
        VoterIdentity identity = directory.identity();
        RaftProperties settings = RaftSettings.create(config, directory.raftStorage());
        VoterAddresses.checkFree(GrpcConfigKeys.Server.host(settings), GrpcConfigKeys.Server.port(settings));
        RaftSettings.disarmProcessExit();
        RaftGroupId groupId = RaftGroupId.valueOf(identity.groupUuid());
        List<RaftPeer> peers = initialVoters.stream()
                .map(voter -> VoterConfiguration.founder(voter, config.raftPortOffset()))
                .toList();
        RaftServer server = null;
        try {
            server = RaftServer.newBuilder()
                    .setServerId(RaftPeerId.valueOf(identity.peerId()))
                    .setGroup(RaftGroup.valueOf(groupId, peers))
                    .setStateMachine(machine)
                    .setProperties(settings)
                    .setParameters(AddresseeCheck.of(identity.peerId()))
                    // Formats only a group that has no storage at all; whether that may be, VoterDirectory has decided.
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .build();
            server.start();
            RaftServer.Division division = server.getDivision(groupId);
            long logStart = division.getRaftLog().getStartIndex();
            long next = machine.getLastAppliedTermIndex().getIndex() + 1;
            if (logStart > next) {
                throw new IOException("its log starts at entry " + logStart + " but no snapshot holds the entries from "
                        + next + " on");
            }
            return new RaftVoter(server, division);
        } catch (IOException | RuntimeException e) {
            if (server != null) {
                closeBounded(server, null);
            }
            throw startFailure(directory, e);
        }
    }

    private static QuorumStartException startFailure(VoterDirectory directory, Exception thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof IllegalArgumentException) {
            return new QuorumStartException("Ratis does not accept its settings: " + root.getMessage(), thrown);
        }
        String what = root.getMessage() == null ? root.toString() : root.getMessage();
        return new QuorumStartException(
                "the metadata log in " + directory.raftStorage() + " cannot be opened: " + what + ". "
                        + VoterDirectory.lostVoterAdvice(directory.identity().nodeId()),
                thrown);
    }

    RaftServer server() {
        return server;
    }

    boolean leadsIn(int term) {
        DivisionInfo info = division.getInfo();
        // In this order: a leader now, and of no other term before or after.
        return info.isLeader() && info.getCurrentTerm() == term;
    }

    int term() {
        return Math.toIntExact(division.getInfo().getCurrentTerm());
    }

    /** Node id of the leader, -1 when there is none. */
    int leaderId() {
        RaftPeerId leader = division.getInfo().getLeaderId();
        return leader == null ? -1 : VoterIdentity.nodeIdOf(leader.toString());
    }

    /** False once Ratis has stopped, whoever stopped it. */
    boolean isAlive() {
        return !stopped(server.getLifeCycleState())
                && !stopped(division.getInfo().getLifeCycleState());
    }

    private static boolean stopped(LifeCycle.State state) {
        return switch (state) {
            case CLOSING, CLOSED, EXCEPTION -> true;
            case NEW, STARTING, RUNNING, PAUSING, PAUSED -> false;
        };
    }

    /**
     * How far a voter is, as only the leader knows; null elsewhere.
     *
     * @param nextIndex Raft index that is sent next
     * @param matchIndex last Raft index known to be there
     * @param lastContactMs ms since it answered last
     */
    record Progress(RaftPeerId peer, long nextIndex, long matchIndex, long lastContactMs) {}

    List<Progress> followers() {
        DivisionInfo info = division.getInfo();
        RoleInfoProto role = info.getRoleInfoProto();
        long[] next = info.getFollowerNextIndices();
        long[] match = info.getFollowerMatchIndices();
        if (!role.hasLeaderInfo() || next == null || match == null) {
            return List.of();
        }
        LeaderInfoProto leader = role.getLeaderInfo();
        int count = Math.min(leader.getFollowerInfoCount(), Math.min(next.length, match.length));
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    ServerRpcProto follower = leader.getFollowerInfo(i);
                    return new Progress(
                            RaftPeerId.valueOf(follower.getId().getId()),
                            next[i],
                            match[i],
                            follower.getLastRpcElapsedTimeMs());
                })
                .toList();
    }

    /** The members that this voter waits for: followers as their leader does, everybody else as a candidate does. */
    List<SilentLinks.Link> links() {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        if (role.hasCandidateInfo()) {
            long sinceMs = role.getRoleElapsedTimeMs(); // whose votes come back loses, or wins, before long
            return division.getRaftConf().getCurrentPeers().stream()
                    .map(RaftPeer::getId)
                    .filter(peer -> !peer.equals(server.getId()))
                    .map(peer -> new SilentLinks.Link(peer, sinceMs))
                    .toList();
        }
        return role.getLeaderInfo().getFollowerInfoList().stream()
                .map(follower -> new SilentLinks.Link(
                        RaftPeerId.valueOf(follower.getId().getId()), follower.getLastRpcElapsedTimeMs()))
                .toList();
    }

    /** As the members dial it; null when it is no member. */
    @Nullable
    String address(RaftPeerId peer) {
        RaftPeer member = division.getRaftConf().getPeer(peer);
        return member == null ? null : member.getAddress();
    }

    /** Ends the connection to a member; the next one is made when something is to be sent. Leaves the thread interrupted. */
    void reconnect(RaftPeerId peer) {
        if (server.getServerRpc() instanceof RaftServerRpcWithProxy<?, ?> rpc) {
            // Ratis gives the old connection three seconds to end in order, during which it sends nothing; what is on a
            // silent one will not end. A thread that is interrupted does not wait.
            Thread.currentThread().interrupt();
            rpc.getProxies().resetProxy(peer);
        }
    }

    long nextLogIndex() {
        return division.getRaftLog().getNextIndex();
    }

    /** The follower that answers and has most of the log; null when there is none. */
    @Nullable
    Progress heir() {
        Progress heir = null;
        for (Progress follower : followers()) {
            if (follower.lastContactMs() < FRESH_FOLLOWER_MS
                    && (heir == null || follower.matchIndex() > heir.matchIndex())) {
                heir = follower;
            }
        }
        return heir;
    }

    /** Asks the follower that has most of the log to lead, when this voter leads. Bounded. */
    void transferLeadership() {
        if (!division.getInfo().isLeader()) {
            return;
        }
        Progress heir = heir();
        if (heir == null) {
            return;
        }
        try {
            RaftClientReply reply = transferLeadership(heir.peer(), TRANSFER_TIMEOUT_MS)
                    .get(TRANSFER_TIMEOUT_MS + 500, TimeUnit.MILLISECONDS);
            if (!reply.isSuccess()) {
                LOG.info("Leadership was not passed on to {}: {}", heir.peer(), message(reply.getException()));
            }
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.info("Leadership was not passed on to {}: {}", heir.peer(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isLeader() {
        return division.getInfo().isLeader();
    }

    /** The members by Raft's configuration; empty while it is changing. */
    List<RaftPeer> settledPeers() {
        RaftConfiguration configuration = division.getRaftConf();
        return configuration.getPreviousPeers().isEmpty() ? List.copyOf(configuration.getCurrentPeers()) : List.of();
    }

    /**
     * Changes the members, on the leader only: those who are new catch up first, then all switch at once (joint consensus).
     * Completes when the new configuration is committed. There is no bound here: a member that never catches up keeps it waiting.
     *
     * @param from what the configuration must be now
     */
    CompletableFuture<RaftClientReply> changeMembers(List<RaftPeer> from, List<RaftPeer> to) {
        SetConfigurationRequest.Arguments arguments = SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .setServersInCurrentConf(from)
                .setServersInNewConf(to)
                .build();
        try {
            return server.setConfigurationAsync(new SetConfigurationRequest(
                    ClientId.randomId(), server.getId(), division.getMemberId().getGroupId(), 1, arguments));
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Asks a member to lead in place of this voter; on the leader only. Ratis bounds it.
     *
     * @param timeoutMs how long the member may take to catch up and win
     */
    CompletableFuture<RaftClientReply> transferLeadership(RaftPeerId heir, long timeoutMs) {
        try {
            return server.transferLeadershipAsync(new TransferLeadershipRequest(
                    ClientId.randomId(), server.getId(), division.getMemberId().getGroupId(), 1, heir, timeoutMs));
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * The leader is gone for certain: stands for election at once, as when a leader that steps down asks for it. Wrong news does no
     * harm but an election: who votes, and for which log, is Raft's as ever.
     *
     * @return false when there was nothing to do: it follows another one by now, or its log ends before this leader's term
     */
    boolean succeed(RaftPeerId goneLeader) {
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        if (last == null || !goneLeader.equals(division.getInfo().getLeaderId())) {
            return false;
        }
        RaftGroupId groupId = division.getMemberId().getGroupId();
        StartLeaderElectionRequestProto request = StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRequestorId(goneLeader.toByteString())
                        .setReplyId(server.getId().toByteString())
                        .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(groupId)))
                .setLeaderLastEntry(last.toProto())
                .build();
        try {
            return server.startLeaderElection(request).getServerReply().getSuccess();
        } catch (IOException | RuntimeException e) {
            // Also when an election of this voter or another one began at the same moment.
            LOG.info("No election before its time: {}", message(e));
            return false;
        }
    }

    @Nullable
    RaftPeerId leader() {
        return division.getInfo().getLeaderId();
    }

    private static String message(@Nullable Throwable cause) {
        return cause == null ? "no reason given" : String.valueOf(cause.getMessage());
    }

    /**
     * Stops Ratis. On return the log and the snapshots are closed (or a bound has passed); Netty's threads take two seconds
     * more to go, in the background.
     */
    void close() {
        closeBounded(server, division);
    }

    private static void closeBounded(RaftServer server, RaftServer.@Nullable Division division) {
        CountDownLatch stored = new CountDownLatch(1);
        Thread closer = new Thread(
                () -> {
                    try {
                        if (division != null) {
                            division.close();
                            stored.countDown();
                        }
                        server.close();
                    } catch (IOException | RuntimeException e) {
                        LOG.warn("Stopping Ratis failed: {}", e.toString());
                    } finally {
                        stored.countDown();
                    }
                },
                "quorum-close");
        closer.setDaemon(true);
        closer.start();
        try {
            if (!stored.await(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("Ratis did not stop within {} ms", CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
