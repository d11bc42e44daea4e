/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * The broker leads nothing and takes no leadership until it is unfenced.
 *
 * @param nodeId the broker
 * @param brokerEpoch the epoch of the registration that this is about
 */
public record BrokerFenced(int nodeId, long brokerEpoch) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
