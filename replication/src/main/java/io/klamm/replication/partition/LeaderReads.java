/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.PartitionReplica.OffsetOutcome;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.OffsetOutOfRangeException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What a leader answers from its log. Any thread, no lock: what lies below the high watermark does not change. */
final class LeaderReads {
    private final PartitionLog log;
    private final HighWatermark highWatermark;

    LeaderReads(PartitionLog log, HighWatermark highWatermark) {
        this.log = log;
        this.highWatermark = highWatermark;
    }

    /** End of what a read_committed consumer may read, exclusive. */
    long lastStableOffset() {
        return Math.min(highWatermark.offset(), log.firstUnstableOffset());
    }

    /**
     * Whether (last fetched epoch, fetch offset) is a position of this log, and if not, where the fetcher's log leaves it (rule D5.1,
     * KIP-595).
     *
     * @return null when it is one, else the answer
     */
    @Nullable
    FetchOutcome checkPosition(LeaderReplica leader, FetchSpec spec) {
        long start = log.logStartOffset();
        if (spec.fetchOffset() < start) {
            return outOfRange(leader);
        }
        if (spec.lastFetchedEpoch() >= 0) {
            EpochEnd end = log.epochEnd(spec.lastFetchedEpoch());
            if (end.epoch() < 0) {
                // The fetcher's last record is older than everything here: sound only if it has nothing of what is
                // here.
                return spec.fetchOffset() == start ? null : outOfRange(leader);
            }
            if (end.epoch() < spec.lastFetchedEpoch() || end.endOffset() < spec.fetchOffset()) {
                return outcome(Errors.NONE, highWatermark.offset(), lastStableOffset(), null, end, leader);
            }
        }
        return spec.fetchOffset() > log.logEndOffset() ? outOfRange(leader) : null;
    }

    /** Reads from a position that was checked. */
    FetchOutcome read(LeaderReplica leader, FetchSpec spec) throws LogDirOfflineException {
        long committed = highWatermark.offset();
        long stable = Math.min(committed, log.firstUnstableOffset());
        long end =
                switch (FetchWaiters.End.of(spec)) {
                    case LOG -> log.logEndOffset();
                    case HIGH_WATERMARK -> committed;
                    case STABLE -> stable;
                };
        RecordsRange records = null;
        try {
            if (spec.fetchOffset() < end) {
                records = log.read(spec.fetchOffset(), spec.maxBytes(), end, spec.atLeastOne());
            }
        } catch (OffsetOutOfRangeException e) {
            return outOfRange(leader); // the log start has passed it just now
        }
        if (records != null && records.length() == 0) {
            records.release();
            records = null;
        }
        return outcome(Errors.NONE, committed, stable, records, null, leader);
    }

    /** ListOffsets. */
    OffsetOutcome offsetFor(LeaderReplica leader, long timestamp, boolean readCommitted, boolean consumer)
            throws LogDirOfflineException {
        long committed = highWatermark.offset();
        long end = !consumer ? log.logEndOffset() : readCommitted ? lastStableOffset() : committed;
        boolean lagging = consumer && committed < leader.epochStartOffset();
        return OffsetLookup.find(log, timestamp, end, lagging, leader.leaderEpoch());
    }

    /** Carries the log start: a follower needs it to start anew. */
    private FetchOutcome outOfRange(LeaderReplica leader) {
        return outcome(Errors.OFFSET_OUT_OF_RANGE, highWatermark.offset(), -1, null, null, leader);
    }

    private FetchOutcome outcome(
            Errors error,
            long committed,
            long stable,
            @Nullable RecordsRange records,
            @Nullable EpochEnd diverging,
            LeaderReplica leader) {
        return new FetchOutcome(
                error,
                committed,
                stable,
                log.logStartOffset(),
                records,
                diverging,
                leader.leaderId(),
                leader.leaderEpoch());
    }
}
