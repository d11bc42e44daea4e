/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import io.klamm.broker.controller.AddRaftVoterHandler;
import io.klamm.broker.controller.DescribeQuorumHandler;
import io.klamm.tools.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AddRaftVoterRequestData.Listener;
import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.requests.AddRaftVoterRequest;
import org.apache.kafka.common.requests.AddRaftVoterResponse;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.EndQuorumEpochRequest;
import org.apache.kafka.common.requests.EndQuorumEpochResponse;
import org.apache.kafka.common.requests.RemoveRaftVoterRequest;
import org.apache.kafka.common.requests.RemoveRaftVoterResponse;
import org.jspecify.annotations.Nullable;

/**
 * Changes the voters and the leader of the quorum: finds the leader, asks it, and asks again, wherever leadership has gone, until it is
 * done, refused for good, or the time is over. All that is asked names directory ids or an epoch, so asking again never does more
 * than was asked for.
 */
public final class QuorumControl {
    private static final int CONNECT_MS = 1_500;
    private static final int ANSWER_MS = 5_000;
    private static final long PAUSE_NS = 500_000_000;
    /** Of one attempt: a leader that is lost meanwhile answers nobody. */
    private static final int ATTEMPT_MS = 20_000;

    private static final String METADATA = "__cluster_metadata";
    private static final String DEFAULT_LISTENER = "CONTROLLER";

    private final List<QuorumInspector.Address> brokers;
    private final @Nullable List<QuorumInspector.Address> controllers;
    private final long deadlineNanos;
    private final Consumer<String> progress;
    private String lastProgress = "";

    /**
     * @param brokers whom to ask first who votes
     * @param controllers CONTROLLER listeners to ask instead, or null
     * @param progress gets a line when something is new
     */
    public QuorumControl(
            List<QuorumInspector.Address> brokers,
            @Nullable List<QuorumInspector.Address> controllers,
            long timeoutMs,
            Consumer<String> progress) {
        this.brokers = brokers;
        this.controllers = controllers;
        this.deadlineNanos = System.nanoTime() + timeoutMs * 1_000_000;
        this.progress = progress;
    }

    /**
     * A voter as its leader describes it.
     *
     * @param listener name of its CONTROLLER listener
     */
    public record Member(int nodeId, Uuid directoryId, String listener, String host, int port) {}

    /** The quorum as the leader sees it. */
    public record Seen(Member leader, int term, List<Member> voters) {
        /** Null when the node does not vote. */
        public @Nullable Member voter(int nodeId) {
            return voters.stream()
                    .filter(voter -> voter.nodeId() == nodeId)
                    .findFirst()
                    .orElse(null);
        }
    }

    /** What a node says at its CONTROLLER listener that waits to be taken in. */
    private record Waiting(String clusterId, Uuid directoryId) {}

    /** One attempt: null when done, else why not yet. */
    private interface Attempt {
        @Nullable
        String at(Seen seen) throws IOException;
    }

    /** The quorum now. Waits for a leader. */
    public Seen look() throws InterruptedException {
        Seen[] found = new Seen[1];
        untilDone(seen -> {
            found[0] = seen;
            return null;
        });
        return found[0];
    }

    /**
     * Takes in a voter that waits at its CONTROLLER listener.
     *
     * @param replace whether it takes the place of the voter with the same node id
     */
    public Seen add(int nodeId, QuorumInspector.Address address, boolean replace) throws InterruptedException {
        Uuid[] joined = new Uuid[1];
        return untilDone(seen -> {
            Member present = seen.voter(nodeId);
            if (present != null && present.directoryId().equals(joined[0])) {
                return null; // an attempt whose answer was lost
            }
            if (present == null && replace) {
                throw new CommandException("node " + nodeId + " is not a voter: nobody can be replaced. To make it one,"
                        + " klamm quorum add " + nodeId + '@' + address);
            }
            if (present != null && !replace) {
                throw new CommandException("node " + nodeId + " is a voter already (directory " + present.directoryId()
                        + "); when its disk is lost, klamm quorum replace " + nodeId);
            }
            Waiting waiting = waiting(nodeId, address);
            if (present != null && present.directoryId().equals(waiting.directoryId())) {
                return null;
            }
            joined[0] = waiting.directoryId();
            say("node " + nodeId + " waits with directory " + waiting.directoryId() + "; node "
                    + seen.leader().nodeId() + " takes it in");
            return ask(seen, request(seen, waiting, nodeId, address, present));
        });
    }

