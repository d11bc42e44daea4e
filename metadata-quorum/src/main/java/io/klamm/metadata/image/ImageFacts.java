/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.fact.TopicCreated;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.pcollections.PMap;

/** Takes an image apart into the facts that build it; sorted, since the order of hashed maps is nobody's promise. */
final class ImageFacts {
    private ImageFacts() {}

    /** Lazy: a topic's facts are made when they are asked for. */
    static Iterable<MetadataFact> of(MetadataImage image) {
        return () -> Stream.of(cluster(image), brokers(image), topics(image), configs(image))
                .flatMap(facts -> facts)
                .iterator();
    }

    private static Stream<MetadataFact> cluster(MetadataImage image) {
        List<MetadataFact> facts = new ArrayList<>();
        if (image.clusterId() != null) {
            facts.add(new ClusterCreated(image.clusterId(), image.voters()));
        }
        if (image.metadataVersion() > 0) {
            facts.add(new MetadataVersionFinalized(image.metadataVersion()));
        }
        if (image.nextProducerId() > 0) {
            // Who got the last block is not part of the image.
            facts.add(new ProducerIdsAllocated(-1, -1, image.nextProducerId()));
        }
        if (image.lastDigest() != null) {
            facts.add(image.lastDigest());
        }
        return facts.stream();
    }

    private static Stream<MetadataFact> brokers(MetadataImage image) {
        List<MetadataFact> facts = new ArrayList<>();
        for (BrokerImage broker : new TreeMap<>(image.brokers()).values()) {
            facts.add(broker.registration());
            if (!broker.fenced()) {
                facts.add(new BrokerUnfenced(broker.nodeId(), broker.brokerEpoch()));
            }
            if (broker.shuttingDown()) {
                facts.add(new BrokerShutdownStarted(broker.nodeId(), broker.brokerEpoch()));
            }
        }
        return facts.stream();
    }

    private static Stream<MetadataFact> topics(MetadataImage image) {
        return image.topics().values().stream()
                .sorted(Comparator.comparing(TopicImage::name))
                .flatMap(ImageFacts::topic);
    }

    private static Stream<MetadataFact> topic(TopicImage topic) {
        List<MetadataFact> facts = new ArrayList<>(topic.partitions().size() + 1);
        facts.add(new TopicCreated(topic.id(), topic.name()));
        int partition = 0;
        for (PartitionState state : topic.partitions()) {
            facts.add(new PartitionCreated(topic.id(), partition++, state));
        }
        return facts.stream();
    }

    private static Stream<MetadataFact> configs(MetadataImage image) {
        return image.configs().entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<ConfigKey, PMap<String, String>> entry) ->
                                entry.getKey().type().id())
                        .thenComparing(entry -> entry.getKey().name()))
                .flatMap(entry -> new TreeMap<>(entry.getValue())
                        .entrySet().stream()
                                .map(value -> new ConfigChanged(
                                        entry.getKey().type(),
                                        entry.getKey().name(),
                                        value.getKey(),
                                        value.getValue())));
    }
}
