/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;

/**
 * The topics that a group subscribes to, as the metadata has them.
 *
 * @param topics by topic id; those that do not exist are absent
 */
public record TopicPartitions(SortedMap<Uuid, Topic> topics) {
    public static final TopicPartitions NONE = new TopicPartitions(Collections.emptySortedMap());

    public TopicPartitions {
        topics = Collections.unmodifiableSortedMap(new TreeMap<>(topics));
    }

    /**
     * @param partitions how many; they are numbered from 0
     * @param racks for each partition the racks of its replicas; empty where no rack is known, an empty list when that is so for all
     */
    public record Topic(Uuid id, String name, int partitions, List<Set<String>> racks) {
        public Topic {
            racks = List.copyOf(racks);
        }

        /** The racks of a partition's replicas, empty when none is known. */
        public Set<String> racksOf(int partition) {
            return partition < racks.size() ? racks.get(partition) : Set.of();
        }
    }
}
