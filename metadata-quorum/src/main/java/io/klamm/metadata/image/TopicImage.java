/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.PartitionState;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.PVector;

/**
 * A topic and the state of its partitions; the index in {@code partitions} is the partition number.
 */
public record TopicImage(Uuid id, String name, PVector<PartitionState> partitions) {
    /** The state of a partition, or null when there is no such partition. */
    public @Nullable PartitionState partition(int partition) {
        return partition >= 0 && partition < partitions.size() ? partitions.get(partition) : null;
    }
}
