/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.controller.ConfigOperation.Kind;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is missing fails the test
class ConfigAltererTest {
    private static final ConfigKey TOPIC = new ConfigKey(ConfigResourceType.TOPIC, "t");
    private static final ConfigKey ALL_BROKERS = new ConfigKey(ConfigResourceType.BROKER, "");

    private final ClusterFixture cluster = ClusterFixture.withBrokers(1, 2, 3).withPartition(2, 1, 2, 3);
    private final ConfigAlterer alterer = new ConfigAlterer(new Rules());

    /** Knows the properties "a", "b" and the list "list"; "a" must not be "bad", nor be equal to "b". */
    private static final class Rules implements ConfigRules {
        @Override
        public String refusal(ConfigKey resource, String property) {
            return List.of("a", "b", "list", "min.insync.replicas").contains(property) ? null : "unknown " + property;
        }

        @Override
        public boolean isList(ConfigResourceType type, String property) {
            return property.equals("list");
        }

        @Override
        public String inherited(MetadataImage image, ConfigKey resource, String property) {
            return "x,y";
        }

        @Override
        public String invalid(ConfigKey resource, Map<String, String> values) {
            String a = values.get("a");
            return a != null && (a.equals("bad") || a.equals(values.get("b"))) ? "a=" + a : null;
        }
    }

    private static ConfigOperation set(String key, String value) {
        return new ConfigOperation(key, Kind.SET, value);
    }

    private static ConfigOperation delete(String key) {
        return new ConfigOperation(key, Kind.DELETE, null);
    }

    private static ConfigAlteration alteration(ConfigKey resource, ConfigOperation... operations) {
        return new ConfigAlteration(resource.type(), resource.name(), false, List.of(operations));
    }

    private ConfigAlterationResult alter(ConfigKey resource, ConfigOperation... operations) {
        return decide(false, alteration(resource, operations)).get(0);
    }

    private List<ConfigAlterationResult> decide(boolean validateOnly, ConfigAlteration... alterations) {
        Decision<List<ConfigAlterationResult>> decision =
                alterer.alter(cluster.image, Arrays.asList(alterations), validateOnly);
        cluster.apply(decision.facts());
        return decision.reply();
    }

    private Map<String, String> values(ConfigKey resource) {
        return cluster.image.config(resource);
    }

    @Test
    void setsAndDeletes() {
        assertThat(alter(ALL_BROKERS, set("a", "1"), set("b", "2")).error()).isEqualTo(Errors.NONE);
        assertThat(values(ALL_BROKERS)).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(alter(ALL_BROKERS, delete("a"), set("b", "3")).error()).isEqualTo(Errors.NONE);
        assertThat(values(ALL_BROKERS)).isEqualTo(Map.of("b", "3"));
    }

    @Test
    void writesOnlyWhatDiffers() {
        alter(TOPIC, set("a", "1"), set("b", "2"));
        Decision<List<ConfigAlterationResult>> again = alterer.alter(
                cluster.image, List.of(alteration(TOPIC, set("a", "1"), set("b", "9"), delete("list"))), false);
        assertThat(again.facts()).containsExactly(new ConfigChanged(ConfigResourceType.TOPIC, "t", "b", "9"));
    }

    @Test
    void listsGrowFromWhatIsInheritedAndShrink() {
        alter(TOPIC, new ConfigOperation("list", Kind.APPEND, "y, z"));
        assertThat(values(TOPIC)).containsEntry("list", "x,y,z");
        alter(TOPIC, new ConfigOperation("list", Kind.APPEND, "z"));
        assertThat(values(TOPIC)).containsEntry("list", "x,y,z");
        alter(TOPIC, new ConfigOperation("list", Kind.SUBTRACT, "x,z,w"));
        assertThat(values(TOPIC)).containsEntry("list", "y");
        ConfigAlterationResult noList = alter(TOPIC, new ConfigOperation("a", Kind.APPEND, "1"));
        assertThat(noList.error()).isEqualTo(Errors.INVALID_CONFIG);
        assertThat(noList.message()).contains("a is no list");
    }

    @Test
    void replacingRemovesWhatIsNotNamed() {
        alter(TOPIC, set("a", "1"));
        decide(false, new ConfigAlteration(ConfigResourceType.TOPIC, "t", true, List.of(set("b", "2"))));
        assertThat(values(TOPIC)).isEqualTo(Map.of("b", "2"));
    }

