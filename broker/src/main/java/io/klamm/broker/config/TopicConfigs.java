/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.broker.config.DescribedSetting.Synonym;
import io.klamm.broker.config.TopicSetting.NodeDefault;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.storage.batch.CompressionLevels;
import io.klamm.storage.log.LogConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the settings of topics on one node: the topic's own value, else dynamic values of the broker, of all brokers, the
 * node's file, and the built-in default, in this order and for each node setting that gives a default; min.insync.replicas, which the
 * whole cluster must agree on, without the one of the broker. Immutable; any thread.
 */
public final class TopicConfigs {
    private final int nodeId;
    private final Map<String, String> fileValues;
    private final int staticMinInsyncReplicas;

    TopicConfigs(int nodeId, Map<String, String> fileValues) {
        this.nodeId = nodeId;
        this.fileValues = Map.copyOf(fileValues);
        String minInsync = fileValues.get(NodeSettings.MIN_INSYNC_REPLICAS.name());
        this.staticMinInsyncReplicas = minInsync == null ? -1 : NodeSettings.MIN_INSYNC_REPLICAS.read(minInsync);
    }

    /**
     * Checks the settings that somebody wants to give a topic.
     *
     * @return what is wrong with them in one sentence, or null when they are fine
     */
    public static @Nullable String validate(Map<String, String> values) {
        for (Map.Entry<String, String> entry : values.entrySet()) {
            Setting<?> setting = TopicSettings.REGISTRY.find(entry.getKey());
            if (setting == null) {
                return unknown(entry.getKey());
            }
            try {
                setting.read(entry.getValue());
            } catch (ConfigException e) {
                return e.getMessage();
            }
        }
        return notTogether(values);
    }

    /** What no setting shows by itself; among what is set here, since defaults may differ from node to node. */
    private static @Nullable String notTogether(Map<String, String> values) {
        String min = values.get(TopicSettings.MIN_COMPACTION_LAG_MS.setting().name());
        String max = values.get(TopicSettings.MAX_COMPACTION_LAG_MS.setting().name());
        if (min != null
                && max != null
                && TopicSettings.MIN_COMPACTION_LAG_MS.setting().read(min)
                        > TopicSettings.MAX_COMPACTION_LAG_MS.setting().read(max)) {
            return "min.compaction.lag.ms=" + min + " must not be above max.compaction.lag.ms=" + max;
        }
        return null;
    }

    static String unknown(String name) {
        String nearest = TopicSettings.REGISTRY.nearest(name);
        return "unknown topic setting " + name + (nearest == null ? "" : "; the nearest known one is " + nearest);
    }

    /** Settings of a topic's logs as the image has them. The topic need not exist. */
    public LogConfig logConfig(MetadataImage image, String topic) {
        return logConfig(layers(image, topic));
    }

    /** Settings of logs whose topic sets {@code topicValues}, which must be valid. */
    public LogConfig logConfig(Map<String, String> topicValues) {
        return logConfig(new Layers(topicValues, Map.of(), Map.of()));
    }

    /**
     * The effective min.insync.replicas of a topic.
     *
     * @param replicas number of replicas of the partition; the result is never larger, and at least 1
     */
    public int minInsyncReplicas(MetadataImage image, String topic, int replicas) {
        return EffectiveMinIsr.of(image, topic, replicas, staticMinInsyncReplicas);
    }

    /** All settings of a topic with their values, for DescribeConfigs. */
    public List<DescribedSetting> describe(MetadataImage image, String topic, int replicas) {
        return describe(image, image.config(new ConfigKey(ConfigResourceType.TOPIC, topic)), replicas);
    }

    /** The same for a topic that sets {@code topicValues}, which must be valid; it need not exist. */
    public List<DescribedSetting> describe(MetadataImage image, Map<String, String> topicValues, int replicas) {
        Layers layers = layers(image, topicValues);
        List<DescribedSetting> described = new ArrayList<>();
        for (TopicSetting<?> topicSetting : TopicSettings.all()) {
            List<Synonym> synonyms = candidates(topicSetting, layers);
            String value = synonyms.isEmpty() ? null : synonyms.get(0).value();
            if (isMinInsyncReplicas(topicSetting)) {
                value = Integer.toString(EffectiveMinIsr.of(
                        topicValues.get(EffectiveMinIsr.KEY), image, replicas, staticMinInsyncReplicas));
            }
            SettingSource source =
                    synonyms.isEmpty() ? SettingSource.DEFAULT : synonyms.get(0).source();
            described.add(new DescribedSetting(topicSetting.setting(), value, source, false, synonyms));
        }
        return described;
    }

    private record Layers(Map<String, String> topic, Map<String, String> broker, Map<String, String> allBrokers) {}

    private Layers layers(MetadataImage image, String topic) {
        return layers(image, image.config(new ConfigKey(ConfigResourceType.TOPIC, topic)));
    }

