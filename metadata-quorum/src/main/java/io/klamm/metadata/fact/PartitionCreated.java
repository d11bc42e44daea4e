/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import org.apache.kafka.common.Uuid;

/** A partition exists, in this first state. */
public record PartitionCreated(Uuid topicId, int partition, PartitionState state) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
