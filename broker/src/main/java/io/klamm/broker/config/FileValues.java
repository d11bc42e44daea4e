/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a node's file, each one known and of its type.
 *
 * @param values text by name, trimmed; a key without a value counts as not set
 * @param ratisProperties what was given under {@link #RATIS_PREFIX}, without the prefix
 * @param warnings one line for each key that has no meaning here
 */
record FileValues(Map<String, String> values, Map<String, String> ratisProperties, List<String> warnings) {

    /** Properties of Ratis, for experts: {@code klamm.ratis.raft.server.rpc.slowness.timeout=60s}. */
    static final String RATIS_PREFIX = "klamm.ratis.";

    /** @throws ConfigException on the first unknown key (by name) or value that its setting does not take */
    static FileValues check(Map<String, String> raw) {
        Map<String, String> values = new HashMap<>();
        Map<String, String> ratis = new HashMap<>();
        List<String> warnings = new ArrayList<>();
        for (Map.Entry<String, String> entry : new TreeMap<>(raw).entrySet()) {
            String name = entry.getKey().trim();
            String text = entry.getValue().trim();
            Setting<?> setting = ConfigReference.NODE.find(name);
            if (name.startsWith(RATIS_PREFIX)) {
                ratis.put(name.substring(RATIS_PREFIX.length()), text);
            } else if (setting == null && KafkaOnlyKeys.PREFIXES.stream().noneMatch(name::startsWith)) {
                throw new ConfigException(unknown(name));
            } else if (setting == null || setting.status() == Setting.Status.ACCEPTED) {
                warnings.add(name + " has no meaning here and is ignored");
            } else if (!text.isEmpty()) {
                setting.read(text);
                values.put(name, text);
            }
        }
        return new FileValues(Map.copyOf(values), Map.copyOf(ratis), List.copyOf(warnings));
    }

    /** The value, or its default. For settings that have a default. */
    <T> T get(Setting<T> setting) {
        T value = find(setting);
        if (value == null) {
            throw new ConfigException(setting.name() + " is missing: " + setting.doc());
        }
        return value;
    }

    /** The value, or its default, or null when there is none. */
    <T> @Nullable T find(Setting<T> setting) {
        String text = values.get(setting.name());
        if (text == null) {
            text = setting.defaultText();
        }
        return text == null ? null : setting.read(text);
    }

    boolean isBroker() {
        return get(NodeSettings.PROCESS_ROLES).contains("broker");
    }

    boolean isController() {
        return get(NodeSettings.PROCESS_ROLES).contains("controller");
    }

    /** Why a property that no setting has cannot be set, with the nearest that can. */
    static String unknown(String name) {
        for (TopicSetting<?> topic : TopicSettings.all()) {
            if (topic.setting().name().equals(name) && !topic.defaults().isEmpty()) {
                return "unknown key " + name + ": it is a setting of topics, whose default for all topics is "
                        + topic.defaults().get(0).setting().name();
            }
        }
        String nearest = ConfigReference.NODE.nearest(name);
        return "unknown key " + name
                + (nearest == null ? "; docs/CONFIGURATION.md has all" : ": the nearest known one is " + nearest);
    }
}
