/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.AppendResult;
import io.klamm.storage.log.PartitionLog;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Appended records whose producers wait: for the high watermark (acks=all) or for this node's disk (acks=1 where appends must be
 * durable). They outlive a new epoch under the same leader. Guarded by the partition's lock.
 */
final class ParkedAppends {
    private final OffsetWaiters committed;
    private final OffsetWaiters flushed;

    ParkedAppends(int limit, OffsetWaiters.Alarm alarm) {
        this.committed = new OffsetWaiters(limit, alarm);
        this.flushed = new OffsetWaiters(limit, alarm);
    }

    boolean full() {
        return committed.full() || flushed.full();
    }

    /**
     * Completes or parks one append.
     *
     * @param log where it was appended
     * @param durable whether acks=1 waits for the disk
     */
    void add(
            PartitionLog log,
            AppendResult appended,
            short acks,
            boolean durable,
            long deadlineNanos,
            Consumer<AppendOutcome> done,
            Effects effects) {
        // Clients take the error for success without an offset (KIP-98).
        Errors written = appended.baseOffset() < 0 ? Errors.DUPLICATE_SEQUENCE_NUMBER : Errors.NONE;
        AppendOutcome success = new AppendOutcome(
                written, null, appended.baseOffset(), appended.logAppendTimeMs(), log.logStartOffset());
        OffsetWaiters.Waiter waiter =
                error -> done.accept(error == Errors.NONE ? success : AppendOutcome.failed(error, message(error)));
        if (acks == -1) {
            committed.park(appended.endOffset(), deadlineNanos, waiter);
        } else if (acks == 1 && durable && log.flushedEndOffset() < appended.endOffset()) {
            flushed.park(appended.endOffset(), deadlineNanos, waiter);
        } else {
            effects.add(() -> waiter.complete(Errors.NONE));
        }
    }

    /** Everything below {@code highWatermark} is committed. */
    void committedTo(long highWatermark, Errors error, Effects effects) {
        committed.completeTo(highWatermark, error, effects);
    }

    /** Everything below {@code endOffset} is on this node's disk. */
    void flushedTo(long endOffset, Effects effects) {
        flushed.completeTo(endOffset, Errors.NONE, effects);
    }

    /** @param lateCommit what a producer gets whose acks=all comes too late */
    void expire(long nowNanos, Errors lateCommit, Effects effects) {
        committed.expire(nowNanos, lateCommit, effects);
        flushed.expire(nowNanos, Errors.REQUEST_TIMED_OUT, effects);
    }

    void completeAll(Errors error, Effects effects) {
        committed.completeAll(error, effects);
        flushed.completeAll(error, effects);
    }

    private static @Nullable String message(Errors error) {
        return switch (error) {
            case NOT_ENOUGH_REPLICAS_AFTER_APPEND ->
                "appended, but fewer replicas are in sync than min.insync.replicas";
            case REQUEST_TIMED_OUT -> "appended, but not replicated in time";
            default -> null;
        };
    }
}
