/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.PartitionReplica.DeleteOutcome;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Deletions of records that wait until the log of every live replica starts where it was asked to (KIP-107). Guarded by the
 * partition's lock.
 */
final class RecordDeletions {
    private final OffsetWaiters waiting;
    private long lowWatermark;

    RecordDeletions(int limit, OffsetWaiters.Alarm alarm) {
        this.waiting = new OffsetWaiters(limit, alarm);
    }

    /** Why records below {@code start} cannot be deleted by this role; NONE when they can. */
    static Errors refusal(ReplicaRole role, long start, long highWatermark) {
        Errors error = role.refusal(-1);
        return error == Errors.NONE && (start < 0 || start > highWatermark) ? Errors.OFFSET_OUT_OF_RANGE : error;
    }

    boolean isEmpty() {
        return waiting.size() == 0;
    }

    /** @param beforeOffset what the log of each is to start at or above */
    void park(long beforeOffset, long deadlineNanos, Consumer<DeleteOutcome> done, Effects effects) {
        if (waiting.full()) {
            effects.add(() -> done.accept(DeleteOutcome.failed(Errors.REQUEST_TIMED_OUT)));
            return;
        }
        waiting.park(
                beforeOffset,
                deadlineNanos,
                error -> done.accept(
                        error == Errors.NONE ? new DeleteOutcome(error, lowWatermark) : DeleteOutcome.failed(error)));
    }

    /** @param lowest log start of the live replica whose log starts first */
    void advance(long lowest, Effects effects) {
        lowWatermark = lowest;
        waiting.completeTo(lowest, Errors.NONE, effects);
    }

    void expire(long nowNanos, Effects effects) {
        waiting.expire(nowNanos, Errors.REQUEST_TIMED_OUT, effects);
    }

    void completeAll(Errors error, Effects effects) {
        waiting.completeAll(error, effects);
    }
}
