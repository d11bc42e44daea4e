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
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.fact.VotersChanged;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.TreePVector;

/**
 * An image in the making: applies facts one after another, then gives the new image. A fact that makes no sense against the
 * image (a partition of an unknown topic, an epoch that goes back) throws {@link IllegalStateException}: the log is damaged
 * or a program is wrong, and going on would let the nodes drift apart. Used by one thread.
 */
final class FactApplier implements FactVisitor {
    private final int term;
    private long endOffset;
    private @Nullable String clusterId;
    private List<Voter> voters;
    private short metadataVersion;
    private PMap<Integer, BrokerImage> brokers;
    private PMap<Uuid, TopicImage> topics;
    private PMap<String, Uuid> topicIds;
    private PMap<Integer, PSet<PartitionId>> partitionsByBroker;
    private PMap<Integer, Integer> preferredLeaders;
    private PMap<ConfigKey, PMap<String, String>> configs;
    private long nextProducerId;
    private @Nullable DigestRecorded lastDigest;

    FactApplier(MetadataImage from, int term) {
        this.term = term;
        this.endOffset = from.endOffset();
        this.clusterId = from.clusterId();
        this.voters = from.voters();
        this.metadataVersion = from.metadataVersion();
        this.brokers = from.brokers();
        this.topics = from.topics();
        this.topicIds = from.topicIds();
        this.partitionsByBroker = from.partitionsByBroker();
        this.preferredLeaders = from.preferredLeaders();
        this.configs = from.configs();
        this.nextProducerId = from.nextProducerId();
        this.lastDigest = from.lastDigest();
    }

    FactApplier apply(MetadataFact fact) {
        fact.accept(this);
        endOffset++;
        return this;
    }

    MetadataImage image() {
        return image(endOffset, term);
    }

    /** The image, placed at an offset and term known from elsewhere (a snapshot's header). */
    MetadataImage image(long atOffset, int atTerm) {
        return new MetadataImage(
                atOffset,
                atTerm,
                clusterId,
                voters,
                metadataVersion,
                brokers,
                topics,
                topicIds,
                partitionsByBroker,
                preferredLeaders,
                configs,
                nextProducerId,
                lastDigest);
    }

    @Override
    public void visit(ClusterCreated fact) {
        check(clusterId == null, fact, "the cluster " + clusterId + " exists already");
        clusterId = fact.clusterId();
        voters = fact.voters();
    }

    @Override
    public void visit(MetadataVersionFinalized fact) {
        check(
                fact.level() >= MetadataVersions.OLDEST && fact.level() <= MetadataVersions.NEWEST,
                fact,
                "this program supports klamm.metadata.version " + MetadataVersions.OLDEST + " to "
                        + MetadataVersions.NEWEST + ", start one that supports " + fact.level());
        metadataVersion = fact.level();
    }

    @Override
    public void visit(BrokerRegistered fact) {
        BrokerImage previous = brokers.get(fact.nodeId());
        check(
                previous == null || previous.brokerEpoch() < fact.brokerEpoch(),
                fact,
                "the broker is registered with a later epoch");
        brokers = brokers.plus(fact.nodeId(), new BrokerImage(fact, true, false));
    }

    @Override
    public void visit(BrokerUnregistered fact) {
        registered(fact, fact.nodeId(), fact.brokerEpoch());
        brokers = brokers.minus(fact.nodeId());
    }

    @Override
    public void visit(BrokerFenced fact) {
        BrokerImage broker = registered(fact, fact.nodeId(), fact.brokerEpoch());
        brokers = brokers.plus(fact.nodeId(), new BrokerImage(broker.registration(), true, broker.shuttingDown()));
    }

    @Override
    public void visit(BrokerUnfenced fact) {
        BrokerImage broker = registered(fact, fact.nodeId(), fact.brokerEpoch());
        brokers = brokers.plus(fact.nodeId(), new BrokerImage(broker.registration(), false, broker.shuttingDown()));
    }

    @Override
    public void visit(BrokerShutdownStarted fact) {
        BrokerImage broker = registered(fact, fact.nodeId(), fact.brokerEpoch());
        brokers = brokers.plus(fact.nodeId(), new BrokerImage(broker.registration(), broker.fenced(), true));
    }

    @Override
    public void visit(BrokerDirectoriesChanged fact) {
        BrokerImage broker = registered(fact, fact.nodeId(), fact.brokerEpoch());
        brokers = brokers.plus(
                fact.nodeId(),
                new BrokerImage(
                        broker.registration().withLogDirs(fact.logDirs()), broker.fenced(), broker.shuttingDown()));
    }

    @Override
    public void visit(TopicCreated fact) {
        check(!topics.containsKey(fact.topicId()), fact, "a topic with this id exists");
        check(!topicIds.containsKey(fact.name()), fact, "a topic with this name exists");
        topics = topics.plus(fact.topicId(), new TopicImage(fact.topicId(), fact.name(), TreePVector.empty()));
        topicIds = topicIds.plus(fact.name(), fact.topicId());
    }

