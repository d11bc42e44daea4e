/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.List;

/**
 * The metadata quorum has other members. Raft's own configuration decides who votes; this fact follows it, written by the leader
 * once that configuration is settled, so that every node knows the voters, their directories and addresses.
 *
 * @param voters all voters from here on, by node id
 */
public record VotersChanged(List<Voter> voters) implements MetadataFact {
    public VotersChanged {
        voters = List.copyOf(voters);
    }

    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
