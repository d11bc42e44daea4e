/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * The broker is in a controlled shutdown: it gets no new leadership and joins no ISR.
 *
 * @param nodeId the broker
 * @param brokerEpoch the epoch of the registration that this is about
 */
public record BrokerShutdownStarted(int nodeId, long brokerEpoch) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
