/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import org.apache.kafka.common.Uuid;

/** A partition, as the inside of the broker knows it: by topic id. Names live at the edge. */
public record PartitionId(Uuid topicId, int partition) implements Comparable<PartitionId> {
    @Override
    public int compareTo(PartitionId other) {
        int byTopic = topicId.compareTo(other.topicId);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return topicId + "-" + partition;
    }
}
