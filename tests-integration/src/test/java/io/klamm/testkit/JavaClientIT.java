/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The current Java client with its default settings against three nodes. */
class JavaClientIT {
    /** Records with timestamps of years ago would be deleted by the default retention. */
    private static final Map<String, String> OLD_RECORDS = Map.of("retention.ms", "-1");

    private static KlammCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KlammCluster.start("java-client", 3, Map.of());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Test
    void anyNodeGivesTheSameMetadata() throws Exception {
        cluster.createTopic("anywhere", 3, 3, Map.of());
        Await.until("all nodes answer alike", Duration.ofSeconds(30), () -> {
            String first = view(1);
            return first.equals(view(2)) && first.equals(view(3));
        });
    }

    private static String view(int node) throws Exception {
        try (Admin admin = KlammCluster.admin(cluster.bootstrap(node))) {
            DescribeClusterResult result = admin.describeCluster();
            List<Node> nodes = result.nodes().get(20, TimeUnit.SECONDS).stream()
                    .sorted(java.util.Comparator.comparingInt(Node::id))
                    .toList();
            return result.clusterId().get(20, TimeUnit.SECONDS)
                    + nodes
                    + admin.describeTopics(List.of("anywhere")).allTopicNames().get(20, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "all, none",
        "all, gzip",
        "all, snappy",
        "all, lz4",
        "all, zstd",
        "1, none",
        "1, lz4",
        "0, none",
        "0, zstd"
    })
    void recordsComeBackAsTheyWereSent(String acks, String compression) throws Exception {
        String topic = "roundtrip-" + acks + "-" + compression;
        cluster.createTopic(topic, 1, 3, OLD_RECORDS);
        Map<String, Object> settings = new HashMap<>(
                Map.of(ProducerConfig.ACKS_CONFIG, acks, ProducerConfig.COMPRESSION_TYPE_CONFIG, compression));
        if (!acks.equals("all")) {
            settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        }
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer(settings)) {
            for (int i = 0; i < 500; i++) {
                ProducerRecord<String, String> record =
                        new ProducerRecord<>(topic, 0, 1_700_000_000_000L + i, "key-" + i, "value-" + i);
                record.headers().add(new RecordHeader("n", Integer.toString(i).getBytes(StandardCharsets.UTF_8)));
                sent.add(producer.send(record));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get(30, TimeUnit.SECONDS);
        }
        List<ConsumerRecord<String, String>> records = read(topic, 500);
        for (int i = 0; i < 500; i++) {
            ConsumerRecord<String, String> record = records.get(i);
            assertThat(record.offset()).isEqualTo(i);
            assertThat(record.key()).isEqualTo("key-" + i);
            assertThat(record.value()).isEqualTo("value-" + i);
            assertThat(record.timestamp()).isEqualTo(1_700_000_000_000L + i);
            assertThat(new String(record.headers().lastHeader("n").value(), StandardCharsets.UTF_8))
                    .isEqualTo(Integer.toString(i));
        }
    }

    @Test
    void offsetsAreFoundByTime() throws Exception {
        cluster.createTopic("times", 1, 3, OLD_RECORDS);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer(Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4"))) {
            for (int i = 0; i < 1_000; i++) {
                sent.add(
                        producer.send(new ProducerRecord<>("times", 0, 1_600_000_000_000L + i * 1_000L, "k", "v" + i)));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get(30, TimeUnit.SECONDS);
        }
        TopicPartition partition = new TopicPartition("times", 0);
        try (KafkaConsumer<String, String> consumer = consumer()) {
            Map<TopicPartition, OffsetAndTimestamp> found =
                    consumer.offsetsForTimes(Map.of(partition, 1_600_000_000_000L + 123_456));
            assertThat(found.get(partition))
                    .isEqualTo(new OffsetAndTimestamp(124, 1_600_000_000_000L + 124_000, Optional.of(0)));
            assertThat(consumer.offsetsForTimes(Map.of(partition, 1_700_000_000_000L))
                            .get(partition))
                    .isNull();
            consumer.assign(List.of(partition));
            consumer.seek(partition, 990);
            List<String> values = new ArrayList<>();
            Await.until("the last ten records are read", Duration.ofSeconds(20), () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
                return values.size() >= 10;
            });
            assertThat(values).first().isEqualTo("v990");
        }
        try (Admin admin = cluster.admin()) {
            assertThat(offset(admin, partition, OffsetSpec.earliest()).offset()).isZero();
            assertThat(offset(admin, partition, OffsetSpec.latest()).offset()).isEqualTo(1_000);
            assertThat(offset(admin, partition, OffsetSpec.maxTimestamp()).offset())
                    .isEqualTo(999);
            assertThat(offset(admin, partition, OffsetSpec.maxTimestamp()).leaderEpoch())
                    .isEqualTo(Optional.of(0));
        }
    }

    @Test
    void recordsBeforeAnOffsetAreDeletedOnEveryReplica() throws Exception {
        cluster.createTopic("shortened", 1, 3, Map.of());
        TopicPartition partition = new TopicPartition("shortened", 0);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 100; i++) {
                sent.add(producer.send(new ProducerRecord<>("shortened", 0, "k", "v" + i)));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get(30, TimeUnit.SECONDS);
        }
        try (Admin admin = cluster.admin()) {
            assertThat(deleteBefore(admin, partition, 40)).isEqualTo(40);
            assertThat(offset(admin, partition, OffsetSpec.earliest()).offset()).isEqualTo(40);
            assertThatThrownBy(() -> deleteBefore(admin, partition, 101))
                    .hasCauseInstanceOf(OffsetOutOfRangeException.class);
            assertThat(read("shortened", 60))
                    .first()
                    .extracting(ConsumerRecord::offset)
                    .isEqualTo(40L);
            assertThat(deleteBefore(admin, partition, -1)).as("all of it").isEqualTo(100);
        }
    }

