/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Settings change while the cluster runs: by clients, by Kafka's own tool, by klamm; and they do what they say, at once. */
class ConfigurationIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ConfigResource ALL_BROKERS = new ConfigResource(ConfigResource.Type.BROKER, "");

    private static KlammCluster cluster;
    private static Admin admin;

    @BeforeAll
    static void startCluster() {
        cluster = KlammCluster.start("configuration", 3, Map.of("log.retention.check.interval.ms", "300"));
        admin = cluster.admin();
    }

    @AfterAll
    static void stopCluster() {
        admin.close();
        cluster.close();
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private static ConfigResource broker(int node) {
        return new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), OpType.SET);
    }

    private static AlterConfigOp delete(String key) {
        return new AlterConfigOp(new ConfigEntry(key, null), OpType.DELETE);
    }

    private static void alter(ConfigResource resource, AlterConfigOp... operations) throws Exception {
        get(admin.incrementalAlterConfigs(Map.of(resource, Arrays.asList(operations)))
                .all());
    }

    private static <T> T get(KafkaFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static Config describe(ConfigResource resource) throws Exception {
        return Objects.requireNonNull(
                get(admin.describeConfigs(List.of(resource)).all()).get(resource));
    }

    private static void awaitValue(ConfigResource resource, String key, @Nullable String value, ConfigSource source) {
        Await.until(key + " of " + resource + " is " + value + " from " + source, SOON, () -> {
            ConfigEntry entry = describe(resource).get(key);
            return entry != null && Objects.equals(entry.value(), value) && entry.source() == source;
        });
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrap()), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, int bytes) throws Exception {
        producer.send(new ProducerRecord<>(topic, 0, null, new byte[bytes])).get(30, TimeUnit.SECONDS);
    }

    private static boolean isTooLarge(KafkaProducer<byte[], byte[]> producer, String topic, int bytes)
            throws Exception {
        try {
            send(producer, topic, bytes);
            return false;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(RecordTooLargeException.class);
            return true;
        }
    }

    @Test
    void aTopicsSettingsTakeEffectOnOpenLogs() throws Exception {
        cluster.createTopic("effect", 1, 3, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            send(producer, "effect", 5_000);
            alter(topic("effect"), set("max.message.bytes", "2000"), set("segment.bytes", "20000"));
            Await.until("5000 bytes are too large", SOON, () -> isTooLarge(producer, "effect", 5_000));
            alter(topic("effect"), delete("max.message.bytes"));
            Await.until("5000 bytes are fine again", SOON, () -> !isTooLarge(producer, "effect", 5_000));
            for (int i = 0; i < 20; i++) {
                send(producer, "effect", 5_000);
            }
            Await.until(
                    "node 1 has segments of 20000 bytes",
                    SOON,
                    () -> segments(1, "effect").size() > 3);
            alter(topic("effect"), set("retention.bytes", "20000"));
            TopicPartition partition = new TopicPartition("effect", 0);
            Await.until("the oldest segments are gone", SOON, () -> {
                var offsets = get(admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                        .all());
                return Objects.requireNonNull(offsets.get(partition)).offset() > 5;
            });
        }
    }

    private static List<Path> segments(int node, String topic) throws IOException {
        try (Stream<Path> files =
                Files.list(cluster.node(node).directory().resolve("data").resolve(topic + "-0"))) {
            return files.filter(file -> file.toString().endsWith(".log")).toList();
        }
    }

    @Test
    void brokersDefaultsTakeEffectAndAreToldWithTheirSources() throws Exception {
        cluster.createTopic("defaults", 1, 3, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            alter(ALL_BROKERS, set("message.max.bytes", "100000"), set("log.retention.ms", "7200000"));
            Await.until("150000 bytes are too large", SOON, () -> isTooLarge(producer, "defaults", 150_000));
            awaitValue(topic("defaults"), "max.message.bytes", "100000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
            awaitValue(broker(1), "message.max.bytes", "100000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
            awaitValue(ALL_BROKERS, "message.max.bytes", "100000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
            awaitValue(ALL_BROKERS, "log.retention.ms", "7200000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);

            alter(broker(2), set("message.max.bytes", "200000"));
            awaitValue(broker(2), "message.max.bytes", "200000", ConfigSource.DYNAMIC_BROKER_CONFIG);
            awaitValue(broker(1), "message.max.bytes", "100000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
            alter(topic("defaults"), set("max.message.bytes", "300000"));
            awaitValue(topic("defaults"), "max.message.bytes", "300000", ConfigSource.DYNAMIC_TOPIC_CONFIG);
            Await.until("150000 bytes are fine", SOON, () -> !isTooLarge(producer, "defaults", 150_000));
        } finally {
            alter(broker(2), delete("message.max.bytes"));
            alter(ALL_BROKERS, delete("message.max.bytes"), delete("log.retention.ms"));
        }
        awaitValue(broker(2), "message.max.bytes", "1048588", ConfigSource.DEFAULT_CONFIG);
        ConfigEntry readOnly = describe(broker(1)).get("log.dirs");
        assertThat(readOnly.isReadOnly()).isTrue();
        assertThat(readOnly.source()).isEqualTo(ConfigSource.STATIC_BROKER_CONFIG);
        assertThat(describe(broker(1)).get("message.max.bytes").isReadOnly()).isFalse();
    }

    @Test
    void listsGrowAndShrink() throws Exception {
        cluster.createTopic("lists", 1, 3, Map.of());
        alter(topic("lists"), new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), OpType.APPEND));
        awaitValue(topic("lists"), "cleanup.policy", "delete,compact", ConfigSource.DYNAMIC_TOPIC_CONFIG);
        alter(topic("lists"), new AlterConfigOp(new ConfigEntry("cleanup.policy", "delete"), OpType.SUBTRACT));
        awaitValue(topic("lists"), "cleanup.policy", "compact", ConfigSource.DYNAMIC_TOPIC_CONFIG);
    }

    @Test
    void whatIsWrongIsRefusedAndChangesNothing() throws Exception {
        cluster.createTopic("wrong", 1, 3, Map.of("retention.ms", "5000"));
        assertRefused(topic("wrong"), InvalidConfigurationException.class, "retention.ms", set("retention.mss", "1"));
        assertRefused(topic("wrong"), InvalidConfigurationException.class, "soon", set("retention.ms", "soon"));
        assertRefused(
                topic("wrong"),
                InvalidConfigurationException.class,
                "segment.bytes=1",
                set("retention.ms", "6000"),
                set("segment.bytes", "1"));
        assertRefused(
                broker(1), InvalidConfigurationException.class, "restart the node", set("log.dirs", "/elsewhere"));
        assertRefused(
                broker(1), InvalidConfigurationException.class, "for all brokers", set("min.insync.replicas", "1"));
        assertRefused(topic("nowhere"), UnknownTopicOrPartitionException.class, "nowhere", set("retention.ms", "6000"));
        alter(topic("wrong"), set("retention.bytes", "7000"));
        awaitValue(topic("wrong"), "retention.bytes", "7000", ConfigSource.DYNAMIC_TOPIC_CONFIG);
        awaitValue(topic("wrong"), "retention.ms", "5000", ConfigSource.DYNAMIC_TOPIC_CONFIG);
        get(admin.incrementalAlterConfigs(
                        Map.of(topic("wrong"), List.of(set("retention.ms", "6000"))),
                        new AlterConfigsOptions().validateOnly(true))
                .all());
        alter(topic("wrong"), set("retention.bytes", "8000"));
        awaitValue(topic("wrong"), "retention.bytes", "8000", ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(describe(topic("wrong")).get("retention.ms").value()).isEqualTo("5000");
    }

    private static void assertRefused(
            ConfigResource resource, Class<? extends Throwable> error, String reason, AlterConfigOp... operations) {
        assertThatThrownBy(() -> alter(resource, operations))
                .hasCauseInstanceOf(error)
                .hasMessageContaining(reason);
    }

    @Test
    void aBrokerThatDoesNotExistHasNoSettings() {
        Programs.Outcome outcome = klamm("configs", "alter", "broker", "9", "--set", "log.retention.ms=1");
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("there is no broker 9");
    }

    @Test
    void kafkasOwnConfigCommand() {
        cluster.createTopic("cli", 1, 3, Map.of());
        configs("--alter", "--entity-type", "topics", "--entity-name", "cli", "--add-config", "retention.ms=123456");
        awaitValue(topic("cli"), "retention.ms", "123456", ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(configs("--describe", "--entity-type", "topics", "--entity-name", "cli")
                        .out())
                .contains("retention.ms=123456", "DYNAMIC_TOPIC_CONFIG:retention.ms=123456");
        configs("--alter", "--entity-type", "topics", "--entity-name", "cli", "--delete-config", "retention.ms");
        awaitValue(topic("cli"), "retention.ms", "604800000", ConfigSource.DEFAULT_CONFIG);

        configs("--alter", "--entity-type", "brokers", "--entity-default", "--add-config", "log.segment.bytes=5000000");
        awaitValue(broker(3), "log.segment.bytes", "5000000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        configs(
                "--alter",
                "--entity-type",
                "brokers",
                "--entity-name",
                "3",
                "--add-config",
                "log.segment.bytes=6000000");
        awaitValue(broker(3), "log.segment.bytes", "6000000", ConfigSource.DYNAMIC_BROKER_CONFIG);
        assertThat(configs("--describe", "--entity-type", "brokers", "--entity-name", "3")
                        .out())
                .contains(
                        "log.segment.bytes=6000000",
                        "DYNAMIC_DEFAULT_BROKER_CONFIG:log.segment.bytes=5000000",
                        "DEFAULT_CONFIG:log.segment.bytes=1073741824");
        configs("--alter", "--entity-type", "brokers", "--entity-name", "3", "--delete-config", "log.segment.bytes");
        configs("--alter", "--entity-type", "brokers", "--entity-default", "--delete-config", "log.segment.bytes");
        awaitValue(broker(3), "log.segment.bytes", "1073741824", ConfigSource.DEFAULT_CONFIG);
        assertThat(Programs.kafkaProgram(
                                "",
                                "kafka.admin.ConfigCommand",
                                withBootstrap(
                                        "--alter",
                                        "--entity-type",
                                        "brokers",
                                        "--entity-name",
                                        "1",
                                        "--add-config",
                                        "log.dirs=/x"))
                        .err())
                .contains("restart the node");
    }

    private static Programs.Outcome configs(String... arguments) {
        return Programs.kafkaProgram("", "kafka.admin.ConfigCommand", withBootstrap(arguments))
                .expectSuccess();
    }

    private static String[] withBootstrap(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", cluster.bootstrap()));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    @Test
    void klammAltersAndDescribes() throws Exception {
        cluster.createTopic("command", 1, 3, Map.of());
        assertThat(klamm(
                                "configs",
                                "alter",
                                "topic",
                                "command",
                                "--set",
                                "retention.ms=77000",
                                "--append",
                                "cleanup.policy=compact")
                        .expectSuccess()
                        .out())
                .contains("Changed topic command", "retention.ms", "77000", "append");
        awaitValue(topic("command"), "retention.ms", "77000", ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(new ObjectMapper()
                        .readTree(klamm("configs", "describe", "topic", "command", "--changed", "--json")
                                .expectSuccess()
                                .out())
                        .findValuesAsText("name"))
                .containsExactly("cleanup.policy", "retention.ms");
        klamm("configs", "alter", "topic", "command", "--delete", "retention.ms", "--dry-run")
                .expectSuccess();
        klamm("configs", "alter", "topic", "command", "--delete", "retention.ms")
                .expectSuccess();
        awaitValue(topic("command"), "retention.ms", "604800000", ConfigSource.DEFAULT_CONFIG);

        klamm("configs", "alter", "broker", "all", "--set", "log.roll.ms=1000000")
                .expectSuccess();
        awaitValue(broker(1), "log.roll.ms", "1000000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        assertThat(klamm("configs", "describe", "broker", "all").expectSuccess().out())
                .contains("log.roll.ms", "1000000", "all brokers");
        klamm("configs", "alter", "broker", "all", "--delete", "log.roll.ms").expectSuccess();
        Programs.Outcome tooLong =
                klamm("configs", "alter", "topic", "command", "--set", "retention.ms=" + "1".repeat(40_000));
        assertThat(tooLong.exitCode()).isEqualTo(1);
        assertThat(tooLong.err()).contains("the value of retention.ms is 40000 bytes long; the most is 32767");
        Programs.Outcome unknown = klamm("configs", "alter", "topic", "command", "--set", "retention.mss=1");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.err()).hasLineCount(1).contains("the nearest known one is retention.ms");
        assertThat(klamm("configs", "alter", "topic", "nowhere", "--set", "retention.ms=1")
                        .err())
                .contains("there is no topic nowhere");
    }

    private static Programs.Outcome klamm(String... arguments) {
        return Launcher.run(Stream.concat(Stream.of(arguments), Stream.of("--bootstrap", cluster.bootstrap()))
                .toArray(String[]::new));
    }
}
