/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A consumer that names its rack reads from the follower there, and from the leader while that one is away (KIP-392). */
class FollowerFetchIT {
    private static final String TOPIC = "orders";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FROM_LEADER = -1;

    private final KlammCluster cluster = KlammCluster.start(
            "follower-fetch",
            3,
            Map.of(
                    "broker.rack",
                    "rack-" + KlammCluster.NODE,
                    "replica.selector.class",
                    "org.apache.kafka.common.replica.RackAwareReplicaSelector"));
    private final List<String> written = new ArrayList<>();
    private final List<String> read = new ArrayList<>();

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void readsMoveToTheNearFollowerAndBackWhenItDies() throws Exception {
        cluster.createTopic(TOPIC, 1, 3, Map.of());
        int leader = cluster.leaderOf(TOPIC, 0);
        int near = leader % 3 + 1;
        try (KafkaProducer<String, String> producer = producer();
                KafkaConsumer<String, String> consumer = consumer("rack-" + near)) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            write(producer);
            awaitAllRead(consumer);
            write(producer);
            awaitReadingFrom(near, producer, consumer);

            cluster.node(near).kill();
            write(producer);
            awaitReadingFrom(FROM_LEADER, producer, consumer);

            cluster.node(near).start();
            cluster.awaitFullIsr(TOPIC);
            awaitReadingFrom(near, producer, consumer);
        }
        assertThat(read).as("each once, in order").isEqualTo(written);
    }

    private void write(KafkaProducer<String, String> producer) throws Exception {
        for (int i = 0; i < 20; i++) {
            String value = "value-" + written.size();
            producer.send(new ProducerRecord<>(TOPIC, 0, "key", value)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            written.add(value);
        }
    }

    private void awaitAllRead(KafkaConsumer<String, String> consumer) {
        Await.until("all records are read", PATIENCE, () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
            return read.size() >= written.size();
        });
    }

    private void awaitReadingFrom(
            int nodeId, KafkaProducer<String, String> producer, KafkaConsumer<String, String> consumer) {
        Await.until("records are read from node " + nodeId + " (-1: the leader)", PATIENCE, () -> {
            int before = preferredReplica(consumer);
            write(producer);
            awaitAllRead(consumer);
            return before == nodeId && preferredReplica(consumer) == nodeId;
        });
    }

    /** Where the consumer reads, by its own metrics. */
    private static int preferredReplica(KafkaConsumer<String, String> consumer) {
        return consumer.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals("preferred-read-replica"))
                .mapToInt(metric -> ((Number) metric.getValue().metricValue()).intValue())
                .findFirst()
                .orElse(FROM_LEADER);
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer(String rack) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ConsumerConfig.CLIENT_RACK_CONFIG,
                        rack,
                        // how long it stays with a replica before it asks the leader again
                        ConsumerConfig.METADATA_MAX_AGE_CONFIG,
                        2_000),
                new StringDeserializer(),
                new StringDeserializer());
    }
}