    @Override
    public void visit(TopicDeleted fact) {
        TopicImage topic = topic(fact, fact.topicId());
        topics = topics.minus(fact.topicId());
        topicIds = topicIds.minus(topic.name());
        configs = configs.minus(new ConfigKey(ConfigResourceType.TOPIC, topic.name()));
        int partition = 0;
        for (PartitionState state : topic.partitions()) {
            index(new PartitionId(fact.topicId(), partition++), state.replicas(), List.of());
        }
    }

    @Override
    public void visit(PartitionCreated fact) {
        TopicImage topic = topic(fact, fact.topicId());
        if (fact.partition() != topic.partitions().size()) {
            throw damaged(fact, "the topic has " + topic.partitions().size() + " partitions");
        }
        put(topic, new TopicImage(topic.id(), topic.name(), topic.partitions().plus(fact.state())));
        index(
                new PartitionId(fact.topicId(), fact.partition()),
                List.of(),
                fact.state().replicas());
    }

    @Override
    public void visit(PartitionChanged fact) {
        TopicImage topic = topic(fact, fact.topicId());
        PartitionState previous = topic.partition(fact.partition());
        if (previous == null) {
            throw damaged(fact, "the topic has " + topic.partitions().size() + " partitions");
        }
        PartitionState state = fact.state();
        if (state.partitionEpoch() <= previous.partitionEpoch() || state.leaderEpoch() < previous.leaderEpoch()) {
            throw damaged(
                    fact, "the partition is at " + previous); // words only when they are needed: a bulk has thousands
        }
        put(topic, new TopicImage(topic.id(), topic.name(), topic.partitions().with(fact.partition(), state)));
        index(new PartitionId(fact.topicId(), fact.partition()), previous.replicas(), state.replicas());
    }

    @Override
    public void visit(ConfigChanged fact) {
        ConfigKey key = new ConfigKey(fact.type(), fact.name());
        PMap<String, String> values = configs.getOrDefault(key, HashTreePMap.empty());
        String value = fact.value();
        PMap<String, String> changed = value == null ? values.minus(fact.key()) : values.plus(fact.key(), value);
        configs = changed.isEmpty() ? configs.minus(key) : configs.plus(key, changed);
    }

    @Override
    public void visit(ProducerIdsAllocated fact) {
        check(fact.nextProducerId() > nextProducerId, fact, "ids below " + nextProducerId + " are taken");
        nextProducerId = fact.nextProducerId();
    }

    @Override
    public void visit(VotersChanged fact) {
        check(clusterId != null, fact, "there is no cluster yet");
        check(!fact.voters().isEmpty(), fact, "a quorum has voters");
        voters = fact.voters();
    }

    @Override
    public void visit(DigestRecorded fact) {
        DigestRecorded last = lastDigest;
        check(last == null || fact.endOffset() > last.endOffset(), fact, "it does not follow " + last);
        lastDigest = fact;
    }

    private void put(TopicImage old, TopicImage changed) {
        topics = topics.plus(old.id(), changed);
    }

    /** Moves a partition in the indexes by broker from its old replicas to its new ones. */
    private void index(PartitionId id, List<Integer> before, List<Integer> after) {
        if (before.equals(after)) {
            return;
        }
        if (!before.isEmpty()) {
            countPreferred(before.get(0), -1);
        }
        if (!after.isEmpty()) {
            countPreferred(after.get(0), 1);
        }
        Set<Integer> kept = new HashSet<>(after);
        for (Integer broker : before) {
            PSet<PartitionId> on = partitionsByBroker.get(broker);
            if (on != null && !kept.contains(broker)) {
                PSet<PartitionId> rest = on.minus(id);
                partitionsByBroker =
                        rest.isEmpty() ? partitionsByBroker.minus(broker) : partitionsByBroker.plus(broker, rest);
            }
        }
        for (Integer broker : after) {
            PSet<PartitionId> on = partitionsByBroker.getOrDefault(broker, HashTreePSet.empty());
            partitionsByBroker = partitionsByBroker.plus(broker, on.plus(id));
        }
    }

    private void countPreferred(Integer broker, int change) {
        int count = preferredLeaders.getOrDefault(broker, 0) + change;
        preferredLeaders = count == 0 ? preferredLeaders.minus(broker) : preferredLeaders.plus(broker, count);
    }

    private BrokerImage registered(MetadataFact fact, int nodeId, long brokerEpoch) {
        BrokerImage broker = brokers.get(nodeId);
        if (broker == null || broker.brokerEpoch() != brokerEpoch) {
            throw damaged(
                    fact,
                    broker == null
                            ? "the broker is not registered"
                            : "the broker is registered with epoch " + broker.brokerEpoch());
        }
        return broker;
    }

    private TopicImage topic(MetadataFact fact, Uuid topicId) {
        TopicImage topic = topics.get(topicId);
        if (topic == null) {
            throw damaged(fact, "there is no such topic");
        }
        return topic;
    }

    private void check(boolean makesSense, MetadataFact fact, String otherwise) {
        if (!makesSense) {
            throw damaged(fact, otherwise);
        }
    }

    private IllegalStateException damaged(MetadataFact fact, String why) {
        return new IllegalStateException("metadata offset " + endOffset + ": cannot apply " + fact + ": " + why);
    }
}
