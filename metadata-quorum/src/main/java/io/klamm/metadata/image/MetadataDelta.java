/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.FactBatch;
import java.util.Set;
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

    /** What {@code batch} changes. */
    public static MetadataDelta of(MetadataImage from, FactBatch batch) {
        throw new UnsupportedOperationException();
    }

    /** What differs between two images with unknown facts between them (after a snapshot was loaded): a full comparison. */
    public static MetadataDelta between(MetadataImage from, MetadataImage to) {
        throw new UnsupportedOperationException();
    }

    /** This delta and the {@code later} one (whose {@code from} is this one's {@code to}) as one. */
    public MetadataDelta merge(MetadataDelta later) {
        throw new UnsupportedOperationException();
    }
}