    private static AddRaftVoterRequestData request(
            Seen seen, Waiting waiting, int nodeId, QuorumInspector.Address address, @Nullable Member replaced) {
        AddRaftVoterRequestData request = new AddRaftVoterRequestData()
                .setClusterId(waiting.clusterId())
                .setTimeoutMs(ATTEMPT_MS)
                .setVoterId(nodeId)
                .setVoterDirectoryId(waiting.directoryId());
        request.listeners()
                .add(new Listener()
                        .setName(seen.leader().listener())
                        .setHost(address.host())
                        .setPort(address.port()));
        if (replaced != null) {
            Uuid directory = replaced.directoryId();
            byte[] bytes = ByteBuffer.allocate(16)
                    .putLong(directory.getMostSignificantBits())
                    .putLong(directory.getLeastSignificantBits())
                    .array();
            request.unknownTaggedFields().add(new RawTaggedField(AddRaftVoterHandler.REPLACES, bytes));
        }
        return request;
    }

    private @Nullable String ask(Seen seen, AddRaftVoterRequestData request) throws IOException {
        Member leader = seen.leader();
        try (NodeConnection node =
                new NodeConnection(leader.host(), leader.port(), CONNECT_MS, ATTEMPT_MS + ANSWER_MS)) {
            AddRaftVoterResponse response =
                    (AddRaftVoterResponse) node.ask(new AddRaftVoterRequest.Builder(request).build((short) 1));
            AddRaftVoterResponseData data = response.data();
            return outcome(Errors.forCode(data.errorCode()), data.errorMessage());
        }
    }

    /** Removes a voter, whichever node leads then. */
    public Seen remove(int nodeId) throws InterruptedException {
        Member[] leaving = new Member[1];
        return untilDone(seen -> {
            Member present = seen.voter(nodeId);
            if (present == null && leaving[0] == null) {
                throw new CommandException("node " + nodeId + " is not a voter");
            }
            if (present == null) {
                return null;
            }
            if (leaving[0] != null && !leaving[0].directoryId().equals(present.directoryId())) {
                return null; // that one is gone; another has come
            }
            leaving[0] = present;
            say(
                    seen.leader().nodeId() == nodeId
                            ? "node " + nodeId + " leads: it passes leadership on first"
                            : "node " + seen.leader().nodeId() + " removes node " + nodeId);
            Member leader = seen.leader();
            try (NodeConnection node =
                    new NodeConnection(leader.host(), leader.port(), CONNECT_MS, ATTEMPT_MS + 2 * ANSWER_MS)) {
                RemoveRaftVoterResponse response = (RemoveRaftVoterResponse)
                        node.ask(new RemoveRaftVoterRequest.Builder(new RemoveRaftVoterRequestData()
                                        .setClusterId(null)
                                        .setVoterId(nodeId)
                                        .setVoterDirectoryId(present.directoryId()))
                                .build((short) 0));
                RemoveRaftVoterResponseData data = response.data();
                return outcome(Errors.forCode(data.errorCode()), data.errorMessage());
            }
        });
    }

    /** Makes another voter the leader. */
    public Seen transfer(int nodeId) throws InterruptedException {
        return untilDone(seen -> {
            if (seen.leader().nodeId() == nodeId) {
                return null;
            }
            if (seen.voter(nodeId) == null) {
                throw new CommandException("node " + nodeId + " is not a voter");
            }
            say("node " + seen.leader().nodeId() + " passes leadership on to node " + nodeId);
            Member leader = seen.leader();
            try (NodeConnection node =
                    new NodeConnection(leader.host(), leader.port(), CONNECT_MS, ATTEMPT_MS + ANSWER_MS)) {
                EndQuorumEpochResponse response = (EndQuorumEpochResponse)
                        node.ask(new EndQuorumEpochRequest.Builder(EndQuorumEpochRequest.singletonRequest(
                                        new TopicPartition(METADATA, 0), seen.term(), leader.nodeId(), List.of(nodeId)))
                                .build((short) 0));
                EndQuorumEpochResponseData data = response.data();
                Errors error = data.topics().isEmpty()
                        ? Errors.forCode(data.errorCode())
                        : Errors.forCode(
                                data.topics().get(0).partitions().get(0).errorCode());
                // Whether it was the one who won, the next look says.
                return error == Errors.NONE
                        ? "waiting for node " + nodeId + " to win its election"
                        : outcome(error, null);
            }
        });
    }

    /** @throws CommandException when asking again is no use */
    private static @Nullable String outcome(Errors error, @Nullable String message) {
        String why = message == null ? error.message() : message;
        return switch (error) {
            case NONE -> null;
            case NOT_CONTROLLER,
                    NOT_LEADER_OR_FOLLOWER,
                    FENCED_LEADER_EPOCH,
                    UNKNOWN_LEADER_EPOCH,
                    REQUEST_TIMED_OUT,
                    DUPLICATE_VOTER -> why;
            default -> throw new CommandException(why);
        };
    }

