/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import org.jspecify.annotations.Nullable;

/** Takes the controller's answers to a leader's ISR proposals, while it leads. */
record ProposalOwner(LocalReplica replica) implements IsrProposals.Owner {
    @Override
    public @Nullable Proposal answered(LeaderReplica leader, Proposal proposal, Reply reply) {
        return replica.whileLeading(leader, effects -> replica.progress().answered(leader, proposal, reply, effects));
    }

    @Override
    public boolean waitsFor(LeaderReplica leader, Proposal proposal) {
        return Boolean.TRUE.equals(replica.whileLeading(leader, effects -> leader.waitsFor(proposal)));
    }

    @Override
    public void reconsider(LeaderReplica leader) {
        replica.<Void>whileLeading(leader, effects -> {
            replica.expand(leader, effects);
            return null;
        });
    }
}
