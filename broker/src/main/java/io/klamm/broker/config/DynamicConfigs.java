/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.metadata.controller.ConfigRules;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may be configured while the cluster runs: any setting of a topic; of brokers those whose mode says so. Unknown keys are refused,
 * with the nearest known one, since a misspelt setting that is silently kept does nothing.
 */
public final class DynamicConfigs implements ConfigRules {
    private final NodeConfig node;

    /** @param node any node of the cluster: its file gives the values that lists begin with */
    public DynamicConfigs(NodeConfig node) {
        this.node = node;
    }

    @Override
    public @Nullable String refusal(ConfigKey resource, String property) {
        Setting<?> setting = registry(resource.type()).find(property);
        if (setting == null) {
            return unknown(resource.type(), property);
        }
        if (resource.type() != ConfigResourceType.BROKER) {
            return null;
        }
        if (setting.status() == Setting.Status.ACCEPTED) {
            return property + " has no meaning here";
        }
        boolean ofAll = resource.name().isEmpty();
        return switch (setting.mode()) {
            case READ_ONLY ->
                property + " is read when a node starts: change it in the node's file and restart the node";
            case PER_BROKER -> ofAll ? property + " is set for each broker by itself, not for all brokers" : null;
            case CLUSTER_WIDE -> null;
            case CLUSTER_ONLY ->
                ofAll
                        ? null
                        : property + " must be the same on all nodes: set it for all brokers, not for broker "
                                + resource.name();
        };
    }

    private static String unknown(ConfigResourceType type, String property) {
        if (type == ConfigResourceType.GROUP) {
            return GroupConfigs.unknown(property);
        }
        boolean isTopic = type == ConfigResourceType.TOPIC;
        if (isTopic && ConfigReference.NODE.find(property) != null) {
            return TopicConfigs.unknown(property) + "; " + property + " is a setting of brokers";
        }
        if (!isTopic && TopicSettings.REGISTRY.find(property) != null) {
            return FileValues.unknown(property);
        }
        return isTopic ? TopicConfigs.unknown(property) : FileValues.unknown(property);
    }

    @Override
    public boolean isList(ConfigResourceType type, String property) {
        Setting<?> setting = registry(type).find(property);
        return setting != null && setting.type().id() == SettingType.LIST.id();
    }

    @Override
    public String inherited(MetadataImage image, ConfigKey resource, String property) {
        String value =
                switch (resource.type()) {
                    case TOPIC -> ofTopics(image, property);
                    case BROKER -> ofBrokers(image, resource, property);
                    case GROUP -> node.groups().inherited(property);
                };
        return value == null ? "" : value;
    }

    private @Nullable String ofTopics(MetadataImage image, String property) {
        for (DescribedSetting described : node.topics().describe(image, Map.of(), 1)) {
            if (described.setting().name().equals(property)) {
                return described.value();
            }
        }
        return null;
    }

    private @Nullable String ofBrokers(MetadataImage image, ConfigKey resource, String property) {
        ConfigKey allBrokers = new ConfigKey(ConfigResourceType.BROKER, "");
        String ofAll =
                resource.equals(allBrokers) ? null : image.config(allBrokers).get(property);
        return ofAll != null ? ofAll : node.startText(property);
    }

    @Override
    public @Nullable String invalid(ConfigKey resource, Map<String, String> values) {
        if (resource.type() == ConfigResourceType.TOPIC) {
            return TopicConfigs.validate(values);
        }
        if (resource.type() == ConfigResourceType.GROUP) {
            return node.groups().validate(values);
        }
        for (Map.Entry<String, String> entry : values.entrySet()) {
            Setting<?> setting = ConfigReference.NODE.find(entry.getKey());
            if (setting != null) {
                try {
                    setting.read(entry.getValue());
                } catch (ConfigException e) {
                    return e.getMessage();
                }
            }
        }
        return null;
    }

    private static SettingRegistry registry(ConfigResourceType type) {
        return switch (type) {
            case TOPIC -> TopicSettings.REGISTRY;
            case BROKER -> ConfigReference.NODE;
            case GROUP -> GroupConfigs.REGISTRY;
        };
    }
}
