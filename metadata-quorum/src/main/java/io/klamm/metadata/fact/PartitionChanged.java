/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import org.apache.kafka.common.Uuid;

/** A partition is now in this state, whole: the fact carries the complete new state, so replay never merges. */
public record PartitionChanged(Uuid topicId, int partition, PartitionState state) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
