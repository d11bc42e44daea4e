/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * The broker has caught up with the metadata and serves.
 *
 * @param nodeId the broker
 * @param brokerEpoch the epoch of the registration that this is about
 */
public record BrokerUnfenced(int nodeId, long brokerEpoch) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