    private Waiting waiting(int nodeId, QuorumInspector.Address address) throws IOException {
        try (NodeConnection node = new NodeConnection(address.host(), address.port(), CONNECT_MS, ANSWER_MS)) {
            PartitionData data = QuorumInspector.describeQuorum(node)
                    .topics()
                    .get(0)
                    .partitions()
                    .get(0);
            DescribeClusterResponseData cluster = ((DescribeClusterResponse) node.ask(new DescribeClusterRequest(
                            new DescribeClusterRequestData().setEndpointType((byte) 2), (short) 1)))
                    .data();
            ReplicaState self = data.currentVoters().isEmpty()
                    ? new ReplicaState().setReplicaId(-1)
                    : data.currentVoters().get(0);
            boolean waits = data.highWatermark() < 0 && self.logEndOffset() == DescribeQuorumHandler.JOINING_LOG_END;
            if (waits && self.replicaId() != nodeId) {
                throw new CommandException("at " + address + " waits node " + self.replicaId() + ", not " + nodeId);
            }
            if (!waits) {
                throw new CommandException("node " + nodeId + " at " + address
                        + " does not wait to be taken in: start it with an empty metadata directory and --override"
                        + " quorum.join=true");
            }
            return new Waiting(cluster.clusterId(), self.replicaDirectoryId());
        } catch (IOException e) {
            throw new IOException(
                    "node " + nodeId + " at " + address + " does not answer (" + QuorumInspector.reason(e)
                            + "): start it with an empty metadata directory and --override quorum.join=true",
                    e);
        }
    }

    private Seen untilDone(Attempt attempt) throws InterruptedException {
        String why = "no attempt was made";
        while (true) {
            try {
                Seen seen = seen();
                String reason = attempt.at(seen);
                if (reason == null) {
                    return seen;
                }
                why = reason;
            } catch (IOException e) {
                why = QuorumInspector.reason(e);
            } catch (NoLeader e) {
                why = String.valueOf(e.getMessage());
            }
            say(why);
            if (System.nanoTime() - deadlineNanos >= 0) {
                throw new CommandException("not done in time: " + why);
            }
            LockSupport.parkNanos(PAUSE_NS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private void say(String what) {
        if (!what.equals(lastProgress)) {
            lastProgress = what;
            progress.accept(what);
        }
    }

    /** There is no leader now. */
    private static final class NoLeader extends Exception {
        NoLeader(String message) {
            super(message);
        }
    }

    private Seen seen() throws InterruptedException, NoLeader, IOException {
        QuorumHealth health;
        try {
            health = controllers == null
                    ? QuorumInspector.fromBrokers(brokers)
                    : QuorumInspector.fromControllers(controllers);
        } catch (CommandException e) {
            throw new NoLeader(String.valueOf(e.getMessage()));
        }
        VoterAnswer leader = health.leader()
                .orElseThrow(() -> new NoLeader(
                        health.problem() == null ? "no voter leads at the moment" : String.valueOf(health.problem())));
        try (NodeConnection node = new NodeConnection(leader.host(), leader.port(), CONNECT_MS, ANSWER_MS)) {
            DescribeQuorumResponseData answer = QuorumInspector.describeQuorum(node);
            PartitionData data = answer.topics().get(0).partitions().get(0);
            if (data.errorCode() != Errors.NONE.code()) {
                throw new NoLeader("leadership has just changed");
            }
            List<Member> voters = new ArrayList<>();
            for (ReplicaState voter : data.currentVoters()) {
                voters.add(member(answer, voter));
            }
            Member own = voters.stream()
                    .filter(voter -> voter.nodeId() == leader.nodeId())
                    .findFirst()
                    .orElseThrow(() -> new NoLeader("leadership has just changed"));
            return new Seen(own, data.leaderEpoch(), List.copyOf(voters));
        }
    }

    private static Member member(DescribeQuorumResponseData answer, ReplicaState voter) {
        DescribeQuorumResponseData.Node node = answer.nodes().find(voter.replicaId());
        if (node != null) {
            for (DescribeQuorumResponseData.Listener listener : node.listeners()) {
                return new Member(
                        voter.replicaId(),
                        voter.replicaDirectoryId(),
                        listener.name(),
                        listener.host(),
                        listener.port());
            }
        }
        return new Member(voter.replicaId(), voter.replicaDirectoryId(), DEFAULT_LISTENER, "", 0);
    }
}
