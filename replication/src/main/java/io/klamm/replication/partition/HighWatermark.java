/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.PartitionLog;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive end of what is committed. It survives changes of role and only ever grows, but for a truncation below it, which only an
 * unclean election can ask for. Written under the partition's lock, read by any thread.
 */
final class HighWatermark {
    private volatile long offset;
    private volatile long heard = -1;

    /**
     * The log is told.
     *
     * @param log null when its dir is offline
     * @param checkpointed as far as the log is known to be committed, though it may not reach so far
     */
    HighWatermark(@Nullable PartitionLog log, long checkpointed) {
        if (log != null) {
            offset = Math.max(log.logStartOffset(), Math.min(checkpointed, log.logEndOffset()));
            log.updateHighWatermark(offset);
        }
    }

    long offset() {
        return offset;
    }

    /** A leader has said how far its log is committed, which may be more than this replica has. */
    void heardOfLeader(long leaderHighWatermark) {
        heard = leaderHighWatermark;
    }

    /** What the leader said last, -1 before it has. */
    long heardOfLeader() {
        return heard;
    }

    /** @return whether it grew */
    boolean advanceTo(long candidate) {
        if (candidate <= offset) {
            return false;
        }
        offset = candidate;
        return true;
    }

    /**
     * The log was truncated to {@code logEndOffset}.
     *
     * @return whether committed records went with it
     */
    boolean truncatedTo(long logEndOffset) {
        if (logEndOffset >= offset) {
            return false;
        }
        offset = logEndOffset;
        return true;
    }
}
