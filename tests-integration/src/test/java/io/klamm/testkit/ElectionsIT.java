/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.PreferredLeaderNotAvailableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Partitions are added, and leaders elected, by clients, by Kafka's own tools, by klamm and by the cluster itself. One cluster for all: each
 * test leaves three nodes that serve, with the settings they had.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ElectionsIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ConfigResource ALL_BROKERS = new ConfigResource(ConfigResource.Type.BROKER, "");

    private KlammCluster cluster;
    private Admin admin;

    @BeforeAll
    void startCluster() {
        cluster = KlammCluster.start("elections", 3, Map.of("auto.leader.rebalance.enable", "false"));
        admin = cluster.admin();
    }

    @AfterAll
    void stopCluster() {
        admin.close();
        cluster.close();
    }

    private void set(ConfigResource resource, String key, String value) throws Exception {
        admin.incrementalAlterConfigs(
                        Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), OpType.SET))))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    private KafkaProducer<String, String> producer(Map<String, String> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", cluster.bootstrap());
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    @Test
    void aTopicGrowsAndProducersFindTheNewPartitions() throws Exception {
        cluster.createTopic("grow", 2, 3, Map.of());
        try (KafkaProducer<String, String> producer = producer(Map.of("metadata.max.age.ms", "200"))) {
            producer.send(new ProducerRecord<>("grow", 1, "k", "v")).get(30, TimeUnit.SECONDS);
            admin.createPartitions(Map.of("grow", NewPartitions.increaseTo(5)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            Await.until(
                    "the producer knows 5 partitions",
                    SOON,
                    () -> producer.partitionsFor("grow").size() == 5);
            producer.send(new ProducerRecord<>("grow", 4, "k", "v")).get(30, TimeUnit.SECONDS);
        }
        admin.createPartitions(Map.of("grow", NewPartitions.increaseTo(6, List.of(List.of(3, 1, 2)))))
                .all()
                .get(30, TimeUnit.SECONDS);
        Await.until("partition 5 is led by 3", SOON, () -> cluster.leaderOf("grow", 5) == 3);
        assertThat(Launcher.run("topics", "alter", "grow", "--partitions", "7", "--bootstrap", cluster.bootstrap())
                        .expectSuccess()
                        .out())
                .contains("Topic grow has 7 partitions now, before 6.");
        Programs.kafkaTool(
                        "",
                        "TopicCommand",
                        "--bootstrap-server",
                        cluster.bootstrap(),
                        "--alter",
                        "--topic",
                        "grow",
                        "--partitions",
                        "8")
                .expectSuccess();
        Await.until(
                "8 partitions",
                SOON,
                () -> cluster.describe("grow").partitions().size() == 8);

        assertRefused("grow", NewPartitions.increaseTo(8), InvalidPartitionsException.class);
        assertRefused("grow", NewPartitions.increaseTo(1), InvalidPartitionsException.class);
        assertRefused(
                "grow",
                NewPartitions.increaseTo(9, List.of(List.of(1, 2, 9))),
                InvalidReplicaAssignmentException.class);
        assertRefused("nowhere", NewPartitions.increaseTo(9), UnknownTopicOrPartitionException.class);
        assertThat(cluster.describe("grow").partitions()).hasSize(8);
    }

    private void assertRefused(String topic, NewPartitions wanted, Class<? extends Throwable> error) {
        assertThatThrownBy(() ->
                        admin.createPartitions(Map.of(topic, wanted)).all().get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(error);
    }

    private void createLedBy1(String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(1, 2, 3), 1, List.of(2, 3, 1)))))
                .all()
                .get(30, TimeUnit.SECONDS);
        Await.until("1 leads " + topic + "-0", SOON, () -> cluster.leaderOf(topic, 0) == 1);
    }

    /** Replicas in another order: nothing is copied, and the leader stays, but another one is preferred. */
    private void prefer(List<Integer> replicas) throws Exception {
        TopicPartition partition = new TopicPartition("preferred", 0);
        admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(replicas))))
                .all()
                .get(30, TimeUnit.SECONDS);
        Await.until(
                "the order is known", SOON, () -> cluster.describe("preferred").partitions().get(0).replicas().stream()
                        .map(Node::id)
                        .toList()
                        .equals(replicas));
        assertThat(cluster.leaderOf("preferred", 0)).isNotEqualTo(replicas.get(0));
    }

    private Optional<Throwable> elect(ElectionType type, TopicPartition partition) throws Exception {
        return Objects.requireNonNull(admin.electLeaders(type, Set.of(partition))
                .partitions()
                .get(30, TimeUnit.SECONDS)
                .get(partition));
    }

    @Test
    void preferredLeadersComeBackWhenAskedForAndByThemselvesUnderWriting() throws Exception {
        createLedBy1("preferred");
        TopicPartition partition = new TopicPartition("preferred", 0);
        try (RecordedProducer producer = new RecordedProducer(1, cluster.bootstrap(), "preferred", 2, Map.of())) {
            producer.start().awaitProgress(200, SOON);
            assertThat(elect(ElectionType.PREFERRED, partition)).get().isInstanceOf(ElectionNotNeededException.class);
            assertThat(elect(ElectionType.PREFERRED, new TopicPartition("preferred", 7)))
                    .get()
                    .isInstanceOf(UnknownTopicOrPartitionException.class);
            assertThat(elect(ElectionType.UNCLEAN, partition)).get().isInstanceOf(ElectionNotNeededException.class);

            cluster.node(1).stop(Duration.ofSeconds(30));
            Await.until("another node leads", SOON, () -> cluster.leaderOf("preferred", 0) != 1);
            assertThat(elect(ElectionType.PREFERRED, partition))
                    .get()
                    .isInstanceOf(PreferredLeaderNotAvailableException.class);
            cluster.node(1).start();
            cluster.awaitBrokers(3);
            cluster.awaitFullIsr("preferred");
            assertThat(elect(ElectionType.PREFERRED, partition)).isEmpty();
            Await.until("1 leads again", SOON, () -> cluster.leaderOf("preferred", 0) == 1);

            prefer(List.of(2, 1, 3));
            Programs.Outcome elected = Programs.kafkaTool(
                            "",
                            "LeaderElectionCommand",
                            "--bootstrap-server",
                            cluster.bootstrap(),
                            "--election-type",
                            "preferred",
                            "--all-topic-partitions")
                    .expectSuccess();
            assertThat(elected.out())
                    .contains("Successfully completed leader election")
                    .contains("preferred-0");
            Await.until("2 leads", SOON, () -> cluster.leaderOf("preferred", 0) == 2);

            prefer(List.of(3, 1, 2));
            assertThat(Launcher.run("cluster", "elect-leaders", "--bootstrap", cluster.bootstrap())
                            .expectSuccess()
                            .out())
                    .containsPattern("preferred +0 +3 +elected");

            prefer(List.of(1, 2, 3));
            set(ALL_BROKERS, "leader.imbalance.check.interval.seconds", "1");
            set(ALL_BROKERS, "auto.leader.rebalance.enable", "true");
            Await.until("1 leads again by itself", SOON, () -> cluster.leaderOf("preferred", 0) == 1);
            producer.awaitProgress(500, SOON);
            List<Send> sends = producer.finish();
            assertThat(sends).allMatch(send -> send.outcome() == Outcome.OK);
            assertThat(HistoryJudge.anomalies(sends, TopicReader.readAll(cluster.bootstrap(), "preferred", 2, SOON)))
                    .isEmpty();
        } finally {
            set(ALL_BROKERS, "auto.leader.rebalance.enable", "false");
        }
    }

    @Test
    void minInsyncReplicasCountAtOnce() throws Exception {
        createLedBy1("min");
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "min");
        try (KafkaProducer<String, String> producer = producer(Map.of("retries", "0", "enable.idempotence", "false"))) {
            cluster.node(3).kill();
            Await.until(
                    "3 is out of sync",
                    SOON,
                    () -> cluster.describe("min").partitions().get(0).isr().size() == 2);
            Await.until("2 are enough", SOON, () -> sent(producer));
            set(topic, "min.insync.replicas", "3");
            Await.until("2 are not enough", SOON, () -> !sent(producer));
            set(topic, "min.insync.replicas", "2");
            Await.until("2 are enough", SOON, () -> sent(producer));
            set(ALL_BROKERS, "min.insync.replicas", "3");
            assertThat(sent(producer)).as("the topic's own value counts").isTrue();
            admin.incrementalAlterConfigs(Map.of(
                            topic,
                            List.of(new AlterConfigOp(new ConfigEntry("min.insync.replicas", null), OpType.DELETE))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            Await.until("2 are not enough", SOON, () -> !sent(producer));
            set(ALL_BROKERS, "min.insync.replicas", "1");
            Await.until("2 are enough", SOON, () -> sent(producer));
        } finally {
            admin.incrementalAlterConfigs(Map.of(
                            ALL_BROKERS,
                            List.of(new AlterConfigOp(new ConfigEntry("min.insync.replicas", null), OpType.DELETE))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            cluster.node(3).start();
            cluster.awaitBrokers(3);
        }
    }

    private static boolean sent(KafkaProducer<String, String> producer) throws Exception {
        try {
            producer.send(new ProducerRecord<>("min", 0, "k", "v")).get(30, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NotEnoughReplicasException) {
                return false;
            }
            throw e;
        }
    }

    @Test
    void anUncleanElectionOnlyWhereItIsAllowedOrAskedFor() throws Exception {
        for (String topic : List.of("allowed", "asked")) {
            admin.createTopics(List.of(
                            new NewTopic(topic, Map.of(0, List.of(1, 2))).configs(Map.of("min.insync.replicas", "1"))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            writeBoth(producer);
            cluster.node(2).kill();
            Await.until("2 is out of sync", SOON, () -> isr("allowed").equals(Set.of(1)));
            Await.until("2 is out of sync", SOON, () -> isr("asked").equals(Set.of(1)));
            writeBoth(producer);
        }
        cluster.node(1).kill();
        cluster.node(2).start(); // with 3, which has no replica, it is a quorum
        Await.until("1 is gone and nobody leads", SOON, () -> !hasLeader("allowed") && !hasLeader("asked"));
        cluster.awaitBrokers(2);

        set(new ConfigResource(ConfigResource.Type.TOPIC, "allowed"), "unclean.leader.election.enable", "true");
        Await.until("2 leads where it is allowed", SOON, () -> hasLeader("allowed"));
        Await.until("2 alone is in sync", SOON, () -> isr("allowed").equals(Set.of(2)));
        assertThat(hasLeader("asked")).as("where nobody allowed it").isFalse();
        assertThat(Launcher.run("topics", "describe", "asked", "--bootstrap", cluster.bootstrap())
                        .expectSuccess()
                        .out())
                .contains("offline, waits for node 1");

        assertThat(Launcher.run("cluster", "elect-leaders", "--unclean", "--bootstrap", cluster.bootstrap())
                        .err())
                .contains("name the topics");
        assertThat(Launcher.run("cluster", "elect-leaders", "asked", "--unclean", "--bootstrap", cluster.bootstrap())
                        .expectSuccess()
                        .out())
                .contains("elected");
        Await.until("2 leads where it was asked for", SOON, () -> hasLeader("asked"));
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            writeBoth(producer);
        }
        cluster.node(1).start();
        cluster.awaitBrokers(3);
        for (String topic : List.of("allowed", "asked")) {
            cluster.awaitFullIsr(topic);
            List<Contents> reads = TopicReader.readAll(cluster.bootstrap(), topic, 1, SOON);
            assertThat(reads.get(0).records())
                    .as("what 2 had, and what came after")
                    .hasSize(2);
        }
        for (String topic : List.of("allowed", "asked")) {
            assertThat(digest(1, topic)).as("1 gave up what 2 never had").isEqualTo(digest(2, topic));
        }
    }

    private static void writeBoth(KafkaProducer<String, String> producer) throws Exception {
        for (String topic : List.of("allowed", "asked")) {
            producer.send(new ProducerRecord<>(topic, 0, "k", "v")).get(60, TimeUnit.SECONDS);
        }
    }

    private boolean hasLeader(String topic) {
        Node leader = cluster.describe(topic).partitions().get(0).leader();
        return leader != null && !leader.isEmpty();
    }

    private Set<Integer> isr(String topic) {
        return cluster.describe(topic).partitions().get(0).isr().stream()
                .map(Node::id)
                .collect(Collectors.toSet());
    }

    private String digest(int node, String topic) {
        return ReplicaFiles.digest(cluster.node(node).directory().resolve("data"), topic, 0);
    }
}
