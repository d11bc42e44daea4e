/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of a change of the metadata may concern the assignments of consumer groups: topics that have come or gone, new partitions, replicas
 * elsewhere. A new leader or another ISR does not.
 *
 * @param names of the topics
 * @param racks brokers have come, gone, or moved to another rack: that may concern every topic
 */
record TopicChanges(Set<String> names, boolean racks) {
    static TopicChanges of(MetadataDelta delta) {
        Set<String> names = new HashSet<>();
        for (PartitionId id : delta.partitions()) {
            TopicImage now = delta.to().topic(id.topicId());
            if (now != null && !sameReplicas(delta.from().partition(id), now.partition(id.partition()))) {
                names.add(now.name());
            }
        }
        delta.deletedTopics().forEach(id -> {
            TopicImage before = delta.from().topic(id);
            if (before != null) {
                names.add(before.name());
            }
        });
        boolean racks = delta.brokers().stream()
                .anyMatch(broker -> !Objects.equals(
                        rack(delta.from().broker(broker)), rack(delta.to().broker(broker))));
        return new TopicChanges(names, racks);
    }

    private static boolean sameReplicas(@Nullable PartitionState before, @Nullable PartitionState now) {
        return before != null && now != null && before.replicas().equals(now.replicas());
    }

    private static @Nullable String rack(@Nullable BrokerImage broker) {
        return broker == null ? null : broker.registration().rack();
    }

    boolean isEmpty() {
        return names.isEmpty() && !racks;
    }

    /** Groups that read such a topic look at their topics with the next heartbeat. */
    void tell(Groups groups) {
        for (Group group : groups.all()) {
            ConsumerGroup consumer = group.consumer();
            if (consumer != null && !names.isEmpty()) {
                consumer.patternLooks().topicsChanged();
            }
            if (consumer != null && (racks || names.stream().anyMatch(consumer::subscribesTo))) {
                consumer.doubtTopics();
            }
        }
    }
}
