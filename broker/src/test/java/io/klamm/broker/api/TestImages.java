/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/** Builds images fact by fact; supplies the newest. */
final class TestImages implements Supplier<MetadataImage> {
    static final String LISTENER = "CLIENTS";

    private volatile MetadataImage image =
            MetadataImage.EMPTY.apply(List.of(new ClusterCreated("test-cluster", List.of())));

    @Override
    public MetadataImage get() {
        return image;
    }

    void apply(MetadataFact... facts) {
        image = image.apply(Arrays.asList(facts));
    }

    /** An unfenced broker on the test's listener. */
    TestImages broker(int nodeId) {
        fencedBroker(nodeId, LISTENER);
        apply(new BrokerUnfenced(nodeId, image.endOffset() - 1));
        return this;
    }

    TestImages fencedBroker(int nodeId, String listener) {
        apply(new BrokerRegistered(
                nodeId,
                image.endOffset(),
                new Uuid(7, nodeId),
                List.of(new Endpoint(listener, "host" + nodeId, 9000 + nodeId, (short) 0)),
                "rack" + nodeId,
                List.of(new Uuid(8, nodeId)),
                (short) 1,
                (short) 1,
                true));
        return this;
    }

    /** A topic of equal partitions, led by the first replica in epoch 5. */
    TopicImage topic(String name, int partitions, Integer... replicas) {
        List<MetadataFact> facts = new ArrayList<>();
        Uuid id = new Uuid(9, image.endOffset());
        facts.add(new TopicCreated(id, name));
        for (int partition = 0; partition < partitions; partition++) {
            facts.add(new PartitionCreated(id, partition, state(replicas[0], 5, replicas)));
        }
        image = image.apply(facts);
        TopicImage topic = image.topic(id);
        if (topic == null) {
            throw new AssertionError("no topic " + name);
        }
        return topic;
    }

    void leader(TopicImage topic, int partition, int leader, int epoch) {
        PartitionState old = topic.partitions().get(partition);
        apply(new PartitionChanged(
                topic.id(), partition, state(leader, epoch, old.replicas().toArray(new Integer[0]))));
    }

    void delete(TopicImage topic) {
        apply(new TopicDeleted(topic.id()));
    }

    void topicConfig(String topic, String key, String value) {
        apply(new ConfigChanged(ConfigResourceType.TOPIC, topic, key, value));
    }

    static PartitionState state(int leader, int epoch, Integer... replicas) {
        List<Integer> nodes = List.of(replicas);
        return new PartitionState(
                nodes,
                nodes.stream().map(node -> new Uuid(8, node)).toList(),
                nodes,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                leader,
                epoch,
                epoch);
    }
}
