/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.errors.LogDirNotFoundException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Kafka's own tools look at the log dirs and move replicas between them, leaders and followers, while a producer writes. */
class LogDirMoveIT {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 4;
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final KlammCluster cluster = KlammCluster.define(
            "dir-move",
            3,
            Map.of(
                    "log.dirs", KlammCluster.HOME + "/a," + KlammCluster.HOME + "/b",
                    "metadata.log.dir", KlammCluster.HOME + "/metadata"));
    private final List<RecordedProducer> producers = new ArrayList<>();

    @BeforeEach
    void start() {
        cluster.startAll();
        cluster.createTopic(TOPIC, PARTITIONS, 3, Map.of("min.insync.replicas", "2"));
        producers.add(new RecordedProducer(0, cluster.bootstrap(), TOPIC, PARTITIONS, Map.of()).start());
        awaitProgress();
    }

    @AfterEach
    void stop() {
        producers.forEach(RecordedProducer::close);
        cluster.close();
    }

    @Test
    void replicasMoveWhileTheyAreWritten() throws Exception {
        try (Admin admin = cluster.admin()) {
            Map<TopicPartitionReplica, String> targets = new HashMap<>();
            for (int node = 1; node <= 3; node++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    Path home = cluster.node(node).directory();
                    boolean inA = place(admin, node, partition).equals(home.resolve("a"));
                    targets.put(
                            new TopicPartitionReplica(TOPIC, partition, node),
                            home.resolve(inA ? "b" : "a").toString());
                }
            }
            admin.alterReplicaLogDirs(targets).all().get(20, TimeUnit.SECONDS);
            awaitProgress();
            targets.forEach((replica, target) -> Await.until(replica + " has moved to " + target, WAIT, () -> place(
                            admin, replica.brokerId(), replica.partition())
                    .toString()
                    .equals(target)));
            cluster.awaitFullIsr(TOPIC);
            TopicPartitionReplica any = new TopicPartitionReplica(TOPIC, 0, 1);
            assertThatThrownBy(() -> admin.alterReplicaLogDirs(Map.of(any, "/nowhere"))
                            .all()
                            .get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(LogDirNotFoundException.class);
            restart(1);
            targets.forEach((replica, target) -> Await.until(
                    replica + " is in " + target, WAIT, () -> place(admin, replica.brokerId(), replica.partition())
                            .toString()
                            .equals(target)));
        }
        finishAndJudge();
        Programs.Outcome tool = Programs.kafkaTool(
                        "", "LogDirsCommand", "--bootstrap-server", cluster.bootstrap(), "--describe")
                .expectSuccess();
        assertThat(tool.out()).contains("\"partition\":\"" + TOPIC + "-0\"").contains("\"error\":null");
    }

    /** What it knows of its dirs is on disk. */
    private void restart(int node) {
        cluster.node(node).kill();
        cluster.node(node).start();
        cluster.awaitBrokers(3);
        cluster.awaitFullIsr(TOPIC);
        awaitProgress();
    }

    /** The dir of a replica that is in one only, and not on its way. */
    private static Path place(Admin admin, int node, int partition) {
        return Await.get("place of partition " + partition + " on node " + node, WAIT, () -> {
            Map<String, LogDirDescription> dirs = Objects.requireNonNull(admin.describeLogDirs(List.of(node))
                    .allDescriptions()
                    .get(10, TimeUnit.SECONDS)
                    .get(node));
            List<String> found = new ArrayList<>();
            boolean moving = false;
            for (Map.Entry<String, LogDirDescription> dir : dirs.entrySet()) {
                assertThat(dir.getValue().error()).isNull();
                assertThat(dir.getValue().usableBytes().orElse(-1)).isPositive();
                ReplicaInfo info = dir.getValue().replicaInfos().get(new TopicPartition(TOPIC, partition));
                if (info != null) {
                    assertThat(info.isFuture() || info.size() > 0).isTrue(); // a copy begins empty
                    moving |= info.isFuture();
                    found.add(dir.getKey());
                }
            }
            return found.size() == 1 && !moving ? Path.of(found.get(0)) : null;
        });
    }

    private void awaitProgress() {
        producers.forEach(producer -> producer.awaitProgress(500, WAIT));
    }

    private void finishAndJudge() {
        List<Send> sends = new ArrayList<>();
        producers.forEach(producer -> sends.addAll(producer.finish()));
        producers.clear();
        assertThat(sends).noneMatch(send -> send.outcome() != Outcome.OK);
        List<Contents> reads = TopicReader.readAll(cluster.bootstrap(), TOPIC, PARTITIONS, WAIT);
        assertThat(HistoryJudge.anomalies(sends, reads))
                .as("files in " + cluster.directory())
                .isEmpty();
    }
}
