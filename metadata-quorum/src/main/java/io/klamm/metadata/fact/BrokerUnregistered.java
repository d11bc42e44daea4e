/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * The broker is gone for good; its node id may be used by a new one.
 *
 * @param nodeId the broker
 * @param brokerEpoch the epoch of the registration that this is about
 */
public record BrokerUnregistered(int nodeId, long brokerEpoch) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
