/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupConfigsTest {
    private static final String SESSION = "consumer.session.timeout.ms";
    private static final String HEARTBEAT = "consumer.heartbeat.interval.ms";
    private static final ConfigKey GROUP = new ConfigKey(ConfigResourceType.GROUP, "g");

    private static NodeConfig node(Map<String, String> more) {
        Map<String, String> values = new HashMap<>(Map.of(
                "node.id", "1",
                "process.roles", "broker,controller",
                "listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
                "controller.listener.names", "CONTROLLER",
                "controller.quorum.voters", "1@localhost:9093",
                "log.dirs", "data"));
        values.putAll(more);
        return NodeConfig.parse(values);
    }

    @Test
    void aGroupMaySetItsTimesWithinTheBoundsOfTheNodes() {
        DynamicConfigs rules = new DynamicConfigs(node(Map.of()));
        assertThat(rules.refusal(GROUP, SESSION)).isNull();
        assertThat(rules.invalid(GROUP, Map.of(SESSION, "50000", HEARTBEAT, "6000")))
                .isNull();
        assertThat(rules.invalid(GROUP, Map.of(SESSION, "44999"))).contains("expected between 45000 and 60000");
        assertThat(rules.invalid(GROUP, Map.of(HEARTBEAT, "15001"))).contains("expected between 5000 and 15000");
        assertThat(rules.invalid(GROUP, Map.of(SESSION, "soon"))).contains(SESSION);
        assertThat(rules.refusal(GROUP, "consumer.session.timeout"))
                .contains("unknown group setting")
                .contains(SESSION);
        assertThat(rules.inherited(MetadataImage.EMPTY, GROUP, HEARTBEAT)).isEqualTo("5000");
    }

    @Test
    void membersMustBeHeardBeforeTheirSessionEnds() {
        Map<String, String> bounds = Map.of(
                "group.consumer.min.session.timeout.ms", "6000", "group.consumer.max.session.timeout.ms", "60000");
        assertThat(new DynamicConfigs(node(bounds)).invalid(GROUP, Map.of(SESSION, "6000", HEARTBEAT, "6000")))
                .contains("must be below");
    }

    @Test
    void aNodeWhoseDefaultsAreOutsideOfItsBoundsDoesNotStart() {
        assertThatThrownBy(() -> node(Map.of("group.consumer.session.timeout.ms", "6000")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("group.consumer.session.timeout.ms=6000: expected between 45000 and 60000")
                .hasMessageContaining("group.consumer.min.session.timeout.ms");
    }

    @Test
    void aDescriptionTellsWhereAValueComesFrom() {
        NodeConfig node = node(Map.of("group.consumer.heartbeat.interval.ms", "7000"));
        MetadataImage image =
                MetadataImage.EMPTY.apply(List.of(new ConfigChanged(ConfigResourceType.GROUP, "g", SESSION, "50000")));
        List<DescribedSetting> described = node.groups().describe(image, "g");
        assertThat(described).extracting(DescribedSetting::value).containsExactly("50000", "7000");
        assertThat(described)
                .extracting(DescribedSetting::source)
                .containsExactly(SettingSource.GROUP, SettingSource.STATIC_BROKER);
        assertThat(node.groups().describe(image, "other"))
                .extracting(DescribedSetting::value)
                .containsExactly("45000", "7000");
    }
}
