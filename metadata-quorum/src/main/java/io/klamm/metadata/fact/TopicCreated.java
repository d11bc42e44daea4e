/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import org.apache.kafka.common.Uuid;

/** A topic exists. Its partitions follow as {@link PartitionCreated} facts in the same batch. */
public record TopicCreated(Uuid topicId, String name) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
