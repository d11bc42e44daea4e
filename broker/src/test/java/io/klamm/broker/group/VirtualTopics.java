/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.TopicPartitions.Topic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The topics of a cluster that a test makes up; their ids follow from the order in which they were made. */
final class VirtualTopics implements ClusterView {
    private final Map<String, Topic> topics = new TreeMap<>();
    private final Map<String, Map<String, String>> configs = new HashMap<>();
    private long version;

    /** Makes a topic, or gives it more partitions. */
    Uuid put(String name, int partitions) {
        return put(name, partitions, List.of());
    }

    Uuid put(String name, int partitions, List<Set<String>> racks) {
        version++;
        Topic before = topics.get(name);
        Uuid id = before == null ? new Uuid(1, version) : before.id();
        topics.put(name, new Topic(id, name, partitions, racks));
        return id;
    }

    void remove(String name) {
        version++;
        topics.remove(name);
    }

    void configure(String group, Map<String, String> values) {
        configs.put(group, values);
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public @Nullable Topic topic(String name) {
        return topics.get(name);
    }

    @Override
    public @Nullable String topicName(Uuid id) {
        return topics.values().stream()
                .filter(topic -> topic.id().equals(id))
                .map(Topic::name)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Iterable<String> topicNames() {
        return topics.keySet();
    }

    @Override
    public Map<String, String> groupConfig(String groupId) {
        return configs.getOrDefault(groupId, Map.of());
    }
}
