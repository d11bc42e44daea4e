/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What single consumer groups may have otherwise than the nodes' settings say (KIP-848), within the bounds that those set. */
public final class GroupConfigs {
    public static final Setting<Integer> SESSION_TIMEOUT_MS = Setting.dynamic(
            "consumer.session.timeout.ms",
            SettingType.INT,
            null,
            ValueRule.atLeast(1),
            "A member of the group that is not heard for so long is out.");

    public static final Setting<Integer> HEARTBEAT_INTERVAL_MS = Setting.dynamic(
            "consumer.heartbeat.interval.ms",
            SettingType.INT,
            null,
            ValueRule.atLeast(1),
            "How often members of the group are asked to be heard.");

    static final SettingRegistry REGISTRY = new SettingRegistry(List.of(SESSION_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS));

    /** One of these settings, the node's for groups that do not set it, and between which values a group may. */
    private record Bounded(
            Setting<Integer> setting, Setting<Integer> ofNode, Setting<Integer> min, Setting<Integer> max) {}

    private static final List<Bounded> ALL = List.of(
            new Bounded(
                    SESSION_TIMEOUT_MS,
                    ConsumerGroupSettings.SESSION_TIMEOUT_MS,
                    ConsumerGroupSettings.MIN_SESSION_TIMEOUT_MS,
                    ConsumerGroupSettings.MAX_SESSION_TIMEOUT_MS),
            new Bounded(
                    HEARTBEAT_INTERVAL_MS,
                    ConsumerGroupSettings.HEARTBEAT_INTERVAL_MS,
                    ConsumerGroupSettings.MIN_HEARTBEAT_INTERVAL_MS,
                    ConsumerGroupSettings.MAX_HEARTBEAT_INTERVAL_MS));

    private final FileValues file;

    GroupConfigs(FileValues file) {
        this.file = file;
    }

    /**
     * Checks what the node's file says of all groups.
     *
     * @throws ConfigException when a default is not within its own bounds, or members could not be heard in time
     */
    void check() {
        String wrong = invalid(Map.of());
        if (wrong != null) {
            throw new ConfigException(wrong);
        }
    }

    /** What is wrong with the settings that somebody wants to give a group, in one sentence, or null when they are fine. */
    @Nullable
    String validate(Map<String, String> values) {
        for (String name : values.keySet()) {
            if (REGISTRY.find(name) == null) {
                return unknown(name);
            }
        }
        try {
            return invalid(values);
        } catch (ConfigException e) {
            return e.getMessage();
        }
    }

    private @Nullable String invalid(Map<String, String> values) {
        for (Bounded bounded : ALL) {
            int value = value(bounded, values);
            int min = file.get(bounded.min());
            int max = file.get(bounded.max());
            if (value < min || value > max) {
                return nameOf(bounded, values) + "=" + value + ": expected between " + min + " and " + max + " ("
                        + bounded.min().name() + ", " + bounded.max().name() + ")";
            }
        }
        int session = value(ALL.get(0), values);
        int heartbeat = value(ALL.get(1), values);
        return heartbeat < session
                ? null
                : nameOf(ALL.get(1), values) + "=" + heartbeat + " must be below " + nameOf(ALL.get(0), values) + "="
                        + session;
    }

    private int value(Bounded bounded, Map<String, String> values) {
        String own = values.get(bounded.setting().name());
        return own == null ? file.get(bounded.ofNode()) : bounded.setting().read(own);
    }

    private static String nameOf(Bounded bounded, Map<String, String> values) {
        return (values.containsKey(bounded.setting().name()) ? bounded.setting() : bounded.ofNode()).name();
    }

    /** The value of a group that does not set it; null when there is no such setting. */
    @Nullable
    String inherited(String name) {
        for (Bounded bounded : ALL) {
            if (bounded.setting().name().equals(name)) {
                return Integer.toString(file.get(bounded.ofNode()));
            }
        }
        return null;
    }

    static String unknown(String name) {
        String nearest = REGISTRY.nearest(name);
        return "unknown group setting " + name + (nearest == null ? "" : "; the nearest known one is " + nearest);
    }

    /** All settings of a group with their values, for DescribeConfigs. The group need not exist. */
    public List<DescribedSetting> describe(MetadataImage image, String groupId) {
        Map<String, String> own = image.config(new ConfigKey(ConfigResourceType.GROUP, groupId));
        List<DescribedSetting> described = new ArrayList<>();
        for (Bounded bounded : ALL) {
            String name = bounded.setting().name();
            List<DescribedSetting.Synonym> synonyms = new ArrayList<>();
            String value = own.get(name);
            if (value != null) {
                synonyms.add(new DescribedSetting.Synonym(name, value, SettingSource.GROUP));
            }
            String ofNode = bounded.ofNode().name();
            String inFile = file.values().get(ofNode);
            if (inFile != null) {
                synonyms.add(new DescribedSetting.Synonym(ofNode, inFile, SettingSource.STATIC_BROKER));
            }
            synonyms.add(new DescribedSetting.Synonym(ofNode, bounded.ofNode().defaultText(), SettingSource.DEFAULT));
            described.add(new DescribedSetting(
                    bounded.setting(), synonyms.get(0).value(), synonyms.get(0).source(), false, synonyms));
        }
        return described;
    }
}
