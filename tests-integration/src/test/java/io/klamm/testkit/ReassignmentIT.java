/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Replicas move between the nodes of a cluster of three voters and a broker, while records are written. */
class ReassignmentIT {
    private static final Duration MOVE = Duration.ofSeconds(60);

    private static KlammCluster cluster;

    @BeforeAll
    static void start() {
        cluster = KlammCluster.start("reassignment", 3, Map.of());
        cluster.addBroker().start();
        cluster.awaitBrokers(4);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void allReplicasMoveUnderLoadAndNothingIsLost() throws Exception {
        String topic = "moving";
        cluster.createTopic(topic, 4, 2, Map.of());
        List<RecordedProducer> producers = new ArrayList<>();
        try (Admin admin = cluster.admin()) {
            for (int number = 0; number < 2; number++) {
                producers.add(new RecordedProducer(number, cluster.bootstrap(), topic, 4, Map.of()).start());
            }
            for (int round = 0; round < 4; round++) {
                producers.forEach(producer -> producer.awaitProgress(300, MOVE));
                Map<TopicPartition, List<Integer>> targets = new HashMap<>();
                for (int partition = 0; partition < 4; partition++) {
                    targets.put(
                            new TopicPartition(topic, partition),
                            List.of(1 + (partition + 2 * round + 1) % 4, 1 + (partition + 2 * round + 2) % 4));
                }
                reassign(admin, targets);
                awaitReplicas(admin, targets);
            }
            producers.forEach(producer -> producer.awaitProgress(300, MOVE));
            List<Send> sends = new ArrayList<>();
            producers.forEach(producer -> sends.addAll(producer.finish()));
            producers.clear();
            List<Contents> reads = TopicReader.readAll(cluster.bootstrap(), topic, 4, MOVE);
            assertThat(HistoryJudge.anomalies(sends, reads))
                    .as("files in " + cluster.directory())
                    .isEmpty();
        } finally {
            producers.forEach(RecordedProducer::close);
        }
        Await.until(
                "who is no replica any more has deleted its log",
                MOVE,
                () -> IntStream.rangeClosed(1, 4)
                                .mapToLong(node -> IntStream.range(0, 4)
                                        .filter(partition -> Files.exists(folder(node, topic, partition)))
                                        .count())
                                .sum()
                        == 8);
    }

    @Test
    void theFactorGrowsWhileRecordsAreWritten() throws Exception {
        cluster.createTopic("growing", 1, 1, Map.of());
        TopicPartition partition = new TopicPartition("growing", 0);
        try (Admin admin = cluster.admin();
                RecordedProducer producer =
                        new RecordedProducer(0, cluster.bootstrap(), "growing", 1, Map.of()).start()) {
            producer.awaitProgress(200, MOVE);
            Map<TopicPartition, List<Integer>> three = Map.of(partition, List.of(2, 3, 4));
            reassign(admin, three);
            awaitReplicas(admin, three);
            Map<TopicPartition, List<Integer>> two = Map.of(partition, List.of(4, 1));
            reassign(admin, two);
            awaitReplicas(admin, two);
            producer.awaitProgress(200, MOVE);
            assertThat(producer.finish()).allMatch(send -> send.outcome() == Outcome.OK);
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        cluster.createTopic("refusing", 1, 2, Map.of());
        TopicPartition partition = new TopicPartition("refusing", 0);
        List<Integer> before = replicas("refusing", 0);
        assertThat(refusal(partition, 1, 99)).isInstanceOf(InvalidReplicaAssignmentException.class);
        assertThat(refusal(partition, 1, 1)).isInstanceOf(InvalidReplicaAssignmentException.class);
        assertThat(refusal(new TopicPartition("refusing", 9), 1)).isInstanceOf(UnknownTopicOrPartitionException.class);
        assertThat(refusal(new TopicPartition("nowhere", 0), 1)).isInstanceOf(UnknownTopicOrPartitionException.class);
        try (Admin admin = cluster.admin()) {
            assertThat(failure(admin.alterPartitionReassignments(Map.of(partition, Optional.empty()))
                            .all()))
                    .isInstanceOf(NoReassignmentInProgressException.class);
            assertThat(failure(admin.unregisterBroker(77).all())).isInstanceOf(BrokerIdNotRegisteredException.class);
        }
        assertThat(replicas("refusing", 0)).isEqualTo(before);
    }

    @Test
    void kafkasReassignmentToolWithAThrottle() throws Exception {
        cluster.createTopic("tooled", 2, 2, Map.of());
        try (RecordedProducer producer = new RecordedProducer(0, cluster.bootstrap(), "tooled", 2, Map.of()).start()) {
            producer.awaitProgress(300, MOVE);
            producer.finish();
        }
        Path topics = Files.writeString(
                cluster.directory().resolve("topics.json"), "{\"version\":1,\"topics\":[{\"topic\":\"tooled\"}]}");
        String generated = tool("--generate", "--topics-to-move-json-file", topics.toString(), "--broker-list", "3,4")
                .out();
        String plan = generated.substring(generated.lastIndexOf("{\"version\""));
        Path plans = Files.writeString(cluster.directory().resolve("plan.json"), plan);
        assertThat(tool("--execute", "--reassignment-json-file", plans.toString(), "--throttle", "50000000")
                        .out())
                .contains("Successfully started partition reassignments for tooled-0,tooled-1");
        Await.until("the tool finds it complete", MOVE, () -> !tool(
                        "--verify", "--reassignment-json-file", plans.toString())
                .out()
                .contains("still in progress"));
        assertThat(tool("--verify", "--reassignment-json-file", plans.toString())
                        .out())
                .contains("Reassignment of partition tooled-0 is completed.");
        Await.until("every node knows it", MOVE, () -> Set.copyOf(replicas("tooled", 0))
                .equals(Set.of(3, 4)));
        assertThat(tool("--list").out()).contains("No partition reassignments found.");
    }

    @Test
    void aCordonedBrokerGetsNothingNewAndCanBeRemoved() throws Exception {
        NodeProcess leaving = cluster.addBroker();
        leaving.start();
        cluster.awaitBrokers(5);
        ConfigResource five = new ConfigResource(ConfigResource.Type.BROKER, "5");
        try (Admin admin = cluster.admin()) {
            admin.incrementalAlterConfigs(Map.of(
                            five,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("cordoned.log.dirs", "*"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get(20, TimeUnit.SECONDS);
            cluster.createTopic("elsewhere", 5, 3, Map.of());
            for (int partition = 0; partition < 5; partition++) {
                assertThat(replicas("elsewhere", partition)).doesNotContain(5);
            }
            assertThat(failure(admin.createTopics(List.of(new NewTopic("everywhere", 1, (short) 5)))
                            .all()))
                    .isInstanceOf(InvalidReplicationFactorException.class);
            assertThat(refusal(new TopicPartition("elsewhere", 0), 4, 5))
                    .isInstanceOf(InvalidReplicaAssignmentException.class);
            assertThat(leaving.stop(Duration.ofSeconds(30))).isZero();
            admin.unregisterBroker(5).all().get(20, TimeUnit.SECONDS);
            assertThat(failure(admin.unregisterBroker(5).all())).isInstanceOf(BrokerIdNotRegisteredException.class);
        }
    }

    private static Path folder(int node, String topic, int partition) {
        return cluster.node(node).directory().resolve("data").resolve(topic + "-" + partition);
    }

    private static List<Integer> replicas(String topic, int partition) {
        return ids(cluster.describe(topic).partitions().get(partition));
    }

    private static List<Integer> ids(TopicPartitionInfo partition) {
        return partition.replicas().stream().map(node -> node.id()).toList();
    }

    private static void reassign(Admin admin, Map<TopicPartition, List<Integer>> targets) throws Exception {
        Map<TopicPartition, Optional<NewPartitionReassignment>> wanted = new HashMap<>();
        targets.forEach(
                (partition, replicas) -> wanted.put(partition, Optional.of(new NewPartitionReassignment(replicas))));
        admin.alterPartitionReassignments(wanted).all().get(20, TimeUnit.SECONDS);
    }

    private static void awaitReplicas(Admin admin, Map<TopicPartition, List<Integer>> targets) {
        Await.until("the reassignment to " + targets, MOVE, () -> admin.listPartitionReassignments()
                .reassignments()
                .get(20, TimeUnit.SECONDS)
                .isEmpty());
        targets.forEach((partition, expected) -> Await.until(
                partition + " is on " + expected, MOVE, () -> replicas(partition.topic(), partition.partition())
                        .equals(expected)));
    }

    private static Throwable refusal(TopicPartition partition, Integer... target) {
        try (Admin admin = cluster.admin()) {
            return failure(admin.alterPartitionReassignments(
                            Map.of(partition, Optional.of(new NewPartitionReassignment(Arrays.asList(target)))))
                    .all());
        }
    }

    private static Throwable failure(KafkaFuture<?> future) {
        Throwable thrown = catchThrowable(() -> future.get(20, TimeUnit.SECONDS));
        return thrown instanceof ExecutionException ? Objects.requireNonNull(thrown.getCause()) : thrown;
    }

    private static Programs.Outcome tool(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", cluster.bootstrap()));
        all.addAll(List.of(arguments));
        return Programs.kafkaTool("", "reassign.ReassignPartitionsCommand", all.toArray(String[]::new))
                .expectSuccess();
    }
}