    private Layers layers(MetadataImage image, Map<String, String> topicValues) {
        return new Layers(
                topicValues,
                image.config(new ConfigKey(ConfigResourceType.BROKER, Integer.toString(nodeId))),
                image.config(new ConfigKey(ConfigResourceType.BROKER, "")));
    }

    private LogConfig logConfig(Layers layers) {
        List<String> policy = value(TopicSettings.CLEANUP_POLICY, layers);
        return new LogConfig(
                value(TopicSettings.SEGMENT_BYTES, layers),
                value(TopicSettings.SEGMENT_MS, layers),
                value(TopicSettings.SEGMENT_JITTER_MS, layers),
                value(TopicSettings.INDEX_INTERVAL_BYTES, layers),
                value(TopicSettings.SEGMENT_INDEX_BYTES, layers),
                new LogConfig.Flush(value(TopicSettings.FLUSH_MESSAGES, layers), value(TopicSettings.FLUSH_MS, layers)),
                new LogConfig.Validation(
                        value(TopicSettings.MAX_MESSAGE_BYTES, layers),
                        value(TopicSettings.MESSAGE_TIMESTAMP_TYPE, layers).equals("LogAppendTime"),
                        value(TopicSettings.MESSAGE_TIMESTAMP_BEFORE_MAX_MS, layers),
                        value(TopicSettings.MESSAGE_TIMESTAMP_AFTER_MAX_MS, layers),
                        value(TopicSettings.COMPRESSION_TYPE, layers),
                        new CompressionLevels(
                                value(TopicSettings.COMPRESSION_GZIP_LEVEL, layers),
                                value(TopicSettings.COMPRESSION_LZ4_LEVEL, layers),
                                value(TopicSettings.COMPRESSION_ZSTD_LEVEL, layers))),
                new LogConfig.Retention(
                        policy.contains("delete"),
                        policy.contains("compact"),
                        value(TopicSettings.RETENTION_MS, layers),
                        value(TopicSettings.RETENTION_BYTES, layers),
                        value(TopicSettings.FILE_DELETE_DELAY_MS, layers)),
                new LogConfig.Compaction(
                        value(TopicSettings.MIN_CLEANABLE_DIRTY_RATIO, layers),
                        value(TopicSettings.DELETE_RETENTION_MS, layers),
                        value(TopicSettings.MIN_COMPACTION_LAG_MS, layers),
                        value(TopicSettings.MAX_COMPACTION_LAG_MS, layers)));
    }

    private static boolean isMinInsyncReplicas(TopicSetting<?> topicSetting) {
        return topicSetting.setting().name().equals(EffectiveMinIsr.KEY);
    }

    private <T> T value(TopicSetting<T> topicSetting, Layers layers) {
        return topicSetting.setting().read(effective(topicSetting, layers));
    }

    private String effective(TopicSetting<?> topicSetting, Layers layers) {
        String name = topicSetting.setting().name();
        String own = layers.topic().get(name);
        if (own != null) {
            return own;
        }
        for (NodeDefault node : topicSetting.defaults()) {
            String nodeName = node.setting().name();
            for (Map<String, String> layer : List.of(layers.broker(), layers.allBrokers(), fileValues)) {
                String text = layer.get(nodeName);
                if (text != null) {
                    return node.convert(text);
                }
            }
        }
        String builtIn = topicSetting.builtIn();
        if (builtIn == null) {
            throw new IllegalStateException("no default for " + name);
        }
        return builtIn;
    }

    private List<Synonym> candidates(TopicSetting<?> topicSetting, Layers layers) {
        List<Synonym> found = new ArrayList<>();
        String name = topicSetting.setting().name();
        addIfSet(found, name, layers.topic().get(name), SettingSource.TOPIC);
        for (NodeDefault node : topicSetting.defaults()) {
            String nodeName = node.setting().name();
            if (node.setting().mode() != Setting.Mode.CLUSTER_ONLY) {
                addConverted(found, node, layers.broker().get(nodeName), SettingSource.DYNAMIC_BROKER);
            }
            addConverted(found, node, layers.allBrokers().get(nodeName), SettingSource.DYNAMIC_DEFAULT_BROKER);
            addConverted(found, node, fileValues.get(nodeName), SettingSource.STATIC_BROKER);
        }
        String defaultName = topicSetting.defaults().isEmpty()
                ? name
                : topicSetting.defaults().get(0).setting().name();
        addIfSet(found, defaultName, topicSetting.builtIn(), SettingSource.DEFAULT);
        return found;
    }

    private static void addConverted(
            List<Synonym> found, NodeDefault node, @Nullable String text, SettingSource source) {
        addIfSet(found, node.setting().name(), text == null ? null : node.convert(text), source);
    }

    private static void addIfSet(List<Synonym> found, String name, @Nullable String value, SettingSource source) {
        if (value != null) {
            found.add(new Synonym(name, value, source));
        }
    }
}
