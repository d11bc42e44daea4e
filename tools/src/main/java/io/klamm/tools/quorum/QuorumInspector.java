/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import io.klamm.tools.CommandException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.DescribeQuorumResponse;
import org.jspecify.annotations.Nullable;

/**
 * Asks every voter by itself how the quorum is. Works when there is no quorum, or none yet, which is when it is needed; takes a few
 * seconds at most, since all are asked at once.
 */
public final class QuorumInspector {
    static final int CONNECT_MS = 1_500;
    /** A broker looks for the controller for two seconds before it answers from its own metadata. */
    static final int ANSWER_MS = 3_000;

    private static final short DESCRIBE_QUORUM_VERSION = 2;
    private static final short DESCRIBE_CLUSTER_VERSION = 1;
    private static final byte CONTROLLERS = 2;

    /** Where to begin. */
    public record Address(String host, int port) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    private record Found(int nodeId, String host, int port) {}

    private QuorumInspector() {}

    /**
     * Asks brokers who votes, then the voters.
     *
     * @throws CommandException when none of the brokers says who votes
     */
    public static QuorumHealth fromBrokers(List<Address> brokers) throws InterruptedException {
        return inspect(brokers, QuorumInspector::votersByBroker, false);
    }

    /** The same, beginning with CONTROLLER listeners of voters. */
    public static QuorumHealth fromControllers(List<Address> controllers) throws InterruptedException {
        return inspect(controllers, QuorumInspector::votersByController, true);
    }

    private interface Question {
        List<Found> ask(NodeConnection node) throws IOException;
    }

    private static QuorumHealth inspect(List<Address> first, Question question, boolean controllers)
            throws InterruptedException {
        List<String> failures = new ArrayList<>();
        List<FutureTask<List<Found>>> asked = first.stream()
                .map(address -> started(() -> connected(address.host(), address.port(), question)))
                .toList();
        List<Found> voters = List.of();
        for (int index = 0; index < asked.size() && voters.isEmpty(); index++) {
            try {
                voters = asked.get(index).get();
            } catch (ExecutionException e) {
                failures.add(first.get(index) + ": " + reason(e.getCause()));
            }
        }
        if (voters.isEmpty()) {
            throw new CommandException(
                    "nobody says who votes in the metadata quorum (" + String.join("; ", failures) + ")"
                            + (controllers
                                    ? ""
                                    : ": a node serves clients when it has found a controller; what it waits for, its"
                                            + " CONTROLLER listener says (klamm quorum describe --bootstrap-controller"
                                            + " HOST:PORT)"));
        }
        List<FutureTask<VoterAnswer>> answers =
                voters.stream().map(voter -> started(() -> answer(voter))).toList();
        List<VoterAnswer> result = new ArrayList<>();
        for (FutureTask<VoterAnswer> answer : answers) {
            try {
                result.add(answer.get());
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
        result.sort(Comparator.comparingInt(VoterAnswer::nodeId));
        return new QuorumHealth(List.copyOf(result));
    }

    static <T extends @Nullable Object> FutureTask<T> started(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "klamm-ask");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static List<Found> connected(String host, int port, Question question) throws IOException {
        try (NodeConnection node = new NodeConnection(host, port, CONNECT_MS, ANSWER_MS)) {
            return question.ask(node);
        }
    }

    private static List<Found> votersByBroker(NodeConnection broker) throws IOException {
        List<Found> found = new ArrayList<>();
        for (DescribeQuorumResponseData.Node node : describeQuorum(broker).nodes()) {
            for (DescribeQuorumResponseData.Listener listener : node.listeners()) {
                found.add(new Found(node.nodeId(), listener.host(), listener.port()));
                break;
            }
        }
        if (found.isEmpty()) {
            throw new IOException("it does not know the voters");
        }
        return found;
    }

    private static List<Found> votersByController(NodeConnection controller) throws IOException {
        DescribeClusterResponse response = (DescribeClusterResponse) controller.ask(new DescribeClusterRequest(
                new DescribeClusterRequestData().setEndpointType(CONTROLLERS), DESCRIBE_CLUSTER_VERSION));
        DescribeClusterResponseData data = response.data();
        if (data.brokers().isEmpty()) {
            throw new IOException(
                    data.errorCode() == Errors.MISMATCHED_ENDPOINT_TYPE.code()
                            ? "it is no CONTROLLER listener"
                            : Errors.forCode(data.errorCode()).message());
        }
        return data.brokers().stream()
                .map(voter -> new Found(voter.brokerId(), voter.host(), voter.port()))
                .toList();
    }

    private static VoterAnswer answer(Found voter) {
        try (NodeConnection node = new NodeConnection(voter.host, voter.port, CONNECT_MS, ANSWER_MS)) {
            DescribeQuorumResponseData response = describeQuorum(node);
            PartitionData data = response.topics().get(0).partitions().get(0);
            VoterAnswer.State state = data.highWatermark() < 0
                    ? VoterAnswer.State.forming
                    : data.errorCode() == Errors.NONE.code() ? VoterAnswer.State.leader : VoterAnswer.State.follower;
            return new VoterAnswer(
                    voter.nodeId,
                    voter.host,
                    voter.port,
                    state,
                    data.leaderId(),
                    data.leaderEpoch(),
                    data.highWatermark(),
                    null);
        } catch (IOException | RuntimeException e) {
            return VoterAnswer.silent(voter.nodeId, voter.host, voter.port, reason(e));
        }
    }

    static DescribeQuorumResponseData describeQuorum(NodeConnection node) throws IOException {
        DescribeQuorumRequestData request = DescribeQuorumRequest.singletonRequest(
                new org.apache.kafka.common.TopicPartition("__cluster_metadata", 0));
        DescribeQuorumResponse response = (DescribeQuorumResponse)
                node.ask(new DescribeQuorumRequest.Builder(request).build(DESCRIBE_QUORUM_VERSION));
        DescribeQuorumResponseData data = response.data();
        if (data.errorCode() != Errors.NONE.code()) {
            throw new IOException(Errors.forCode(data.errorCode()).message());
        }
        if (data.topics().isEmpty() || data.topics().get(0).partitions().isEmpty()) {
            throw new IOException("its answer does not have the metadata topic");
        }
        return data;
    }

    static String reason(@Nullable Throwable failure) {
        if (failure instanceof ConnectException) {
            return "connection refused";
        }
        if (failure instanceof SocketTimeoutException) {
            return "no answer in time";
        }
        if (failure instanceof UnknownHostException) {
            return "unknown host";
        }
        String message = failure == null ? null : failure.getMessage();
        return message == null ? "the connection ended" : message;
    }
}
