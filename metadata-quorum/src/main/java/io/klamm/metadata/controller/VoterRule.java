/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.fact.VotersChanged;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;

/** Lets the facts follow Raft's configuration: who votes is decided there, and told here. */
public final class VoterRule implements Decider<Boolean> {
    private final List<Voter> voters;

    /** @param voters as Raft's settled configuration has them, by node id */
    public VoterRule(List<Voter> voters) {
        this.voters = List.copyOf(voters);
    }

    /** Replies whether there was something to tell. */
    @Override
    public Decision<Boolean> decide(MetadataImage pending) {
        if (pending.metadataVersion() < MetadataVersions.VOTERS
                || pending.voters().equals(voters)) {
            return Decision.replyOnly(false);
        }
        return new Decision<>(List.of(new VotersChanged(voters)), true);
    }
}
