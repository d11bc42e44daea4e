/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // what is missing fails the test
class TopicPlannerTest {
    private final TopicPlanner planner = new TopicPlanner(
            new ControllerConfig(3_000, 4, (short) -1, -1, 1_000, ElectionSettings.STRICT),
            configs -> configs.containsKey("wrong") ? "Unknown topic configuration 'wrong'" : null);

    private static NewTopic topic(String name, int partitions, int replicas) {
        return new NewTopic(name, partitions, (short) replicas, Map.of(), Map.of());
    }

    private static MetadataImage brokers(int count) {
        return ClusterFixture.withBrokers(IntStream.range(0, count).toArray()).image;
    }

    private Decision<List<NewTopicResult>> plan(MetadataImage image, NewTopic... topics) {
        List<Uuid> ids = IntStream.range(0, topics.length)
                .mapToObj(i -> Uuid.randomUuid())
                .toList();
        return planner.plan(image, List.of(topics), ids, false);
    }

    private NewTopicResult one(MetadataImage image, NewTopic topic) {
        Decision<List<NewTopicResult>> decision = plan(image, topic);
        assertThat(decision.reply()).hasSize(1);
        NewTopicResult result = decision.reply().get(0);
        assertThat(decision.facts().isEmpty()).isEqualTo(result.error() != Errors.NONE);
        assertThat(result.message() == null).isEqualTo(result.error() == Errors.NONE);
        return result;
    }

    private MetadataImage create(MetadataImage image, NewTopic topic) {
        Decision<List<NewTopicResult>> decision = plan(image, topic);
        assertThat(decision.reply().get(0).error()).isEqualTo(Errors.NONE);
        return image.apply(decision.facts());
    }

    private static List<PartitionState> states(MetadataImage image) {
        List<PartitionState> states = new ArrayList<>();
        image.topics().values().forEach(topic -> states.addAll(topic.partitions()));
        return states;
    }

    private static int spread(MetadataImage image, List<PartitionState> states, boolean leadersOnly) {
        Map<Integer, Integer> counts = new HashMap<>();
        image.brokers().keySet().forEach(node -> counts.put(node, 0));
        for (PartitionState state : states) {
            List<Integer> counted = leadersOnly ? List.of(state.leader()) : state.replicas();
            counted.forEach(node -> counts.merge(node, 1, Integer::sum));
        }
        return counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow()
                - counts.values().stream().mapToInt(Integer::intValue).min().orElseThrow();
    }

    @ParameterizedTest(name = "{0} brokers, {1} partitions, {2} replicas")
    @CsvSource({"3,6,3", "3,7,2", "4,6,3", "5,100,3", "5,7,1", "6,50,2", "7,31,3", "10,200,4", "3,3,1"})
    void aTopicIsSpreadEvenly(int brokers, int partitions, int replicas) {
        MetadataImage image = create(brokers(brokers), topic("t", partitions, replicas));
        TopicImage topic = image.topic("t");
        assertThat(topic.partitions()).hasSize(partitions);
        assertThat(spread(image, topic.partitions(), true)).as("leaders").isLessThanOrEqualTo(1);
        assertThat(spread(image, topic.partitions(), false)).as("replicas").isLessThanOrEqualTo(2);
        for (PartitionState state : topic.partitions()) {
            assertThat(state.replicas()).hasSize(replicas).doesNotHaveDuplicates();
            assertThat(state.isr()).isEqualTo(state.replicas());
            assertThat(state.leader()).isEqualTo(state.replicas().get(0));
            assertThat(state.leaderEpoch()).isZero();
            assertThat(state.directories())
                    .as("the only one that each broker has")
                    .isEqualTo(state.replicas().stream()
                            .map(node -> new Uuid(5, node + 100))
                            .toList());
        }
    }

