/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The settings of topics, as far as commands that show topics need them. */
final class TopicSettingsOf {
    private static final String MIN_ISR = "min.insync.replicas";

    private final Map<String, Config> byTopic = new HashMap<>();

    private TopicSettingsOf() {}

    /** Reads the settings of these topics; one that was deleted meanwhile has none. */
    static TopicSettingsOf read(Admin admin, Connection connection, Collection<TopicView> topics) throws Exception {
        TopicSettingsOf settings = new TopicSettingsOf();
        if (topics.isEmpty()) {
            return settings;
        }
        List<ConfigResource> resources = topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.topic()))
                .toList();
        for (Map.Entry<ConfigResource, KafkaFuture<Config>> answer :
                admin.describeConfigs(resources).values().entrySet()) {
            try {
                settings.byTopic.put(answer.getKey().name(), connection.await(answer.getValue()));
            } catch (UnknownTopicOrPartitionException e) {
                settings.byTopic.remove(answer.getKey().name());
            }
        }
        return settings;
    }

    /** The topic with the min ISR of its partitions. */
    TopicView withMinIsr(TopicView topic) {
        Config config = byTopic.get(topic.topic());
        ConfigEntry entry = config == null ? null : config.get(MIN_ISR);
        String value = entry == null ? null : entry.value();
        return value == null ? topic : topic.withPartitions(partition -> partition.withMinIsr(Integer.parseInt(value)));
    }

    /** The topic with the settings that it does not take from the defaults. */
    TopicView withOwn(TopicView topic) {
        Map<String, String> own = new LinkedHashMap<>();
        Config config = byTopic.get(topic.topic());
        if (config != null) {
            config.entries().stream()
                    .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
                    .forEach(entry -> own.put(entry.name(), entry.value()));
        }
        return topic.withConfigs(own);
    }
}
