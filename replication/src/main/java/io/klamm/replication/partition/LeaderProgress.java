/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import io.klamm.storage.log.PartitionLog;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What follows when something of a leader has moved, be it its log, a follower or the ISR: the high watermark goes as far as it may, and
 * completes and wakes what that allows; the ISR is to change (rules D5.3 to D5.5). Keeps no state of its own; everything is called under
 * the lock of the {@link LocalReplica}, with the role in force.
 */
final class LeaderProgress {
    private final ReplicaContext context;
    private final PartitionLog log;
    private final HighWatermark highWatermark;
    private final ParkedAppends parked;
    private final FetchWaiters fetchWaiters;
    private final RecordDeletions deletions;

    LeaderProgress(
            ReplicaContext context,
            PartitionLog log,
            HighWatermark highWatermark,
            ParkedAppends parked,
            FetchWaiters fetchWaiters,
            RecordDeletions deletions) {
        this.context = context;
        this.log = log;
        this.highWatermark = highWatermark;
        this.parked = parked;
        this.fetchWaiters = fetchWaiters;
        this.deletions = deletions;
    }

    /** Moves the high watermark as far as it goes, and completes and wakes what that allows. */
    void advance(LeaderReplica leader, Effects effects) {
        long end =
                leader.committableEnd(Durability.heldEnd(log), context.image().get(), now(), lagNanos());
        if (highWatermark.advanceTo(end)) {
            log.updateHighWatermark(end);
            complete(leader, effects);
        }
        if (!deletions.isEmpty()) {
            deletions.advance(
                    leader.lowestLogStart(log.logStartOffset(), context.image().get()), effects);
        }
        if (!fetchWaiters.isEmpty()) {
            long committed = highWatermark.offset();
            fetchWaiters.advance(
                    log.logEndOffset(), committed, Math.min(committed, log.firstUnstableOffset()), effects);
        }
    }

    /** Completes appends below the high watermark. Rule D5.5: min ISR is asked again when the records are committed. */
    void complete(LeaderReplica leader, Effects effects) {
        parked.committedTo(highWatermark.offset(), afterAppend(leader, Errors.NONE), effects);
    }

    /** What an append with acks=all comes to: {@code otherwise}, when enough replicas are in sync. */
    static Errors afterAppend(ReplicaRole role, Errors otherwise) {
        return role instanceof LeaderReplica leader && !leader.enoughInSync()
                ? Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND
                : otherwise;
    }

    /** A proposal that lets in whoever may join, or null. */
    @Nullable
    Proposal expansion(LeaderReplica leader) {
        return leader.proposeExpand(highWatermark.offset(), context.image().get(), now());
    }

    /** A proposal without those that lag, or null. */
    @Nullable
    Proposal shrinking(LeaderReplica leader) {
        return leader.proposeShrink(log.logEndOffset(), context.image().get(), now(), lagNanos());
    }

    /** @return what to send to the controller after a rest, or null */
    @Nullable
    Proposal answered(LeaderReplica leader, Proposal proposal, Reply reply, Effects effects) {
        long restNanos = TimeUnit.MILLISECONDS.toNanos(context.settings().isrRetryBackoffMs());
        Proposal next = leader.onReply(proposal, reply, context.image().get(), now(), restNanos);
        advance(leader, effects);
        return next;
    }

    private long now() {
        return context.nanoTime().getAsLong();
    }

    private long lagNanos() {
        return TimeUnit.MILLISECONDS.toNanos(context.settings().replicaLagTimeMaxMs());
    }
}
