/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Carries one partition's proposals to the controller and the answers back; what has no known outcome is sent again after a rest, for
 * as long as its leader waits for it. Keeps no state. Never called under the partition's lock.
 */
final class IsrProposals {
    /** The replica; it takes its lock. */
    interface Owner {
        /** @return what to send after a rest, or null */
        @Nullable
        Proposal answered(LeaderReplica leader, Proposal proposal, Reply reply);

        /** Whether the leader is still in office and waits for the outcome. */
        boolean waitsFor(LeaderReplica leader, Proposal proposal);

        /** Looks whether there is something else to propose. */
        void reconsider(LeaderReplica leader);
    }

    private static final Logger logger = LoggerFactory.getLogger(IsrProposals.class);

    private final ReplicaContext context;
    private final Owner owner;

    IsrProposals(ReplicaContext context, Owner owner) {
        this.context = context;
        this.owner = owner;
    }

    void send(LeaderReplica leader, Proposal proposal) {
        send(leader, proposal, Errors.NONE);
    }

    /** @param before what was answered to it when it was sent before */
    @SuppressWarnings("FutureReturnValueIgnored") // the stage handles failures too
    private void send(LeaderReplica leader, Proposal proposal, Errors before) {
        context.isrChanges().propose(proposal).whenComplete((reply, failure) -> {
            Reply answer = failure == null ? reply : new Reply(Errors.NETWORK_EXCEPTION, null);
            if (answer.error() != Errors.NONE) {
                Level level = answer.error() == before ? Level.DEBUG : Level.INFO; // once: it is sent again and again
                logger.atLevel(level)
                        .log(
                                "{}: the controller answered {} to the ISR {}",
                                proposal.id(),
                                answer.error(),
                                proposal.isr());
            }
            onReply(leader, proposal, answer);
        });
    }

    private void onReply(LeaderReplica leader, Proposal proposal, Reply reply) {
        Proposal next = owner.answered(leader, proposal, reply);
        long restNanos = TimeUnit.MILLISECONDS.toNanos(context.settings().isrRetryBackoffMs());
        if (next != null) {
            context.scheduler().schedule(restNanos, () -> {
                if (owner.waitsFor(leader, next)) {
                    send(leader, next, reply.error());
                }
            });
        } else {
            // Who has caught up meanwhile may have nothing more to fetch, so no fetch of it brings this up again.
            context.scheduler().schedule(restNanos, () -> owner.reconsider(leader));
        }
    }
}
