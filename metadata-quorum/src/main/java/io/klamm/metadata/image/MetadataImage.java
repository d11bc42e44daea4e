/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.Voter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * The cluster at one offset of the metadata log. Immutable; the cost of a new image follows the number of facts, not the
 * size of the cluster. A request takes one image at its start and uses no other.
 *
 * @param endOffset offset of the next fact, exclusive end of what this image holds
 * @param term Raft term of the last batch applied
 * @param clusterId the cluster id, or null before fact 0
 * @param voters the voters by the log
 * @param metadataVersion finalised level of klamm.metadata.version
 * @param brokers registered brokers by node id
 * @param topics topics by id
 * @param topicIds topic ids by name
 * @param partitionsByBroker which partitions have a replica on a broker
 * @param preferredLeaders how many partitions name a broker as their first replica; no entry is none
 * @param configs dynamic configuration
 * @param nextProducerId first producer id that no broker owns yet
 * @param lastDigest what the active controller last said of its own image, null before it did
 */
public record MetadataImage(
        long endOffset,
        int term,
        @Nullable String clusterId,
        List<Voter> voters,
        short metadataVersion,
        PMap<Integer, BrokerImage> brokers,
        PMap<Uuid, TopicImage> topics,
        PMap<String, Uuid> topicIds,
        PMap<Integer, PSet<PartitionId>> partitionsByBroker,
        PMap<Integer, Integer> preferredLeaders,
        PMap<ConfigKey, PMap<String, String>> configs,
        long nextProducerId,
        @Nullable DigestRecorded lastDigest) {

    public static final MetadataImage EMPTY = new MetadataImage(
            0,
            0,
            null,
            List.of(),
            (short) 0,
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            0,
            null);

    /**
     * The image after {@code batch}, whose base offset must be {@link #endOffset}.
     *
     * @throws IllegalStateException when the batch or one of its facts does not fit this image: the log is damaged
     */
    public MetadataImage apply(FactBatch batch) {
        if (batch.baseOffset() != endOffset || batch.term() < term) {
            throw new IllegalStateException("a batch of term " + batch.term() + " at metadata offset "
                    + batch.baseOffset() + " does not follow an image of term " + term + " that ends at " + endOffset);
        }
        return apply(batch.facts(), batch.term());
    }

    /**
     * The image after more facts of the current term; what a controller decides against.
     *
     * @throws IllegalStateException as {@link #apply(FactBatch)}
     */
    public MetadataImage apply(List<MetadataFact> facts) {
        return facts.isEmpty() ? this : apply(facts, term);
    }

    private MetadataImage apply(List<MetadataFact> facts, int newTerm) {
        FactApplier applier = new FactApplier(this, newTerm);
        facts.forEach(applier::apply);
        return applier.image();
    }

    /**
     * Facts that build this image from {@link #EMPTY}, in an order fit for replay: the content of a snapshot. Equal images
     * give equal facts in equal order, on every node.
     */
    public Iterable<MetadataFact> facts() {
        return ImageFacts.of(this);
    }

    public @Nullable BrokerImage broker(int nodeId) {
        return brokers.get(nodeId);
    }

    public @Nullable TopicImage topic(Uuid topicId) {
        return topics.get(topicId);
    }

    public @Nullable TopicImage topic(String name) {
        Uuid id = topicIds.get(name);
        return id == null ? null : topics.get(id);
    }

    public @Nullable PartitionState partition(PartitionId id) {
        TopicImage topic = topics.get(id.topicId());
        return topic == null ? null : topic.partition(id.partition());
    }

    /** Partitions that have a replica on the broker; the order is not defined. */
    public Set<PartitionId> partitionsOn(int nodeId) {
        PSet<PartitionId> partitions = partitionsByBroker.get(nodeId);
        return partitions == null ? Set.of() : partitions;
    }

    /** How many partitions name the broker as their first replica. */
    public int preferredLeadersOn(int nodeId) {
        return preferredLeaders.getOrDefault(nodeId, 0);
    }

    /** Dynamic values set for a resource; empty when there are none. */
    public Map<String, String> config(ConfigKey key) {
        PMap<String, String> values = configs.get(key);
        return values == null ? Map.of() : values;
    }
}
