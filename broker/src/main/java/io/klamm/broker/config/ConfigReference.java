/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The whole registry of node settings, and the reference page {@code docs/CONFIGURATION.md} that is written from it. */
public final class ConfigReference {
    private ConfigReference() {}

    /** All keys that a node's file may have. */
    static final SettingRegistry NODE = registry();

    private static SettingRegistry registry() {
        List<Setting<?>> settings = new ArrayList<>(NodeSettings.all());
        settings.addAll(GroupSettings.all());
        settings.addAll(ConsumerGroupSettings.all());
        settings.addAll(LogSettings.all());
        settings.addAll(KafkaOnlyKeys.all());
        return new SettingRegistry(settings);
    }

    /** The page, in Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder();
        page.append("""
                # Configuration

                This page is written from the registry in the code (`io.klamm.broker.config`); a test fails when the two differ,
                and `mvn -pl broker -am test -Dtest=ConfigReferenceTest -Dsurefire.failIfNoSpecifiedTests=false
                -Dklamm.docs.write=true` writes it anew.

                `klamm start FILE.properties [--override key=value ...]` reads properties with Apache Kafka's names where the
                concept is the same. A bad value or an unknown key stops the start with one line; a key of Kafka's without a
                meaning here gets one warning. A key without a value counts as not set. Keys under `klamm.ratis.` go to Apache
                Ratis without the prefix.

                A static-quorum KRaft `server.properties` works unchanged, and no format step is needed. Without `cluster.id`,
                the id of the cluster follows from `controller.quorum.voters`: spell the hosts alike on all nodes.

                Change: `restart` is read at the start. The others take effect while the node runs (`klamm configs alter`):
                `cluster-wide` is set for all brokers or for one of them, `per broker` for each by itself, `cluster-wide only` for
                all alike, since the nodes must agree on it. A value set so wins over the file's.

                ## Node

                """);
        table(page, NodeSettings.all());
        page.append("\n## Consumer groups\n\n");
        table(page, GroupSettings.all());
        page.append("\n## Consumer groups of the newer protocol (KIP-848)\n\n");
        table(page, ConsumerGroupSettings.all());
        page.append("""

                ## Single consumer groups

                Set for one group by its name, which need not exist yet (`klamm configs alter group NAME`), with effect from the next
                heartbeat of each member. What a group does not set is as the node setting says that has `group.` in front of the name;
                those with `min` and `max` in their names bound it.

                | Name | Type and values | Meaning |
                | --- | --- | --- |
                """);
        for (Setting<?> setting : GroupConfigs.REGISTRY.all()) {
            row(page, code(setting.name()), setting.expectation(), setting.doc());
        }
        page.append("\n## Defaults of logs, and internal topics\n\n");
        table(page, LogSettings.all());
        page.append("""

                ## Topics

                Given when a topic is created, or later (`klamm configs alter topic`), with effect at once. What a topic does not
                set comes from the first node setting in the last column that has a value.

                | Name | Type and values | Default | Meaning | Default from |
                | --- | --- | --- | --- | --- |
                """);
        for (TopicSetting<?> topic : TopicSettings.all()) {
            Setting<?> setting = topic.setting();
            String from = topic.defaults().stream()
                    .map(node -> "`" + node.setting().name() + "`")
                    .collect(Collectors.joining(", "));
            String builtIn = topic.builtIn();
            row(page, code(setting.name()), setting.expectation(), shown(builtIn), setting.doc(), from);
        }
        page.append("""

                ## Keys of Apache Kafka without a meaning here

                They are accepted, with one warning each; so is every key that begins with %s.

                """.formatted(
                KafkaOnlyKeys.PREFIXES.stream().map(ConfigReference::code).collect(Collectors.joining(", "))));
        accepted(page);
        return page.toString();
    }

    private static void table(StringBuilder page, List<Setting<?>> settings) {
        page.append("| Name | Type and values | Default | Change | Meaning |\n| --- | --- | --- | --- | --- |\n");
        for (Setting<?> setting : settings) {
            row(
                    page,
                    code(setting.name()),
                    setting.expectation(),
                    shown(setting.defaultText()),
                    setting.mode().label(),
                    setting.doc());
        }
    }

    private static void accepted(StringBuilder page) {
        Map<String, List<String>> byFirstWord = new TreeMap<>();
        for (Setting<String> key : KafkaOnlyKeys.all()) {
            String word = key.name().split("\\.", 2)[0];
            byFirstWord.computeIfAbsent(word, w -> new ArrayList<>()).add(code(key.name()));
        }
        byFirstWord.values().forEach(names -> page.append("* ")
                .append(String.join(", ", names))
                .append('\n'));
    }

    private static void row(StringBuilder page, String... cells) {
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String shown(@Nullable String defaultText) {
        return defaultText == null || defaultText.isEmpty() ? "" : code(defaultText);
    }

    private static String code(String text) {
        return "`" + text + "`";
    }
}
