/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import org.apache.kafka.common.Uuid;

/** A topic, its partitions and its topic configuration are gone. */
public record TopicDeleted(Uuid topicId) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
