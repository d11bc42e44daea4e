/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DynamicConfigsTest {
    private static final ConfigKey TOPIC = new ConfigKey(ConfigResourceType.TOPIC, "t");
    private static final ConfigKey BROKER = new ConfigKey(ConfigResourceType.BROKER, "1");
    private static final ConfigKey ALL_BROKERS = new ConfigKey(ConfigResourceType.BROKER, "");

    private final NodeConfig node = NodeConfig.parse(Map.of(
            "node.id", "1",
            "process.roles", "broker,controller",
            "listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
            "controller.listener.names", "CONTROLLER",
            "controller.quorum.voters", "1@localhost:9093",
            "log.dirs", "data",
            "log.cleanup.policy", "compact"));
    private final DynamicConfigs rules = new DynamicConfigs(node);

    @Test
    void anySettingOfATopicIsDynamic() {
        for (TopicSetting<?> setting : TopicSettings.all()) {
            assertThat(rules.refusal(TOPIC, setting.setting().name())).isNull();
        }
    }

    @Test
    void whatIsReadAtTheStartIsRefusedWithTheReason() {
        assertThat(rules.refusal(ALL_BROKERS, "log.dirs")).contains("read when a node starts");
        assertThat(rules.refusal(BROKER, "listeners")).contains("restart the node");
        assertThat(rules.refusal(BROKER, "log.retention.ms")).isNull();
        assertThat(rules.refusal(ALL_BROKERS, "log.retention.ms")).isNull();
    }

    @Test
    void whatTheClusterMustAgreeOnIsSetForAllBrokersOnly() {
        assertThat(rules.refusal(ALL_BROKERS, "min.insync.replicas")).isNull();
        assertThat(rules.refusal(BROKER, "min.insync.replicas")).contains("set it for all brokers, not for broker 1");
    }

    @Test
    void unknownKeysAreRefusedWithTheNearestKnownOne() {
        assertThat(rules.refusal(TOPIC, "retention.mss")).contains("retention.ms");
        assertThat(rules.refusal(TOPIC, "log.retention.ms")).contains("is a setting of brokers");
        assertThat(rules.refusal(BROKER, "log.retention.mss")).contains("log.retention.ms");
        assertThat(rules.refusal(BROKER, "retention.ms")).contains("log.retention.ms");
        assertThat(rules.refusal(BROKER, "zookeeper.connect")).contains("no meaning here");
    }

    @Test
    void valuesAreReadByTheRegistries() {
        assertThat(rules.invalid(TOPIC, Map.of("retention.ms", "soon"))).contains("retention.ms=soon");
        assertThat(rules.invalid(BROKER, Map.of("log.retention.ms", "-7"))).contains("log.retention.ms=-7");
        assertThat(rules.invalid(TOPIC, Map.of("min.compaction.lag.ms", "9", "max.compaction.lag.ms", "8")))
                .contains("must not be above");
        assertThat(rules.invalid(TOPIC, Map.of("min.compaction.lag.ms", "8", "max.compaction.lag.ms", "8")))
                .isNull();
        assertThat(rules.invalid(ALL_BROKERS, Map.of("min.insync.replicas", "3", "log.retention.ms", "-1")))
                .isNull();
    }

    @Test
    void listsBeginWithWhatIsInherited() {
        assertThat(rules.isList(ConfigResourceType.TOPIC, "cleanup.policy")).isTrue();
        assertThat(rules.isList(ConfigResourceType.TOPIC, "retention.ms")).isFalse();
        assertThat(rules.inherited(MetadataImage.EMPTY, TOPIC, "cleanup.policy"))
                .isEqualTo("compact");
        MetadataImage image = MetadataImage.EMPTY.apply(
                List.of(dynamic(ALL_BROKERS, "log.cleanup.policy", "delete"), dynamic(TOPIC, "cleanup.policy", "x")));
        assertThat(rules.inherited(image, TOPIC, "cleanup.policy")).isEqualTo("delete");
        assertThat(rules.inherited(image, BROKER, "log.cleanup.policy")).isEqualTo("delete");
        assertThat(rules.inherited(image, ALL_BROKERS, "log.cleanup.policy")).isEqualTo("compact");
    }

    @Test
    void aDynamicValueWinsOverTheFilesAndTheOwnOverThatOfAll() {
        Setting<Long> rate = NodeSettings.LEADER_REPLICATION_THROTTLED_RATE;
        assertThat(node.get(MetadataImage.EMPTY, rate)).isEqualTo(Long.MAX_VALUE);
        MetadataImage image = MetadataImage.EMPTY.apply(List.of(dynamic(ALL_BROKERS, rate.name(), "5")));
        assertThat(node.get(image, rate)).isEqualTo(5);
        image = image.apply(List.of(dynamic(BROKER, rate.name(), "6")));
        assertThat(node.get(image, rate)).isEqualTo(6);
        assertThat(node.get(
                        image.apply(List.of(dynamic(BROKER, "min.insync.replicas", "9"))),
                        NodeSettings.MIN_INSYNC_REPLICAS))
                .isEqualTo(-1);
    }

    private static ConfigChanged dynamic(ConfigKey resource, String key, @Nullable String value) {
        return new ConfigChanged(resource.type(), resource.name(), key, value);
    }
}
