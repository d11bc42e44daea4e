/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import org.apache.kafka.common.Uuid;

/** Steps from one image to the next. */
public final class Images {
    private Images() {}

    public static MetadataImage then(MetadataImage image, MetadataFact fact) {
        return image.apply(List.of(fact));
    }

    public static MetadataImage registered(MetadataImage image, int nodeId, Uuid incarnationId) {
        return then(
                image,
                new BrokerRegistered(
                        nodeId,
                        image.endOffset(),
                        incarnationId,
                        List.of(),
                        null,
                        List.of(),
                        (short) 1,
                        (short) 1,
                        true));
    }

    public static MetadataImage unfenced(MetadataImage image, int nodeId) {
        return then(image, new BrokerUnfenced(nodeId, epoch(image, nodeId)));
    }

    public static MetadataImage fenced(MetadataImage image, int nodeId) {
        return then(image, new BrokerFenced(nodeId, epoch(image, nodeId)));
    }

    public static MetadataImage shuttingDown(MetadataImage image, int nodeId) {
        return then(image, new BrokerShutdownStarted(nodeId, epoch(image, nodeId)));
    }

    /** Registered and unfenced, one after another. */
    public static MetadataImage withBrokers(MetadataImage image, int... nodeIds) {
        MetadataImage next = image;
        for (int nodeId : nodeIds) {
            next = unfenced(registered(next, nodeId, new Uuid(7, nodeId)), nodeId);
        }
        return next;
    }

    public static MetadataImage created(MetadataImage image, PartitionId id, String topic, PartitionState state) {
        MetadataImage next =
                image.topic(id.topicId()) == null ? then(image, new TopicCreated(id.topicId(), topic)) : image;
        return then(next, new PartitionCreated(id.topicId(), id.partition(), state));
    }

    public static MetadataImage changed(MetadataImage image, PartitionId id, PartitionState state) {
        return then(image, new PartitionChanged(id.topicId(), id.partition(), state));
    }

    public static MetadataImage deleted(MetadataImage image, Uuid topicId) {
        return then(image, new TopicDeleted(topicId));
    }

    public static PartitionState state(
            List<Integer> replicas, List<Integer> isr, int leader, int leaderEpoch, int partitionEpoch) {
        return new PartitionState(
                replicas,
                replicas.stream().map(replica -> Uuid.ZERO_UUID).toList(),
                isr,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                leader,
                leaderEpoch,
                partitionEpoch);
    }

    public static long epoch(MetadataImage image, int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        if (broker == null) {
            throw new IllegalArgumentException("node " + nodeId + " is not registered");
        }
        return broker.brokerEpoch();
    }
}
