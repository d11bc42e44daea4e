/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import io.klamm.storage.log.AppendResult;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.PreparedBatches;
import io.klamm.storage.log.RejectedBatchException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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

    PartitionLog log() {
        return log;
    }

    /**
     * How long an append waits, and who is told.
     *
     * @param acks 0, 1 or -1 (all)
     * @param deadlineNanos when to give up waiting
     */
    record Wait(short acks, long deadlineNanos, Consumer<AppendOutcome> done) {
        void refused(Errors error, @Nullable String reason, Effects effects) {
            effects.add(() -> done.accept(AppendOutcome.failed(error, reason)));
        }
    }

    /**
     * Appends what a producer has sent, unless too few are in sync (rule D5.5), too many wait, or the log takes it not.
     *
     * @param batches as they came, or {@code prepared}: one of the two
     * @return whether it is in the log
     */
    boolean append(
            LeaderReplica leader,
            @Nullable ByteBuffer batches,
            @Nullable PreparedBatches prepared,
            Wait wait,
            Effects effects)
            throws LogDirOfflineException {
        if (wait.acks == -1 && !leader.enoughInSync()) {
            String reason = "in sync: " + leader.isr().committed() + ", needed: " + leader.effectiveMinIsr();
            wait.refused(Errors.NOT_ENOUGH_REPLICAS, reason, effects);
            return false;
        }
        if (wait.acks != 0 && parked.full()) {
            String reason = "too many requests wait for the replicas of this partition";
            wait.refused(Errors.NOT_ENOUGH_REPLICAS, reason, effects);
            return false;
        }
        long end = log.logEndOffset();
        AppendResult appended;
        try {
            appended = batches != null
                    ? log.append(batches, leader.leaderEpoch())
                    : log.append(Objects.requireNonNull(prepared), leader.leaderEpoch());
        } catch (RejectedBatchException e) {
            effects.add(() -> wait.done.accept(AppendOutcome.rejected(e)));
            return false;
        }
        leader.appended(end, now());
        parked.add(log, appended, wait.acks, Durability.everyAppend(log), wait.deadlineNanos, wait.done, effects);
        complete(leader, effects); // a duplicate may be committed already
        advance(leader, effects);
        return true;
    }

    /** A follower has asked from a sound position, in this epoch. */
    void fetched(FollowerProgress follower, FetchSpec spec) {
        if (follower.onFetch(spec.fetchOffset(), spec.replicaEpoch(), log.logEndOffset(), now())) {
            follower.startsAt(spec.logStartOffset());
        }
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
        wakeFetches(effects);
    }

    /** Tells who waits for news of the log, in whatever role. */
    void wakeFetches(Effects effects) {
        if (!fetchWaiters.isEmpty()) {
            fetchWaiters.advance(ends(), effects);
        }
    }

    /** Lets a fetch wait for news of the log, in whatever role. */
    void park(FetchWaiters.Waiter waiter, Effects effects) {
        fetchWaiters.park(waiter, ends(), effects);
    }

    private FetchWaiters.Ends ends() {
        long committed = highWatermark.offset();
        long stable = Math.min(committed, log.firstUnstableOffset());
        return new FetchWaiters.Ends(log.logStartOffset(), log.logEndOffset(), committed, stable);
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
