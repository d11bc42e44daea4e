/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The committed offsets of one group, by topic and partition. */
final class CommittedOffsets {
    private final Map<String, Map<Integer, CommittedOffset>> topics = new TreeMap<>();

    @Nullable
    CommittedOffset get(String topic, int partition) {
        Map<Integer, CommittedOffset> partitions = topics.get(topic);
        return partitions == null ? null : partitions.get(partition);
    }

    /** As a record says; null removes. */
    void apply(String topic, int partition, @Nullable CommittedOffset offset) {
        if (offset != null) {
            topics.computeIfAbsent(topic, unused -> new TreeMap<>()).put(partition, offset);
            return;
        }
        Map<Integer, CommittedOffset> partitions = topics.get(topic);
        if (partitions != null) {
            partitions.remove(partition);
            if (partitions.isEmpty()) {
                topics.remove(topic);
            }
        }
    }

    boolean isEmpty() {
        return topics.isEmpty();
    }

    /** Of one topic by partition, empty when there are none. */
    Map<Integer, CommittedOffset> topic(String topic) {
        return topics.getOrDefault(topic, Map.of());
    }

    /** All, in the order of topics. */
    void forEach(BiConsumer<String, Map<Integer, CommittedOffset>> each) {
        topics.forEach(each);
    }
}