    private static long deleteBefore(Admin admin, TopicPartition partition, long offset) throws Exception {
        return Objects.requireNonNull(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset)))
                        .lowWatermarks()
                        .get(partition))
                .get(30, TimeUnit.SECONDS)
                .lowWatermark();
    }

    @Test
    void topicsAreCreatedDescribedAndDeleted() throws Exception {
        try (Admin admin = cluster.admin()) {
            admin.createTopics(List.of(new NewTopic("short-lived", 4, (short) 3)
                            .configs(Map.of("retention.ms", "3600000", "segment.bytes", "1048576"))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            Await.until(
                    "the topic is listed",
                    Duration.ofSeconds(20),
                    () -> admin.listTopics().names().get(20, TimeUnit.SECONDS).contains("short-lived"));
            Await.until(
                    "every node knows the topic",
                    Duration.ofSeconds(20),
                    () -> onEveryNode(names -> names.contains("short-lived")));
            assertThat(cluster.describe("short-lived").partitions()).hasSize(4).allSatisfy(partition -> {
                assertThat(partition.replicas()).hasSize(3);
                assertThat(partition.isr()).hasSize(3);
            });
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "short-lived");
            Config config = config(admin, resource);
            assertThat(config.get("retention.ms").value()).isEqualTo("3600000");
            assertThat(config.get("retention.ms").isDefault()).isFalse();
            assertThat(config.get("cleanup.policy").isDefault()).isTrue();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            assertThat(config(admin, broker).get("node.id").value()).isEqualTo("1");
            admin.deleteTopics(List.of("short-lived")).all().get(30, TimeUnit.SECONDS);
            Await.until(
                    "the topic is gone on every node",
                    Duration.ofSeconds(20),
                    () -> onEveryNode(names -> !names.contains("short-lived")));
        }
    }

    @Test
    void badTopicsAreRefusedWithTheProtocolsErrors() {
        cluster.createTopic("taken", 1, 1, Map.of());
        assertThatThrownBy(() -> create(new NewTopic("taken", 1, (short) 1)))
                .hasCauseInstanceOf(TopicExistsException.class);
        assertThatThrownBy(() -> create(new NewTopic("no spaces allowed", 1, (short) 1)))
                .hasCauseInstanceOf(InvalidTopicException.class);
        assertThatThrownBy(() -> create(new NewTopic("x".repeat(250), 1, (short) 1)))
                .hasCauseInstanceOf(InvalidTopicException.class);
        assertThatThrownBy(() -> create(new NewTopic("none", 0, (short) 1)))
                .hasCauseInstanceOf(InvalidPartitionsException.class);
        assertThatThrownBy(() -> create(new NewTopic("none", 1, (short) 4)))
                .hasCauseInstanceOf(InvalidReplicationFactorException.class);
        assertThatThrownBy(() -> create(new NewTopic("none", 1, (short) 1).configs(Map.of("retention.ms", "soon"))))
                .hasCauseInstanceOf(InvalidConfigurationException.class);
        assertThatThrownBy(() -> create(new NewTopic("none", 1, (short) 1).configs(Map.of("retention.mss", "1"))))
                .hasCauseInstanceOf(InvalidConfigurationException.class);
        try (Admin admin = cluster.admin()) {
            assertThatThrownBy(() ->
                            admin.deleteTopics(List.of("never-there")).all().get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }

    @Test
    void aRecordThatIsTooLargeIsRefusedAndOthersGoOn() throws Exception {
        cluster.createTopic("small-only", 1, 3, Map.of("max.message.bytes", "10000"));
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            Future<RecordMetadata> large = producer.send(new ProducerRecord<>("small-only", "k", "x".repeat(20_000)));
            assertThatThrownBy(() -> large.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(RecordTooLargeException.class);
            assertThat(producer.send(new ProducerRecord<>("small-only", "k", "fine"))
                            .get(30, TimeUnit.SECONDS)
                            .offset())
                    .isZero();
        }
    }

    @Test
    void aTopicIsCreatedByItsFirstUse() throws Exception {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            RecordMetadata written =
                    producer.send(new ProducerRecord<>("by-itself", "k", "v")).get(30, TimeUnit.SECONDS);
            assertThat(written.offset()).isZero();
        }
        assertThat(cluster.describe("by-itself").partitions())
                .allSatisfy(partition -> assertThat(partition.replicas()).hasSize(3));
    }

    /** Whether something is true of the topics that each node lists. */
    private static boolean onEveryNode(Predicate<Set<String>> names) throws Exception {
        for (int node = 1; node <= 3; node++) {
            try (Admin admin = KlammCluster.admin(cluster.bootstrap(node))) {
                if (!names.test(admin.listTopics().names().get(20, TimeUnit.SECONDS))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static Config config(Admin admin, ConfigResource resource) {
        return Await.get(
                "configuration of " + resource, Duration.ofSeconds(20), () -> admin.describeConfigs(List.of(resource))
                        .all()
                        .get(20, TimeUnit.SECONDS)
                        .get(resource));
    }

    private static void create(NewTopic topic) throws Exception {
        try (Admin admin = cluster.admin()) {
            admin.createTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
        }
    }

    private static ListOffsetsResultInfo offset(Admin admin, TopicPartition partition, OffsetSpec spec)
            throws Exception {
        return admin.listOffsets(Map.of(partition, spec))
                .partitionResult(partition)
                .get(20, TimeUnit.SECONDS);
    }

    private static KafkaProducer<String, String> producer(Map<String, Object> settings) {
        Map<String, Object> config = new HashMap<>(settings);
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap());
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer() {
        return new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringDeserializer(),
                new StringDeserializer());
    }

    private static List<ConsumerRecord<String, String>> read(String topic, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer()) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            Await.until(count + " records of " + topic + " are read", Duration.ofSeconds(30), () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
                return records.size() >= count;
            });
        }
        return records;
    }
}
