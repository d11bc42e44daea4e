/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.PartitionState;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/**
 * What differs between two images: a set of things to look at again, never more than what the facts between them touched.
 * A partition of a deleted topic is not in {@code partitions}; its topic is in {@code deletedTopics}.
 *
 * @param from the older image
 * @param to the newer image
 * @param brokers brokers registered, unregistered, fenced, unfenced or otherwise changed
 * @param partitions partitions created or changed that still exist in {@code to}
 * @param deletedTopics topics of {@code from} that are gone in {@code to}
 * @param configs resources whose dynamic configuration changed
 */
public record MetadataDelta(
        MetadataImage from,
        MetadataImage to,
        Set<Integer> brokers,
        Set<PartitionId> partitions,
        Set<Uuid> deletedTopics,
        Set<ConfigKey> configs) {

    /**
     * What {@code batch} changes.
     *
     * @throws IllegalStateException as {@link MetadataImage#apply(FactBatch)}
     */
    public static MetadataDelta of(MetadataImage from, FactBatch batch) {
        DeltaCollector collector = new DeltaCollector(from, from.apply(batch));
        batch.facts().forEach(fact -> fact.accept(collector));
        return collector.delta();
    }

    /** What differs between two images with unknown facts between them (after a snapshot was loaded): a full comparison. */
    public static MetadataDelta between(MetadataImage from, MetadataImage to) {
        return new MetadataDelta(
                from,
                to,
                differing(from.brokers(), to.brokers()),
                differingPartitions(from, to),
                from.topics().keySet().stream()
                        .filter(id -> !to.topics().containsKey(id))
                        .collect(Collectors.toUnmodifiableSet()),
                differing(from.configs(), to.configs()));
    }

    /** This delta and the {@code later} one (whose {@code from} is this one's {@code to}) as one. */
    public MetadataDelta merge(MetadataDelta later) {
        DeltaCollector collector = new DeltaCollector(from, from);
        collector.add(this);
        collector.add(later);
        return collector.delta();
    }

    @SuppressWarnings(
            "ReferenceEquality") // images share what did not change: the very same topic need not be looked into
    private static Set<PartitionId> differingPartitions(MetadataImage from, MetadataImage to) {
        Set<PartitionId> differing = new HashSet<>();
        for (TopicImage topic : to.topics().values()) {
            TopicImage before = from.topic(topic.id());
            if (topic == before) {
                continue;
            }
            int partition = 0;
            for (PartitionState state : topic.partitions()) {
                if (before == null || !state.equals(before.partition(partition))) {
                    differing.add(new PartitionId(topic.id(), partition));
                }
                partition++;
            }
        }
        return Collections.unmodifiableSet(differing);
    }

    private static <K, V> Set<K> differing(Map<K, V> from, Map<K, V> to) {
        Set<K> differing = new HashSet<>();
        to.forEach((key, value) -> {
            if (!value.equals(from.get(key))) {
                differing.add(key);
            }
        });
        from.keySet().stream().filter(key -> !to.containsKey(key)).forEach(differing::add);
        return Collections.unmodifiableSet(differing);
    }
}
