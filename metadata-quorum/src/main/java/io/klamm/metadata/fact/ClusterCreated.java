/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.List;

/**
 * Fact 0 of every cluster: the quorum has formed.
 *
 * @param clusterId what clients see as the cluster id
 * @param voters the voters that formed the quorum; a voter whose directory id differs from the one here is not the same
 *     voter any more
 */
public record ClusterCreated(String clusterId, List<Voter> voters) implements MetadataFact {
    public ClusterCreated {
        voters = List.copyOf(voters);
    }

    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
