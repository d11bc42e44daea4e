/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A compacted topic in a running cluster: only last values are left, on every replica, also when a node is killed meanwhile. */
class CompactionIT {
    private static final String TOPIC = "accounts";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final String FILLER = "filler";
    private static final int KEYS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final KlammCluster cluster =
            KlammCluster.start("compaction", 3, Map.of("log.cleaner.backoff.ms", "200", "log.cleaner.threads", "2"));
    private final Map<String, @Nullable String> last = new HashMap<>();
    private final Random random = new Random(7);

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void onlyLastValuesAreLeftOnEveryReplica() throws Exception {
        cluster.createTopic(
                TOPIC,
                1,
                3,
                Map.of(
                        "cleanup.policy", "compact",
                        "segment.bytes", "20000",
                        "min.cleanable.dirty.ratio", "0.01",
                        // Longer than the node is down: a replica that misses a tombstone keeps what it deletes.
                        "delete.retention.ms", "600000",
                        "file.delete.delay.ms", "0",
                        "min.insync.replicas", "2"));
        try (KafkaProducer<String, String> producer = producer()) {
            overwrite(producer, 6_000);
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>(TOPIC, 0, null, "no key"))
                            .get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InvalidRecordException.class);
            int victim = cluster.leaderOf(TOPIC, 0);
            awaitFewRecords(victim, KEYS * 4);
            cluster.node(victim).kill();
            overwrite(producer, 6_000);
            cluster.node(victim).start();
            overwrite(producer, 6_000);
            cluster.awaitFullIsr(TOPIC);
            fill(producer);
        }
        for (int node = 1; node <= 3; node++) {
            int id = node;
            Await.until("node " + id + " has one record of each key", PATIENCE, () -> isClean(id));
        }
        assertThat(readBack()).isEqualTo(last);
        cluster.killAll();
        for (NodeProcess node : cluster.nodes()) {
            node.start();
        }
        cluster.awaitBrokers(3);
        cluster.awaitFullIsr(TOPIC);
        assertThat(readBack()).isEqualTo(last);
        cluster.stop();
        for (int node = 1; node <= 3; node++) {
            assertThat(isClean(node)).as("node " + node).isTrue();
        }
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4",
                        ProducerConfig.LINGER_MS_CONFIG,
                        5,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        4_000),
                new StringSerializer(),
                new StringSerializer());
    }

    private void overwrite(KafkaProducer<String, String> producer, int records) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            String key = "key" + random.nextInt(KEYS);
            String value = random.nextInt(10) == 0 ? null : "value " + random.nextLong();
            sent.add(producer.send(new ProducerRecord<>(TOPIC, 0, key, value)));
            last.put(key, value);
        }
        for (Future<RecordMetadata> each : sent) {
            each.get(60, TimeUnit.SECONDS);
        }
        last.values().removeIf(value -> value == null);
    }

    /** Pushes all that was written before into sealed segments. */
    private void fill(KafkaProducer<String, String> producer) throws Exception {
        for (int i = 0; i < 60; i++) {
            byte[] noise = new byte[750];
            random.nextBytes(noise);
            String value = java.util.HexFormat.of().formatHex(noise);
            producer.send(new ProducerRecord<>(TOPIC, 0, FILLER, value)).get(60, TimeUnit.SECONDS);
        }
    }

    private void awaitFewRecords(int node, int atMost) {
        Await.until("node " + node + " compacts", PATIENCE, () -> {
            int n = keysOnDisk(node).values().stream().mapToInt(List::size).sum();
            return n > 0 && n <= atMost;
        });
    }

    /** Every key once, with its last value; of what was deleted at most the tombstone. */
    private boolean isClean(int node) throws IOException {
        Map<String, List<@Nullable String>> found = keysOnDisk(node);
        found.remove(FILLER);
        Map<String, @Nullable String> single = new HashMap<>();
        for (Map.Entry<String, List<@Nullable String>> entry : found.entrySet()) {
            if (entry.getValue().size() != 1) {
                return false;
            }
            if (entry.getValue().get(0) != null) {
                single.put(entry.getKey(), entry.getValue().get(0));
            }
        }
        return single.equals(last);
    }

    /** The values of each key in the segments of a node, in order. Fails when the files change under its eyes. */
    private Map<String, List<@Nullable String>> keysOnDisk(int node) throws IOException {
        Path folder = cluster.node(node).directory().resolve("data").resolve(TOPIC + "-0");
        List<Path> segments;
        try (Stream<Path> files = Files.list(folder)) {
            segments = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
        Map<String, List<@Nullable String>> found = new HashMap<>();
        long previous = -1;
        for (Path segment : segments) {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
            for (Record record : MemoryRecords.readableRecords(bytes).records()) {
                record.ensureValid();
                if (record.offset() <= previous) {
                    throw new IOException("offset " + record.offset() + " behind " + previous);
                }
                previous = record.offset();
                found.computeIfAbsent(String.valueOf(text(record.key())), key -> new ArrayList<>())
                        .add(text(record.value()));
            }
        }
        return found;
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private Map<String, @Nullable String> readBack() {
        Map<String, @Nullable String> read = new HashMap<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(PARTITION)).get(PARTITION));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(PARTITION) < end) {
                assertThat(System.nanoTime() - deadline).as("time to read back").isNegative();
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.value() == null) {
                        read.remove(record.key());
                    } else {
                        read.put(record.key(), record.value());
                    }
                }
            }
        }
        read.remove(FILLER);
        return read;
    }
}
