/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.BrokerDirectoriesChanged;
import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.BrokerUnregistered;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.FactVisitor;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.fact.VotersChanged;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/**
 * A delta in the making: gathers what facts and later deltas touch, at a cost that follows what they touch. Used by one
 * thread at a time.
 */
final class DeltaCollector implements FactVisitor {
    private final MetadataImage from;
    private MetadataImage to;
    private final Set<Integer> brokers = new HashSet<>();
    private final Set<PartitionId> partitions = new HashSet<>();
    private final Set<Uuid> deletedTopics = new HashSet<>();
    private final Set<ConfigKey> configs = new HashSet<>();

    DeltaCollector(MetadataImage from, MetadataImage to) {
        this.from = from;
        this.to = to;
    }

    /** Takes in a delta whose {@code from} is what this collector runs to. */
    void add(MetadataDelta later) {
        if (later.from().endOffset() != to.endOffset()) {
            throw new IllegalStateException(
                    "a delta from " + later.from().endOffset() + " does not follow one to " + to.endOffset());
        }
        to = later.to();
        brokers.addAll(later.brokers());
        partitions.addAll(later.partitions());
        deletedTopics.addAll(later.deletedTopics());
        configs.addAll(later.configs());
    }

    MetadataImage to() {
        return to;
    }

    /** The delta; this collector must not be used afterwards. */
    MetadataDelta delta() {
        if (!deletedTopics.isEmpty()) {
            partitions.removeIf(id -> !to.topics().containsKey(id.topicId()));
            // A topic that came and went in between was never seen.
            deletedTopics.removeIf(id -> !from.topics().containsKey(id));
        }
        return new MetadataDelta(
                from,
                to,
                Collections.unmodifiableSet(brokers),
                Collections.unmodifiableSet(partitions),
                Collections.unmodifiableSet(deletedTopics),
                Collections.unmodifiableSet(configs));
    }

    @Override
    public void visit(ClusterCreated fact) {}

    @Override
    public void visit(MetadataVersionFinalized fact) {}

    @Override
    public void visit(ProducerIdsAllocated fact) {}

    /** Whoever follows the voters compares them in the two images: they are few. */
    @Override
    public void visit(VotersChanged fact) {}

    @Override
    public void visit(DigestRecorded fact) {}

    @Override
    public void visit(BrokerRegistered fact) {
        brokers.add(fact.nodeId());
    }

    @Override
    public void visit(BrokerUnregistered fact) {
        brokers.add(fact.nodeId());
    }

    @Override
    public void visit(BrokerFenced fact) {
        brokers.add(fact.nodeId());
    }

    @Override
    public void visit(BrokerUnfenced fact) {
        brokers.add(fact.nodeId());
    }

    @Override
    public void visit(BrokerShutdownStarted fact) {
        brokers.add(fact.nodeId());
    }

    @Override
    public void visit(BrokerDirectoriesChanged fact) {
        brokers.add(fact.nodeId());
    }

    /** A topic shows in its partitions; it always has some. */
    @Override
    public void visit(TopicCreated fact) {}

    @Override
    public void visit(TopicDeleted fact) {
        deletedTopics.add(fact.topicId());
        TopicImage topic = from.topic(fact.topicId());
        if (topic != null) {
            ConfigKey key = new ConfigKey(ConfigResourceType.TOPIC, topic.name());
            if (from.configs().containsKey(key)) {
                configs.add(key);
            }
        }
    }

    @Override
    public void visit(PartitionCreated fact) {
        partitions.add(new PartitionId(fact.topicId(), fact.partition()));
    }

    @Override
    public void visit(PartitionChanged fact) {
        partitions.add(new PartitionId(fact.topicId(), fact.partition()));
    }

    @Override
    public void visit(ConfigChanged fact) {
        configs.add(new ConfigKey(fact.type(), fact.name()));
    }
}