    @ParameterizedTest(name = "{0} brokers, {1} replicas")
    @CsvSource({"3,3", "3,1", "4,2", "5,3", "6,3"})
    void manyTopicsOfOnePartitionAreSpreadEvenly(int brokers, int replicas) {
        MetadataImage image = brokers(brokers);
        Random random = new Random(7);
        List<Uuid> ids = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            image = create(image, topic("t" + i, 1, replicas));
            ids.add(image.topic("t" + i).id());
            assertThat(spread(image, states(image), true))
                    .as("leaders after %s", i)
                    .isLessThanOrEqualTo(1);
            assertThat(spread(image, states(image), false))
                    .as("replicas after %s", i)
                    .isLessThanOrEqualTo(2);
        }
        for (int i = 0; i < 150; i++) {
            image = image.apply(List.of(new TopicDeleted(ids.remove(random.nextInt(ids.size())))));
        }
        for (int i = 0; i < 150; i++) {
            image = create(image, topic("u" + i, 1, replicas));
        }
        assertThat(spread(image, states(image), true))
                .as("leaders after deletions")
                .isLessThanOrEqualTo(2);
    }

    @Test
    void followersOfALeaderAreNotAlwaysTheSame() {
        MetadataImage image = create(brokers(6), topic("t", 60, 2));
        for (int leader = 0; leader < 6; leader++) {
            int node = leader;
            assertThat(image.topic("t").partitions().stream()
                            .filter(state -> state.leader() == node)
                            .map(state -> state.replicas().get(1))
                            .distinct()
                            .count())
                    .as("if broker %s dies, its leaderships go to several", leader)
                    .isGreaterThan(1);
        }
    }

    @Test
    void replicasGoToDifferentRacks() {
        ClusterFixture cluster = new ClusterFixture();
        String[] racks = {"a", "a", "b", "b", "c", "c"};
        for (int node = 0; node < racks.length; node++) {
            BrokerRegistration registration = ClusterFixture.registration(node, new Uuid(1, node + 1), -1, racks[node]);
            cluster.apply(
                    cluster.registrar.register(cluster.image, registration, -1).facts());
            cluster.unfence(node);
        }
        MetadataImage image = create(cluster.image, topic("t", 30, 3));
        for (PartitionState state : image.topic("t").partitions()) {
            assertThat(state.replicas().stream().map(node -> racks[node])).containsExactlyInAnyOrder("a", "b", "c");
        }
        assertThat(spread(image, states(image), true)).isZero();
        assertThat(spread(image, states(image), false)).isLessThanOrEqualTo(2);
        image = create(image, topic("u", 30, 2));
        for (PartitionState state : image.topic("u").partitions()) {
            assertThat(state.replicas().stream().map(node -> racks[node])).doesNotHaveDuplicates();
        }
    }

    @Test
    void theSameImageGivesTheSamePlacement() {
        MetadataImage image = create(brokers(5), topic("t", 7, 3));
        Decision<List<NewTopicResult>> one =
                planner.plan(image, List.of(topic("u", 20, 3)), List.of(new Uuid(1, 1)), false);
        Decision<List<NewTopicResult>> two =
                planner.plan(image, List.of(topic("u", 20, 3)), List.of(new Uuid(1, 1)), false);
        assertThat(one).isEqualTo(two);
    }

    @Test
    void brokersThatAreNotAvailableComeLastAndDoNotLead() {
        MetadataImage image = brokers(4);
        image = image.apply(List.of(
                new BrokerFenced(0, image.broker(0).brokerEpoch()),
                new BrokerShutdownStarted(1, image.broker(1).brokerEpoch())));
        for (PartitionState state : create(image, topic("t", 20, 2)).topic("t").partitions()) {
            assertThat(state.replicas()).containsExactlyInAnyOrder(2, 3);
        }
        for (PartitionState state : create(image, topic("t", 20, 3)).topic("t").partitions()) {
            assertThat(state.replicas()).contains(2, 3);
            assertThat(state.isr()).containsExactlyInAnyOrder(2, 3);
            assertThat(state.leader()).isIn(2, 3);
        }
        assertThat(one(image, topic("t", 1, 5)).error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        image = image.apply(List.of(
                new BrokerFenced(2, image.broker(2).brokerEpoch()),
                new BrokerFenced(3, image.broker(3).brokerEpoch())));
        assertThat(one(image, topic("t", 1, 1)).error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
    }

    @Test
    void defaultsAreTheClusters() {
        assertThat(one(brokers(5), topic("t", -1, -1)).replicationFactor()).isEqualTo((short) 3);
        assertThat(one(brokers(2), topic("t", -1, -1)).replicationFactor()).isEqualTo((short) 2);
        assertThat(one(brokers(2), topic("t", -1, -1)).partitions()).isEqualTo(4);
        assertThat(one(MetadataImage.EMPTY, topic("t", -1, -1)).error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "ä", "a:b", "a\u0000", "__cluster_metadata"})
    void illegalNamesAreRefused(String name) {
        assertThat(one(brokers(1), topic(name, 1, 1)).error()).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void namesAreCheckedAsInKafka() {
        MetadataImage image = brokers(1);
        assertThat(one(image, topic("a".repeat(249), 1, 1)).error()).isEqualTo(Errors.NONE);
        assertThat(one(image, topic("a".repeat(250), 1, 1)).error()).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
        assertThat(one(image, topic("__consumer_offsets", 1, 1)).error()).isEqualTo(Errors.NONE);
        assertThat(one(image, topic("...", 1, 1)).error()).isEqualTo(Errors.NONE);
        MetadataImage with = create(image, topic("a.b_c", 1, 1));
        assertThat(one(with, topic("a_b.c", 1, 1)).error()).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
        assertThat(one(with, topic("a.b_d", 1, 1)).error()).isEqualTo(Errors.NONE);
        assertThat(one(with, topic("a.b_c", 1, 1)).error()).isEqualTo(Errors.TOPIC_ALREADY_EXISTS);
    }

    @Test
    void numbersAreChecked() {
        MetadataImage image = brokers(2);
        assertThat(one(image, topic("t", 0, 1)).error()).isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(one(image, topic("t", -2, 1)).error()).isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(one(image, topic("t", Integer.MAX_VALUE, 1)).error()).isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(one(image, topic("t", 1, 0)).error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(one(image, topic("t", 1, -2)).error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(one(image, topic("t", 1, 3)).error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(plan(image, topic("a", 600, 1), topic("b", 600, 1), topic("c", 400, 1))
                        .reply())
                .extracting(NewTopicResult::error)
                .containsExactly(Errors.NONE, Errors.POLICY_VIOLATION, Errors.NONE);
    }

    @Test
    void eachTopicOfARequestStandsForItselfAndDoublesAreRefused() {
        Decision<List<NewTopicResult>> decision =
                plan(brokers(1), topic("a", 1, 1), topic("b", 1, 1), topic("a", 2, 1), topic("c", 0, 1));
        assertThat(decision.reply()).extracting(NewTopicResult::name).containsExactly("a", "b", "c");
        assertThat(decision.reply())
                .extracting(NewTopicResult::error)
                .containsExactly(Errors.INVALID_REQUEST, Errors.NONE, Errors.INVALID_PARTITIONS);
        assertThat(brokers(1).apply(decision.facts()).topicIds()).containsOnlyKeys("b");
    }

    @Test
    void configsAreCheckedAndKept() {
        MetadataImage image = brokers(1);
        assertThat(one(image, new NewTopic("t", 1, (short) 1, Map.of(), Map.of("wrong", "1"))))
                .extracting(NewTopicResult::error, NewTopicResult::message)
                .containsExactly(Errors.INVALID_CONFIG, "Unknown topic configuration 'wrong'");
        Map<String, String> configs = Map.of("retention.ms", "5", "cleanup.policy", "compact");
        MetadataImage with = create(image, new NewTopic("t", 1, (short) 1, Map.of(), configs));
        assertThat(with.config(
                        new io.klamm.metadata.image.ConfigKey(io.klamm.metadata.fact.ConfigResourceType.TOPIC, "t")))
                .isEqualTo(configs);
    }

    @Test
    void validateOnlyDecidesNothing() {
        Decision<List<NewTopicResult>> decision =
                planner.plan(brokers(2), List.of(topic("a", 3, 2)), List.of(new Uuid(1, 1)), true);
        assertThat(decision.facts()).isEmpty();
        assertThat(decision.reply())
                .containsExactly(new NewTopicResult("a", Errors.NONE, null, Uuid.ZERO_UUID, 3, (short) 2));
    }

    @Test
    void manualAssignmentsAreTakenAsTheyAreAndChecked() {
        MetadataImage image = brokers(3);
        MetadataImage with = create(image, assigned(Map.of(0, List.of(2, 0), 1, List.of(1, 2))));
        assertThat(with.topic("t").partitions())
                .extracting(PartitionState::replicas)
                .containsExactly(List.of(2, 0), List.of(1, 2));
        List<Map<Integer, List<Integer>>> bad = List.of(
                Map.of(1, List.of(0)),
                Map.of(0, List.of(0), 2, List.of(1)),
                Map.of(0, List.of()),
                Map.of(0, List.of(1, 1)),
                Map.of(0, List.of(7)),
                Map.of(0, List.of(0, 1), 1, List.of(2)));
        for (Map<Integer, List<Integer>> assignment : bad) {
            assertThat(one(image, assigned(assignment)).error())
                    .as("%s", assignment)
                    .isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        }
        assertThat(one(image, new NewTopic("t", 1, (short) -1, Map.of(0, List.of(0)), Map.of()))
                        .error())
                .isEqualTo(Errors.INVALID_REQUEST);
        MetadataImage fenced =
                image.apply(List.of(new BrokerFenced(0, image.broker(0).brokerEpoch())));
        assertThat(one(fenced, assigned(Map.of(0, List.of(0)))).error()).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        PartitionState state =
                create(fenced, assigned(Map.of(0, List.of(0, 1)))).topic("t").partition(0);
        assertThat(state.leader()).isEqualTo(1);
        assertThat(state.isr()).containsExactly(1);
    }

    private static NewTopic assigned(Map<Integer, List<Integer>> assignment) {
        return new NewTopic("t", -1, (short) -1, assignment, Map.of());
    }

    @Test
    void topicsAreDeletedByNameOrIdOnce() {
        MetadataImage image = create(create(brokers(1), topic("a", 1, 1)), topic("b", 1, 1));
        Uuid id = image.topic("b").id();
        Decision<List<DeleteTopicResult>> byName = TopicDeleter.delete(image, List.of("a", "x", "b", "b"), List.of());
        assertThat(byName.reply())
                .extracting(DeleteTopicResult::error)
                .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.INVALID_REQUEST);
        assertThat(new HashSet<>(image.apply(byName.facts()).topicIds().keySet()))
                .containsExactly("b");
        Decision<List<DeleteTopicResult>> byId = TopicDeleter.delete(image, List.of(), List.of(id, new Uuid(3, 3)));
        assertThat(byId.reply())
                .extracting(DeleteTopicResult::error)
                .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_ID);
        assertThat(byId.reply().get(0).name()).isEqualTo("b");
        assertThat(image.apply(byId.facts()).topicIds()).containsOnlyKeys("a");
    }
}
