/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerRegistered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes in this JVM with stock clients: does it hang together? What it does under faults is tested with real processes. */
@Timeout(180)
class NodeSmokeTest {
    private static final int PARTITIONS = 3;

    @TempDir
    Path directory;

    @Test
    void oneNode() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 1)) {
            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            createTopic(nodes, 1);
            produce(nodes, 0, 100);
            assertThat(consume(nodes)).containsExactlyInAnyOrderElementsOf(values(0, 100));
        }
    }

    @Test
    void threeNodesAndAnAbruptEnd() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 3)) {
            nodes.startAll();
            for (int node : nodes.nodeIds()) {
                nodes.node(node).running().get(60, TimeUnit.SECONDS);
            }
            createTopic(nodes, 3);
            produce(nodes, 0, 100);

            nodes.kill(1);
            produce(nodes, 100, 100);
            assertThat(consume(nodes)).containsExactlyInAnyOrderElementsOf(values(0, 200));

            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            produce(nodes, 200, 100);
            assertThat(consume(nodes)).containsExactlyInAnyOrderElementsOf(values(0, 300));
        }
    }

    @Test
    void aNodeFindsItsDataAgain() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 1)) {
            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            createTopic(nodes, 1);
            produce(nodes, 0, 50);
            nodes.stop(1);
            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            produce(nodes, 50, 50);
            nodes.kill(1);
            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            assertThat(consume(nodes)).containsExactlyInAnyOrderElementsOf(values(0, 100));
        }
    }

    @Test
    void aVoterThatLostItsDirectoryDoesNotRegisterItsBroker() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 3)) {
            nodes.startAll();
            for (int node : nodes.nodeIds()) {
                nodes.node(node).running().get(60, TimeUnit.SECONDS);
            }
            nodes.stop(3);
            BrokerRegistered before = registration(nodes);
            delete(nodes.directory(3).resolve("__cluster_metadata-0"));

            Broker wiped = nodes.start(3);
            assertThat(wiped.awaitEnd().kind()).isEqualTo(NodeOutcome.Kind.START_FAILED);
            assertThat(wiped.running()).isCompletedExceptionally();
            nodes.kill(3);
            // Whatever had been sent by the broker is decided before this.
            createTopic(nodes, 2);
            assertThat(registration(nodes)).isEqualTo(before);
        }
    }

    @Test
    void aBrokerOutsideTheQuorumTakesPartitions() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 1)) {
            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            nodes.startBrokerOnly(2).running().get(60, TimeUnit.SECONDS);
            createTopic(nodes, 2);
            produce(nodes, 0, 100);
            assertThat(consume(nodes)).containsExactlyInAnyOrderElementsOf(values(0, 100));
        }
    }

    @Test
    void controllersAlone() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 3).controllersOnly()) {
            nodes.startAll();
            try (Admin admin = Admin.create(Map.of("bootstrap.controllers", nodes.controllers()))) {
                QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get(60, TimeUnit.SECONDS);
                assertThat(quorum.leaderId()).isBetween(1, 3);
                assertThat(quorum.voters())
                        .extracting(QuorumInfo.ReplicaState::replicaId)
                        .containsExactlyInAnyOrder(1, 2, 3);
            }
        }
    }

    private static BrokerRegistered registration(TestNodes nodes) {
        return requireNonNull(nodes.node(1).image().broker(3)).registration();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void createTopic(TestNodes nodes, int replicas) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", nodes.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("orders", PARTITIONS, (short) replicas)))
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private static void produce(TestNodes nodes, int from, int count) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", nodes.bootstrap(), "acks", "all", "linger.ms", 0),
                new StringSerializer(),
                new StringSerializer())) {
            for (String value : values(from, count)) {
                producer.send(new ProducerRecord<>("orders", value, value)).get(60, TimeUnit.SECONDS);
            }
        }
    }

    private static List<String> consume(TestNodes nodes) {
        List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition("orders", partition))
                .toList();
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", nodes.bootstrap(), "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < requireNonNull(ends.get(partition)))) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }

    private static List<String> values(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(number -> "record-" + number)
                .toList();
    }
}