    @Test
    void allChangesOfAResourceOrNoneAndEachResourceForItself() {
        List<ConfigAlterationResult> results = decide(
                false,
                alteration(TOPIC, set("b", "2"), set("a", "bad")),
                alteration(new ConfigKey(ConfigResourceType.BROKER, "2"), set("b", "2")));
        assertThat(results)
                .extracting(ConfigAlterationResult::error)
                .containsExactly(Errors.INVALID_CONFIG, Errors.NONE);
        assertThat(values(TOPIC)).doesNotContainKey("b");
        assertThat(values(new ConfigKey(ConfigResourceType.BROKER, "2"))).isEqualTo(Map.of("b", "2"));
    }

    @Test
    void valuesAreCheckedTogetherWithThoseThatStay() {
        alter(TOPIC, set("a", "1"));
        assertThat(alter(TOPIC, set("b", "1")).error()).isEqualTo(Errors.INVALID_CONFIG);
        assertThat(values(TOPIC)).doesNotContainKey("b");
    }

    @Test
    void validatesWithoutChanging() {
        assertThat(decide(true, alteration(TOPIC, set("a", "1"))).get(0).error())
                .isEqualTo(Errors.NONE);
        assertThat(decide(true, alteration(TOPIC, set("a", "bad"))).get(0).error())
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(values(TOPIC)).doesNotContainKey("a");
    }

    @Test
    void refusesWhatDoesNotExist() {
        long offset = cluster.image.endOffset();
        assertThat(alter(new ConfigKey(ConfigResourceType.TOPIC, "nowhere"), set("a", "1"))
                        .error())
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(alter(new ConfigKey(ConfigResourceType.BROKER, "9"), set("a", "1"))
                        .error())
                .isEqualTo(Errors.BROKER_ID_NOT_REGISTERED);
        assertThat(alter(new ConfigKey(ConfigResourceType.BROKER, "01"), set("a", "1"))
                        .error())
                .isEqualTo(Errors.BROKER_ID_NOT_REGISTERED);
        assertThat(alter(new ConfigKey(ConfigResourceType.BROKER, "one"), set("a", "1"))
                        .error())
                .isEqualTo(Errors.INVALID_REQUEST);
        assertThat(alter(TOPIC, set("c", "1")).error()).isEqualTo(Errors.INVALID_CONFIG);
        assertThat(alter(TOPIC, delete("c")).error()).isEqualTo(Errors.INVALID_CONFIG);
        assertThat(alter(TOPIC, set("a", null)).error()).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(alter(TOPIC, set("a", "v".repeat(ConfigAlterer.MAX_VALUE_BYTES + 1)))
                        .error())
                .isEqualTo(Errors.INVALID_CONFIG);
        assertThat(cluster.image.endOffset()).isEqualTo(offset);
    }

    @Test
    void aValueThatThisProgramDoesNotKnowCanBeRemoved() {
        cluster.apply(List.of(new ConfigChanged(ConfigResourceType.TOPIC, "t", "of.a.newer.version", "1")));
        assertThat(alter(TOPIC, delete("of.a.newer.version")).error()).isEqualTo(Errors.NONE);
        assertThat(values(TOPIC)).doesNotContainKey("of.a.newer.version");
    }

    @Test
    void groupsHaveSettingsWhenAllBrokersKnowThem() {
        ConfigKey group = new ConfigKey(ConfigResourceType.GROUP, "g");
        cluster.apply(List.of(new MetadataVersionFinalized(MetadataVersions.VOTERS)));
        ConfigAlterationResult early = alter(group, set("a", "1"));
        assertThat(early.error()).isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(early.message()).contains("klamm.metadata.version 4");

        cluster.apply(List.of(new MetadataVersionFinalized(MetadataVersions.GROUP_CONFIGS)));
        assertThat(alter(group, set("a", "1")).error()).isEqualTo(Errors.NONE);
        assertThat(values(group)).isEqualTo(Map.of("a", "1"));
        assertThat(alter(new ConfigKey(ConfigResourceType.GROUP, ""), set("a", "1"))
                        .error())
                .isEqualTo(Errors.INVALID_REQUEST);
    }
}
