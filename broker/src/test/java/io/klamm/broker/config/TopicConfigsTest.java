/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.storage.batch.CompressionLevels;
import io.klamm.storage.log.LogConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

class TopicConfigsTest {

    @Test
    void resolvesToTheDefaultsOfTheLog() {
        assertThat(topics(Map.of()).logConfig(Map.of())).isEqualTo(LogConfig.DEFAULT);
    }

    @Test
    void asksTopicThenBrokerThenAllBrokersThenFileThenDefault() {
        TopicConfigs topics = topics(Map.of("log.segment.bytes", "5000"));
        PMap<ConfigKey, PMap<String, String>> configs = HashTreePMap.empty();

        assertThat(topics.logConfig(image(configs), "t").segmentBytes()).isEqualTo(5000);
        configs = configs.plus(brokers(""), HashTreePMap.singleton("log.segment.bytes", "6000"));
        assertThat(topics.logConfig(image(configs), "t").segmentBytes()).isEqualTo(6000);
        configs = configs.plus(brokers("1"), HashTreePMap.singleton("log.segment.bytes", "7000"));
        assertThat(topics.logConfig(image(configs), "t").segmentBytes()).isEqualTo(7000);
        configs = configs.plus(topic("t"), HashTreePMap.singleton("segment.bytes", "8000"));
        assertThat(topics.logConfig(image(configs), "t").segmentBytes()).isEqualTo(8000);
        assertThat(topics.logConfig(image(configs), "other").segmentBytes()).isEqualTo(7000);
    }

    @Test
    void compressionLevelsReachTheLog() {
        TopicConfigs topics = topics(Map.of("compression.lz4.level", "12"));
        PMap<ConfigKey, PMap<String, String>> configs = HashTreePMap.empty();
        configs = configs.plus(topic("t"), HashTreePMap.singleton("compression.zstd.level", "19"));
        configs = configs.plus(brokers(""), HashTreePMap.singleton("compression.gzip.level", "4"));
        assertThat(topics.logConfig(image(configs), "t").validation().levels())
                .isEqualTo(new CompressionLevels(4, 12, 19));
    }

    @Test
    void prefersTheFinerUnit() {
        assertThat(topics(Map.of("log.retention.hours", "2"))
                        .logConfig(Map.of())
                        .retention()
                        .retentionMs())
                .isEqualTo(7_200_000);
        assertThat(topics(Map.of("log.retention.hours", "2", "log.retention.minutes", "3"))
                        .logConfig(Map.of())
                        .retention()
                        .retentionMs())
                .isEqualTo(180_000);
        assertThat(topics(Map.of("log.retention.hours", "2", "log.retention.ms", "-1"))
                        .logConfig(Map.of())
                        .retention()
                        .retentionMs())
                .isEqualTo(-1);
        assertThat(topics(Map.of("log.retention.hours", "-1"))
                        .logConfig(Map.of())
                        .retention()
                        .retentionMs())
                .isEqualTo(-1);
    }

    @Test
    void limitsMinInsyncReplicasByTheReplicas() {
        TopicConfigs automatic = topics(Map.of());
        assertThat(automatic.minInsyncReplicas(MetadataImage.EMPTY, "t", 1)).isEqualTo(1);
        assertThat(automatic.minInsyncReplicas(MetadataImage.EMPTY, "t", 2)).isEqualTo(2);
        assertThat(automatic.minInsyncReplicas(MetadataImage.EMPTY, "t", 5)).isEqualTo(2);

        TopicConfigs one = topics(Map.of("min.insync.replicas", "1"));
        assertThat(one.minInsyncReplicas(MetadataImage.EMPTY, "t", 3)).isEqualTo(1);
        MetadataImage image =
                image(HashTreePMap.singleton(topic("t"), HashTreePMap.singleton("min.insync.replicas", "3")));
        assertThat(one.minInsyncReplicas(image, "t", 3)).isEqualTo(3);
        assertThat(one.minInsyncReplicas(image, "t", 2)).isEqualTo(2);
    }

