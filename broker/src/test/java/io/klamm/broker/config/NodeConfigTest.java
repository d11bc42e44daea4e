/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeConfigTest {
    /** The settings of the server.properties that Apache Kafka 3.x ships in config/kraft, for one of three nodes. */
    private static final String STATIC_QUORUM = """
            process.roles=broker,controller
            node.id=2
            controller.quorum.voters=1@kafka1:9093,2@kafka2:9093,3@kafka3:9093
            listeners=PLAINTEXT://:9092,CONTROLLER://:9093
            inter.broker.listener.name=PLAINTEXT
            advertised.listeners=PLAINTEXT://kafka2:9092
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,\
            SASL_SSL:SASL_SSL
            num.network.threads=3
            num.io.threads=8
            socket.send.buffer.bytes=102400
            socket.receive.buffer.bytes=102400
            socket.request.max.bytes=104857600
            log.dirs=/tmp/kraft-combined-logs
            num.partitions=1
            num.recovery.threads.per.data.dir=1
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            log.retention.hours=168
            log.segment.bytes=1073741824
            log.retention.check.interval.ms=300000
            """;

    /** The settings of the server.properties that Apache Kafka 4.x ships. */
    private static final String BOOTSTRAP_SERVERS = """
            process.roles=broker,controller
            node.id=1
            controller.quorum.bootstrap.servers=localhost:9093
            listeners=PLAINTEXT://:9092,CONTROLLER://:9093
            inter.broker.listener.name=PLAINTEXT
            advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
            log.dirs=/tmp/kraft-combined-logs
            share.coordinator.state.topic.replication.factor=1
            share.coordinator.state.topic.min.isr=1
            """;

    @Test
    void acceptsAStaticQuorumFileUnchanged() {
        NodeConfig config = NodeConfig.parse(properties(STATIC_QUORUM), Map.of());

        assertThat(config.warnings()).isEmpty();
        assertThat(config.nodeId()).isEqualTo(2);
        assertThat(config.isBroker()).isTrue();
        assertThat(config.isController()).isTrue();
        assertThat(config.voters())
                .containsExactly(
                        new Voter(1, Uuid.ZERO_UUID, "kafka1", 9093),
                        new Voter(2, Uuid.ZERO_UUID, "kafka2", 9093),
                        new Voter(3, Uuid.ZERO_UUID, "kafka3", 9093));
        assertThat(config.brokerListeners()).containsExactly(new Listener("PLAINTEXT", "", 9092, "PLAINTEXT"));
        assertThat(config.controllerListener()).isEqualTo(new Listener("CONTROLLER", "", 9093, "PLAINTEXT"));
        assertThat(config.advertisedEndpoints()).containsExactly(new Endpoint("PLAINTEXT", "kafka2", 9092, (short) 0));
        assertThat(config.interBrokerListenerName()).isEqualTo("PLAINTEXT");
        assertThat(config.logDirs()).containsExactly(Path.of("/tmp/kraft-combined-logs"));
        assertThat(config.quorumDirectory()).isEqualTo(Path.of("/tmp/kraft-combined-logs/__cluster_metadata-0"));
        assertThat(config.get(LogSettings.OFFSETS_TOPIC_REPLICATION_FACTOR)).isEqualTo((short) 1);
    }

    @Test
    void acceptsBootstrapServersThatAreTheNodeItself() {
        NodeConfig config = NodeConfig.parse(properties(BOOTSTRAP_SERVERS), Map.of());

        assertThat(config.voters()).containsExactly(new Voter(1, Uuid.ZERO_UUID, "localhost", 9093));
        assertThat(config.advertisedEndpoints())
                .containsExactly(new Endpoint("PLAINTEXT", "localhost", 9092, (short) 0));
        assertThat(config.warnings())
                .containsExactly(
                        "share.coordinator.state.topic.min.isr has no meaning here and is ignored",
                        "share.coordinator.state.topic.replication.factor has no meaning here and is ignored");
    }

    @Test
    void namesTheVotersLineWhenBootstrapServersAreOthers() {
        Map<String, String> three =
                Map.of("controller.quorum.bootstrap.servers", "localhost:9093,other.invalid:9093,third.invalid:9093");

        assertThatThrownBy(() -> NodeConfig.parse(properties(BOOTSTRAP_SERVERS), three))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("add controller.quorum.voters="
                        + "1@localhost:9093,<node.id>@other.invalid:9093,<node.id>@third.invalid:9093");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    min.insync.replica   | min.insync.replicas
                    lgo.dirs             | log.dirs
                    advertised.listener  | advertised.listeners
                    zookeper.connect     | zookeeper.connect
                    """)
    void namesTheNearestKeyForAnUnknownOne(String wrong, String right) {
        assertThatThrownBy(() -> NodeConfig.parse(properties(STATIC_QUORUM), Map.of(wrong, "1")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("unknown key " + wrong + ": the nearest known one is " + right);
    }

    @Test
    void namesNoKeyWhenNoneIsNear() {
        assertThatThrownBy(() -> NodeConfig.parse(properties(STATIC_QUORUM), Map.of("banana", "1")))
                .hasMessage("unknown key banana; docs/CONFIGURATION.md has all");
    }

    @Test
    void pointsFromATopicSettingToItsNodeWideDefault() {
        assertThatThrownBy(() -> NodeConfig.parse(properties(STATIC_QUORUM), Map.of("retention.ms", "1")))
                .hasMessage("unknown key retention.ms: it is a setting of topics, whose default for all topics is"
                        + " log.retention.ms");
    }

    @Test
    void warnsOnceForEachKafkaKeyWithoutMeaning() {
        NodeConfig config = NodeConfig.parse(
                properties(STATIC_QUORUM),
                Map.of(
                        "zookeeper.connect", "zk:2181",
                        "metric.reporters", "com.example.Reporter",
                        "listener.name.plaintext.max.connections", "7"));

        assertThat(config.warnings())
                .containsExactly(
                        "listener.name.plaintext.max.connections has no meaning here and is ignored",
                        "metric.reporters has no meaning here and is ignored",
                        "zookeeper.connect has no meaning here and is ignored");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    num.partitions                 | many                   | num.partitions=many: expected int, at least 1
                    num.partitions                 | 0                      | num.partitions=0: expected int, at least 1
                    auto.create.topics.enable      | yes                    | expected boolean
                    default.replication.factor     | 0                      | expected short, -1, or at least 1
                    log.cleaner.min.cleanable.ratio| NaN                    | expected double, between 0 and 1
                    process.roles                  | broker,zookeeper       | one or more of broker, controller
                    log.message.timestamp.type     | Whenever               | one of CreateTime, LogAppendTime
                    controller.quorum.voters       | 2@kafka2               | controller.quorum.voters=2@kafka2: expected id@host:port
                    controller.quorum.voters       | 2@a:9093,2@b:9093      | names node 2 twice
                    controller.quorum.voters       | 1@a:9093,3@b:9093      | node.id 2 is not in controller.quorum.voters
                    controller.quorum.voters       | 1@a:9093,2@b:9094      | the ports must be the same
                    listeners                      | PLAINTEXT://:9092      | listeners has no CONTROLLER listener
                    listeners                      | CONTROLLER://:9093     | listeners has no listener for clients
                    listeners                      | PLAINTEXT:9092         | expected NAME://host:port
                    listeners                      | SSL://:9092,CONTROLLER://:9093 | SSL is not served yet
                    listeners                      | FOO://:9092,CONTROLLER://:9093 | FOO has no protocol
                    listeners                      | PLAINTEXT://:9093,CONTROLLER://:9093 | two listeners on :9093
                    advertised.listeners           | PLAINTEXT://0.0.0.0:9092 | nobody can connect to this host
                    inter.broker.listener.name     | CONTROLLER             | is the controllers' listener
                    raft.port.offset               | 60000                  | gives node 1 the Raft port 69093
                    raft.port.offset               | 0                      | choose another offset
                    raft.port.offset               | -1                     | is the listener PLAINTEXT://:9092
                    cluster.id                     | not an id              | 1 to 64 letters
                    broker.session.timeout.ms      | 600                    | at least twice broker.heartbeat.interval.ms
                    broker.id                      | 9                      | node.id=2 and broker.id=9 differ
                    """)
    void refusesBadValuesWithOneLine(String key, String value, String reason) {
        assertThatThrownBy(() -> NodeConfig.parse(properties(STATIC_QUORUM), Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(reason)
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({"log.dirs", "node.id", "process.roles", "controller.quorum.voters", "listeners"})
    void namesAMissingKey(String key) {
        Properties properties = properties(STATIC_QUORUM);
        properties.remove(key);

        assertThatThrownBy(() -> NodeConfig.parse(properties, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key + " is missing");
    }

    @Test
    void tellsAZooKeeperFileWhatToChange() {
        assertThatThrownBy(() -> NodeConfig.parse(
                        Map.of("broker.id", "0", "zookeeper.connect", "localhost:2181", "log.dirs", "/tmp/kafka-logs")))
                .hasMessageContaining("process.roles is missing")
                .hasMessageContaining("there is no ZooKeeper");
    }

    @Test
    void readsABrokerThatIsNoVoter() {
        NodeConfig config = NodeConfig.parse(Map.of(
                "node.id", "4",
                "process.roles", "broker",
                "listeners", "PLAINTEXT://host4:9092",
                "controller.quorum.voters", "1@a:9093,2@b:9093,3@c:9093",
                "log.dirs", "/data/a, /data/b",
                "broker.rack", ""));

        assertThat(config.isController()).isFalse();
        assertThat(config.controllerListener()).isNull();
        assertThat(config.rack()).isNull();
        assertThat(config.logDirs()).containsExactly(Path.of("/data/a"), Path.of("/data/b"));
        assertThat(config.advertisedEndpoints()).containsExactly(new Endpoint("PLAINTEXT", "host4", 9092, (short) 0));
    }

    @Test
    void derivesTheSameClusterIdOnEveryNode() {
        NodeConfig one = NodeConfig.parse(properties(STATIC_QUORUM), Map.of());
        NodeConfig other = NodeConfig.parse(
                properties(STATIC_QUORUM),
                Map.of("controller.quorum.voters", "3@KAFKA3:9093,2@kafka2:9093,1@Kafka1:9093"));
        NodeConfig third = NodeConfig.parse(
                properties(STATIC_QUORUM),
                Map.of("controller.quorum.voters", "1@kafka1:9093,2@kafka2:9093,4@kafka3:9093"));

        assertThat(one.clusterId()).isEqualTo(other.clusterId()).isNotEqualTo(third.clusterId());
        assertThat(Uuid.fromString(one.clusterId()).toString())
                .isEqualTo(one.clusterId())
                .hasSize(22);
        // Pinned: another derivation would lock nodes with an upgraded binary out of their cluster.
        assertThat(one.clusterId()).isEqualTo("FWHccFIlWBEICE-drbu1Rg");
    }

    @Test
    void describesValuesWithTheirSource() {
        NodeConfig config = NodeConfig.parse(properties(STATIC_QUORUM), Map.of("num.partitions", "6"));
        Map<String, DescribedSetting> described = new HashMap<>();
        config.describe(MetadataImage.EMPTY)
                .forEach(setting -> described.put(setting.setting().name(), setting));

        assertThat(setting(described, "num.partitions").value()).isEqualTo("6");
        assertThat(setting(described, "num.partitions").source()).isEqualTo(SettingSource.STATIC_BROKER);
        assertThat(setting(described, "num.partitions").synonyms())
                .extracting(DescribedSetting.Synonym::value)
                .containsExactly("6", "1");
        assertThat(setting(described, "fetch.max.bytes").source()).isEqualTo(SettingSource.DEFAULT);
        assertThat(setting(described, "broker.rack").value()).isNull();
    }

    @Test
    void keepsEveryWarningFreeKeyOutOfTheAcceptedList() {
        List<String> served = ConfigReference.NODE.all().stream()
                .filter(setting -> setting.status() == Setting.Status.SERVED)
                .map(Setting::name)
                .toList();

        assertThat(served).contains("min.insync.replicas", "log.retention.ms").doesNotContain("zookeeper.connect");
        assertThat(ConfigReference.NODE.all()).allSatisfy(setting -> {
            if (setting.defaultText() != null) {
                setting.read(setting.defaultText());
            }
        });
    }

    private static Properties properties(String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return properties;
    }

    private static DescribedSetting setting(Map<String, DescribedSetting> described, String name) {
        return Objects.requireNonNull(described.get(name), name);
    }
}
