/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.PreferredLeaderNotAvailableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Garbage on the wire beside a normal workload: connections are closed, everybody else is served, nothing is lost. */
class BadInputIT {
    @Test
    void garbageClosesItsConnectionAndNothingElse() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("bad-input", 1, Map.of())) {
            cluster.createTopic("calm", 2, 1, Map.of());
            RecordedProducer producer = new RecordedProducer(0, cluster.bootstrap(), "calm", 2, Map.of()).start();
            producer.awaitProgress(500, Duration.ofSeconds(30));
            for (int port : List.of(cluster.port(1), cluster.controllerPort(1))) {
                hostile(port);
            }
            producer.awaitProgress(500, Duration.ofSeconds(30));
            List<Send> sends = producer.finish();
            assertThat(HistoryJudge.anomalies(
                            sends, TopicReader.readAll(cluster.bootstrap(), "calm", 2, Duration.ofSeconds(30))))
                    .isEmpty();
            assertThat(cluster.node(1).isAlive()).isTrue();
            String log = Files.readString(cluster.node(1).logFile());
            assertThat(log).as("no stack traces for bad input").doesNotContain("\tat io.");
        }
    }

    /** Who says to be a replica and is not, or asks for what cannot be: the protocol's error, and nothing has changed. */
    @Test
    void whatNoReplicaMayAskIsRefusedAndChangesNothing() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("bad-replicas", 3, Map.of())) {
            cluster.createTopic("held", 1, 3, Map.of());
            cluster.awaitFullIsr("held");
            TopicDescription before = cluster.describe("held");
            int leader = before.partitions().get(0).leader().id();
            int follower = leader % 3 + 1;
            FetchFrame fetch = new FetchFrame(cluster.port(leader), before.topicId());
            assertThat(fetch.error(follower, 1L << 40, 0)).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
            assertThat(fetch.error(follower, -1, 0)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
            assertThat(fetch.error(follower, -1, 99)).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
            assertThat(fetch.error(77, -1, 0)).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
            TopicPartition partition = new TopicPartition("held", 0);
            try (Admin admin = cluster.admin()) {
                NewPartitionReassignment unknown = new NewPartitionReassignment(List.of(leader, 77));
                assertThat(admin.alterPartitionReassignments(Map.of(partition, Optional.of(unknown)))
                                .all())
                        .failsWithin(Duration.ofSeconds(30))
                        .withThrowableThat()
                        .withCauseInstanceOf(InvalidReplicaAssignmentException.class);
            }
            assertThat(cluster.describe("held")).isEqualTo(before);
        }
    }

    /** The preferred replica is down: what asks in its epoch is fenced, and it is not elected. Nothing has changed. */
    @Test
    void whatThePastMayAskIsRefusedAndChangesNothing() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("bad-epochs", 3, Map.of())) {
            cluster.createTopic("moved", 1, 3, Map.of());
            cluster.awaitFullIsr("moved");
            int preferred = cluster.describe("moved")
                    .partitions()
                    .get(0)
                    .replicas()
                    .get(0)
                    .id();
            cluster.node(preferred).kill();
            List<Integer> alive = cluster.nodes().stream()
                    .map(NodeProcess::nodeId)
                    .filter(node -> node != preferred)
                    .toList();
            Await.until("another node leads, and the dead one has left the ISR", Duration.ofSeconds(30), () -> {
                TopicPartitionInfo partition =
                        cluster.describe("moved").partitions().get(0);
                return partition.leader() != null
                        && alive.contains(partition.leader().id())
                        && partition.isr().size() == alive.size();
            });
            TopicDescription before = cluster.describe("moved");
            int leader = before.partitions().get(0).leader().id();
            int follower = alive.get(0) == leader ? alive.get(1) : alive.get(0);
            FetchFrame fetch = new FetchFrame(cluster.port(leader), before.topicId());
            Await.until(
                    "the leader has heard that it leads, and a replica of the past is fenced",
                    Duration.ofSeconds(30),
                    () -> fetch.error(follower, -1, 0) == Errors.FENCED_LEADER_EPOCH);
            assertThat(fetch.error(-1, -1, 0)).as("a consumer").isEqualTo(Errors.FENCED_LEADER_EPOCH);
            TopicPartition partition = new TopicPartition("moved", 0);
            try (Admin admin = cluster.admin()) {
                assertThat(admin.electLeaders(ElectionType.PREFERRED, Set.of(partition))
                                .partitions()
                                .get(30, TimeUnit.SECONDS)
                                .get(partition))
                        .get()
                        .isInstanceOf(PreferredLeaderNotAvailableException.class);
            }
            assertThat(cluster.describe("moved")).isEqualTo(before);
            aDeadNodeGetsNoReplica(cluster, preferred);
        }
    }

    private static void aDeadNodeGetsNoReplica(KlammCluster cluster, int dead) throws Exception {
        cluster.createTopic("elsewhere", 1, 1, Map.of());
        TopicDescription before = cluster.describe("elsewhere");
        try (Admin admin = cluster.admin()) {
            assertThat(admin.alterPartitionReassignments(Map.of(
                                    new TopicPartition("elsewhere", 0),
                                    Optional.of(new NewPartitionReassignment(List.of(dead)))))
                            .all())
                    .failsWithin(Duration.ofSeconds(30))
                    .withThrowableThat()
                    .withCauseInstanceOf(InvalidReplicaAssignmentException.class)
                    .withMessageContaining("fenced");
        }
        assertThat(cluster.describe("elsewhere")).isEqualTo(before);
    }

    private static void hostile(int port) throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed of the garbage: " + seed);
        Random random = new Random(seed);
        byte[] noise = new byte[4_096];
        random.nextBytes(noise);
        noise[0] |= 0x40; // announces more than any request may have: else a node might rightly wait for the rest
        expectClosed(port, noise);
        expectClosed(port, ByteBuffer.allocate(4).putInt(-1).array());
        expectClosed(port, ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
        expectClosed(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        // api key 999, version 0, correlation id 1, no client id
        expectClosed(
                port,
                frame(ByteBuffer.allocate(10)
                        .putShort((short) 999)
                        .putShort((short) 0)
                        .putInt(1)
                        .putShort((short) -1)));
        // Metadata v1 whose topic array claims two billion entries
        expectClosed(
                port,
                frame(ByteBuffer.allocate(14)
                        .putShort((short) 3)
                        .putShort((short) 1)
                        .putInt(1)
                        .putShort((short) -1)
                        .putInt(Integer.MAX_VALUE)));
        for (int i = 0; i < 50; i++) {
            byte[] body = new byte[random.nextInt(2, 200)];
            random.nextBytes(body);
            body[0] = 0;
            body[1] = (byte) random.nextInt(0, 70);
            sendAndLeave(port, frame(ByteBuffer.wrap(body).position(body.length)));
        }
    }

    private static byte[] frame(ByteBuffer body) {
        body.flip();
        return ByteBuffer.allocate(4 + body.remaining())
                .putInt(body.remaining())
                .put(body)
                .array();
    }

    private static void expectClosed(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(15_000);
            OutputStream out = socket.getOutputStream();
            try {
                out.write(bytes);
                out.flush();
                assertThat(new DataInputStream(socket.getInputStream()).read()).isEqualTo(-1);
            } catch (java.net.SocketTimeoutException e) {
                throw new AssertionError("the connection was left open", e);
            } catch (IOException e) {
                assertThat(e.getMessage()).as("closed by the node").isNotNull();
            }
        }
    }

    private static void sendAndLeave(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(bytes);
        }
    }
}
