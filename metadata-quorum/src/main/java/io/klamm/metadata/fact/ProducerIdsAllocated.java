/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * A block of producer ids belongs to a broker.
 *
 * @param nodeId the broker
 * @param brokerEpoch its epoch
 * @param nextProducerId first id that is still free, exclusive end of the block
 */
public record ProducerIdsAllocated(int nodeId, long brokerEpoch, long nextProducerId) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
