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
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.fact.VotersChanged;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.NullUnmarked;

/** Random facts that make sense against the image so far; together they cover every type. */
@NullUnmarked // what is missing fails the test
public final class RandomFacts {
    private final Random random;

    public RandomFacts(long seed) {
        random = new Random(seed);
    }

    /** A batch of one to eight facts that follows {@code image}. */
    public FactBatch batch(MetadataImage image) {
        MetadataImage pending = image;
        List<MetadataFact> facts = new ArrayList<>();
        int count = 1 + random.nextInt(8);
        while (facts.size() < count) {
            List<MetadataFact> next = next(pending);
            facts.addAll(next);
            pending = pending.apply(next);
        }
        return new FactBatch(
                image.term() + (random.nextInt(10) == 0 ? 1 : 0),
                image.endOffset(),
                random.nextLong(),
                text(),
                text(),
                facts);
    }

    private List<MetadataFact> next(MetadataImage image) {
        if (image.endOffset() == 0) {
            return List.of(new ClusterCreated(text(), List.of(voter(1), voter(2), voter(3))));
        }
        boolean noTopics = image.topics().isEmpty();
        return switch (random.nextInt(15)) {
            case 0 -> List.of(new MetadataVersionFinalized((short) 1));
            case 1 -> List.of(registration(random.nextInt(6), image.endOffset()));
            case 2 -> onBroker(image, broker -> new BrokerFenced(broker.nodeId(), broker.brokerEpoch()));
            case 3 -> onBroker(image, broker -> new BrokerUnfenced(broker.nodeId(), broker.brokerEpoch()));
            case 4 -> onBroker(image, broker -> new BrokerShutdownStarted(broker.nodeId(), broker.brokerEpoch()));
            case 5 ->
                random.nextInt(4) > 0
                        ? List.of()
                        : onBroker(image, broker -> new BrokerUnregistered(broker.nodeId(), broker.brokerEpoch()));
            case 6 -> topic(image);
            case 7 ->
                random.nextBoolean() || noTopics
                        ? List.of()
                        : List.of(new TopicDeleted(anyTopic(image).id()));
            case 8 -> config(image);
            case 9 ->
                List.of(new ProducerIdsAllocated(
                        random.nextInt(6), random.nextLong(), image.nextProducerId() + 1 + random.nextInt(2000)));
            case 10 -> noTopics ? List.of() : List.of(morePartitions(anyTopic(image)));
            case 11 ->
                onBroker(
                        image,
                        broker -> new BrokerDirectoriesChanged(
                                broker.nodeId(),
                                broker.brokerEpoch(),
                                random.nextBoolean() ? List.of() : List.of(uuid())));
            case 12 -> List.of(new VotersChanged(List.of(voter(1 + random.nextInt(3)), voter(4 + random.nextInt(3)))));
            case 13 -> digest(image);
            default -> noTopics ? List.of() : List.of(changed(anyTopic(image)));
        };
    }

    private List<MetadataFact> digest(MetadataImage image) {
        DigestRecorded last = image.lastDigest();
        return last != null && last.endOffset() >= image.endOffset()
                ? List.of()
                : List.of(new DigestRecorded(image.endOffset(), random.nextLong()));
    }

    private interface BrokerFact {
        MetadataFact of(BrokerImage broker);
    }

    private List<MetadataFact> onBroker(MetadataImage image, BrokerFact fact) {
        BrokerImage broker = image.broker(random.nextInt(6));
        return broker == null ? List.of() : List.of(fact.of(broker));
    }

    private TopicImage anyTopic(MetadataImage image) {
        List<TopicImage> topics = new ArrayList<>(image.topics().values());
        return topics.get(random.nextInt(topics.size()));
    }

    private List<MetadataFact> topic(MetadataImage image) {
        String name = "topic-" + random.nextInt(50);
        if (image.topic(name) != null) {
            return List.of();
        }
        Uuid id = uuid();
        List<MetadataFact> facts = new ArrayList<>();
        facts.add(new TopicCreated(id, name));
        int partitions = 1 + random.nextInt(5);
        for (int i = 0; i < partitions; i++) {
            facts.add(new PartitionCreated(id, i, state(0, 0)));
        }
        return facts;
    }

    private MetadataFact morePartitions(TopicImage topic) {
        return new PartitionCreated(topic.id(), topic.partitions().size(), state(0, 0));
    }

    private MetadataFact changed(TopicImage topic) {
        int partition = random.nextInt(topic.partitions().size());
        PartitionState state = topic.partitions().get(partition);
        return new PartitionChanged(
                topic.id(),
                partition,
                state(state.leaderEpoch() + random.nextInt(2), state.partitionEpoch() + 1 + random.nextInt(2)));
    }

    private PartitionState state(int leaderEpoch, int partitionEpoch) {
        List<Integer> replicas = brokers(1 + random.nextInt(3));
        return new PartitionState(
                replicas,
                replicas.stream().map(replica -> uuid()).toList(),
                brokers(random.nextInt(3)),
                brokers(random.nextInt(3)),
                brokers(random.nextInt(2)),
                brokers(random.nextInt(2)),
                brokers(random.nextInt(2)),
                random.nextInt(7) - 1,
                leaderEpoch,
                partitionEpoch);
    }

    private List<Integer> brokers(int count) {
        List<Integer> brokers = new ArrayList<>();
        while (brokers.size() < count) {
            int broker = random.nextInt(6);
            if (!brokers.contains(broker)) {
                brokers.add(broker);
            }
        }
        return brokers;
    }

    private List<MetadataFact> config(MetadataImage image) {
        boolean topic = random.nextBoolean() && !image.topics().isEmpty();
        return List.of(new ConfigChanged(
                topic ? ConfigResourceType.TOPIC : ConfigResourceType.BROKER,
                topic ? anyTopic(image).name() : random.nextBoolean() ? "" : "3",
                "key-" + random.nextInt(3),
                random.nextInt(3) == 0 ? null : text()));
    }

    private BrokerRegistered registration(int nodeId, long epoch) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            endpoints.add(new Endpoint("L" + i, text(), random.nextInt(65536), (short) random.nextInt(4)));
        }
        return new BrokerRegistered(
                nodeId,
                epoch,
                uuid(),
                endpoints,
                random.nextBoolean() ? null : text(),
                List.of(uuid()),
                (short) 1,
                (short) (1 + random.nextInt(3)),
                random.nextBoolean());
    }

    private Voter voter(int id) {
        return new Voter(id, uuid(), text(), random.nextInt(65536));
    }

    private Uuid uuid() {
        return new Uuid(random.nextLong(), random.nextLong());
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            text.appendCodePoint("aä東\uD83D\uDE00z".codePointAt(new int[] {0, 1, 2, 3, 5}[random.nextInt(5)]));
        }
        return text.toString();
    }
}
