/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.TopicPartitions.Topic;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** An image of the metadata, as groups see it. */
record ImageView(MetadataImage image) implements ClusterView {
    @Override
    public long version() {
        return image.endOffset();
    }

    @Override
    public @Nullable Topic topic(String name) {
        TopicImage topic = image.topic(name);
        return topic == null
                ? null
                : new Topic(topic.id(), topic.name(), topic.partitions().size(), racks(topic));
    }

    /** Empty when no broker tells its rack, which is what most clusters are like. */
    private List<Set<String>> racks(TopicImage topic) {
        if (image.brokers().values().stream()
                .allMatch(broker -> broker.registration().rack() == null)) {
            return List.of();
        }
        List<Set<String>> racks = new ArrayList<>(topic.partitions().size());
        for (PartitionState state : topic.partitions()) {
            Set<String> ofPartition = new HashSet<>();
            for (int replica : state.replicas()) {
                BrokerImage broker = image.broker(replica);
                String rack = broker == null ? null : broker.registration().rack();
                if (rack != null) {
                    ofPartition.add(rack);
                }
            }
            racks.add(Set.copyOf(ofPartition));
        }
        return racks;
    }

    @Override
    public @Nullable Uuid topicId(String name) {
        return image.topicIds().get(name);
    }

    @Override
    public @Nullable String topicName(Uuid id) {
        TopicImage topic = image.topic(id);
        return topic == null ? null : topic.name();
    }

    @Override
    public Iterable<String> topicNames() {
        return image.topicIds().keySet();
    }

    @Override
    public Map<String, String> groupConfig(String groupId) {
        return image.config(new ConfigKey(ConfigResourceType.GROUP, groupId));
    }
}