    @Test
    void theClusterAgreesOnMinInsyncReplicasSoASingleBrokersValueDoesNotCount() {
        TopicConfigs topics = topics(Map.of("min.insync.replicas", "3"));
        PMap<ConfigKey, PMap<String, String>> configs = HashTreePMap.empty();
        configs = configs.plus(brokers("1"), HashTreePMap.singleton("min.insync.replicas", "1"));
        assertThat(topics.minInsyncReplicas(image(configs), "t", 3)).isEqualTo(3);
        assertThat(topics.describe(image(configs), "t", 3))
                .filteredOn(described -> described.setting().name().equals("min.insync.replicas"))
                .singleElement()
                .satisfies(described -> {
                    assertThat(described.value()).isEqualTo("3");
                    assertThat(described.source()).isEqualTo(SettingSource.STATIC_BROKER);
                });
        configs = configs.plus(brokers(""), HashTreePMap.singleton("min.insync.replicas", "2"));
        assertThat(topics.minInsyncReplicas(image(configs), "t", 3)).isEqualTo(2);
        configs = configs.plus(topic("t"), HashTreePMap.singleton("min.insync.replicas", "1"));
        assertThat(topics.minInsyncReplicas(image(configs), "t", 3)).isEqualTo(1);
    }

    @Test
    void saysWhatIsWrongWithATopicsSettings() {
        assertThat(TopicConfigs.validate(Map.of("retention.ms", "1000", "cleanup.policy", "compact,delete")))
                .isNull();
        assertThat(TopicConfigs.validate(Map.of("retension.ms", "1000")))
                .isEqualTo("unknown topic setting retension.ms; the nearest known one is retention.ms");
        assertThat(TopicConfigs.validate(Map.of("cleanup.policy", "shred")))
                .isEqualTo("cleanup.policy=shred: expected list, one or more of delete, compact");
        assertThat(TopicConfigs.validate(Map.of("min.insync.replicas", "0"))).contains("at least 1");
        assertThat(TopicConfigs.validate(Map.of("remote.storage.enable", "true")))
                .contains("expected boolean, false");
    }

    @Test
    void describesATopicWithSources() {
        TopicConfigs topics = topics(Map.of("log.retention.hours", "1"));
        MetadataImage image = image(HashTreePMap.singleton(topic("t"), HashTreePMap.singleton("segment.ms", "99")));
        Map<String, DescribedSetting> described = new HashMap<>();
        topics.describe(image, "t", 3)
                .forEach(setting -> described.put(setting.setting().name(), setting));

        assertThat(setting(described, "segment.ms").value()).isEqualTo("99");
        assertThat(setting(described, "segment.ms").source()).isEqualTo(SettingSource.TOPIC);
        assertThat(setting(described, "retention.ms").value()).isEqualTo("3600000");
        assertThat(setting(described, "retention.ms").source()).isEqualTo(SettingSource.STATIC_BROKER);
        assertThat(setting(described, "retention.ms").synonyms())
                .extracting(DescribedSetting.Synonym::name)
                .startsWith("log.retention.hours");
        assertThat(setting(described, "min.insync.replicas").value()).isEqualTo("2");
        assertThat(setting(described, "min.insync.replicas").source()).isEqualTo(SettingSource.DEFAULT);
        assertThat(described.values())
                .allSatisfy(setting -> assertThat(setting.value()).isNotNull());
    }

    private static TopicConfigs topics(Map<String, String> file) {
        Map<String, String> values = new HashMap<>(file);
        values.put("node.id", "1");
        values.put("process.roles", "broker,controller");
        values.put("listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093");
        values.put("controller.quorum.voters", "1@localhost:9093");
        values.put("log.dirs", "data");
        return NodeConfig.parse(values).topics();
    }

    private static ConfigKey topic(String name) {
        return new ConfigKey(ConfigResourceType.TOPIC, name);
    }

    private static ConfigKey brokers(String name) {
        return new ConfigKey(ConfigResourceType.BROKER, name);
    }

    private static MetadataImage image(PMap<ConfigKey, PMap<String, String>> configs) {
        MetadataImage empty = MetadataImage.EMPTY;
        return new MetadataImage(
                empty.endOffset(),
                empty.term(),
                empty.clusterId(),
                empty.voters(),
                empty.metadataVersion(),
                empty.brokers(),
                empty.topics(),
                empty.topicIds(),
                empty.partitionsByBroker(),
                empty.preferredLeaders(),
                configs,
                empty.nextProducerId(),
                empty.lastDigest());
    }

    private static DescribedSetting setting(Map<String, DescribedSetting> described, String name) {
        return Objects.requireNonNull(described.get(name), name);
    }
}
