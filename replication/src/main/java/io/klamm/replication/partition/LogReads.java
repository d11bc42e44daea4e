/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.PartitionReplica.OffsetOutcome;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.OffsetOutOfRangeException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What a replica answers from its log. Any thread, no lock: what lies below the high watermark does not change. */
final class LogReads {
    private final PartitionLog log;
    private final HighWatermark highWatermark;
    private final PartitionId id;
    private final String topic;
    private final ReplicaSettings settings;

    LogReads(ReplicaContext context, PartitionId id, String topic, PartitionLog log, HighWatermark highWatermark) {
        this.log = log;
        this.highWatermark = highWatermark;
        this.id = id;
        this.topic = topic;
        this.settings = context.settings();
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
    FetchOutcome checkPosition(ReplicaRole role, FetchSpec spec) {
        long start = log.logStartOffset();
        if (spec.fetchOffset() < start) {
            return outOfRange(role);
        }
        if (spec.lastFetchedEpoch() >= 0) {
            EpochEnd end = log.epochEnd(spec.lastFetchedEpoch());
            if (end.epoch() < 0) {
                // The fetcher's last record is older than everything here: sound only if it has nothing of what is
                // here. And what a follower has below that may be of another history, of which its producers would
                // stay known: it begins anew.
                boolean hasNone = !spec.fromFollower() || spec.logStartOffset() == start;
                return spec.fetchOffset() == start && hasNone ? null : outOfRange(role);
            }
            if (end.epoch() < spec.lastFetchedEpoch() || end.endOffset() < spec.fetchOffset()) {
                return outcome(Errors.NONE, highWatermark.offset(), lastStableOffset(), null, end, role);
            }
        }
        return spec.fetchOffset() > log.logEndOffset() ? outOfRange(role) : null;
    }

    /**
     * Whether a follower can serve a consumer there (KIP-392). What the leader may have committed, while this replica does not have it or
     * does not know, is not available yet; nobody can tell that it is out of range.
     *
     * @return null when it can, else the answer
     */
    @Nullable
    FetchOutcome checkFollowed(ReplicaRole role, FetchSpec spec) {
        long committed = highWatermark.offset();
        if (spec.fetchOffset() >= log.logStartOffset() && spec.fetchOffset() > committed) {
            boolean mayBeCommitted = spec.fetchOffset() <= Math.max(log.logEndOffset(), highWatermark.heardOfLeader());
            return mayBeCommitted
                    ? outcome(Errors.OFFSET_NOT_AVAILABLE, committed, lastStableOffset(), null, null, role)
                    : outOfRange(role);
        }
        return checkPosition(role, spec);
    }

    /**
     * Reads from a position that was checked.
     *
     * @param role in which it was checked
     * @param now the role in force
     */
    FetchOutcome read(ReplicaRole role, FetchSpec spec, Supplier<ReplicaRole> now) throws LogDirOfflineException {
        FetchOutcome outcome = read(role, spec);
        ReplicaRole after = now.get();
        if (after == role || !spec.fromFollower()) {
            return outcome;
        }
        // What was read, the high watermark too, may be what this replica has from a newer leader.
        if (outcome.records() != null) {
            outcome.records().release();
        }
        Errors refusal = after.refusal(spec.currentLeaderEpoch());
        Errors error = refusal == Errors.NONE ? Errors.NOT_LEADER_OR_FOLLOWER : refusal;
        return FetchOutcome.failed(error, after.leaderId(), after.leaderEpoch());
    }

    private FetchOutcome read(ReplicaRole role, FetchSpec spec) throws LogDirOfflineException {
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
            boolean wantsRecords = spec.maxBytes() > 0 || spec.atLeastOne();
            if (wantsRecords && spec.fetchOffset() < end && !isHeldBack(spec)) {
                records = log.read(spec.fetchOffset(), spec.maxBytes(), end, spec.atLeastOne());
            }
        } catch (OffsetOutOfRangeException e) {
            return outOfRange(role); // the log start has passed it just now
        }
        if (records != null && records.length() == 0) {
            records.release();
            records = null;
        }
        if (records != null && spec.fromFollower()) {
            settings.throttles().leader().took(id, topic, spec.replicaId(), records.length());
        }
        return outcome(Errors.NONE, committed, stable, records, null, role);
    }

    /** It gets nothing this time, and asks again when its fetch has waited; the other partitions of its session go on (KIP-73). */
    private boolean isHeldBack(FetchSpec spec) {
        return spec.fromFollower() && settings.throttles().leader().pauseNanos(id, topic, spec.replicaId()) > 0;
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
    private FetchOutcome outOfRange(ReplicaRole role) {
        return outcome(Errors.OFFSET_OUT_OF_RANGE, highWatermark.offset(), -1, null, null, role);
    }

    private FetchOutcome outcome(
            Errors error,
            long committed,
            long stable,
            @Nullable RecordsRange records,
            @Nullable EpochEnd diverging,
            ReplicaRole role) {
        return new FetchOutcome(
                error,
                committed,
                stable,
                log.logStartOffset(),
                records,
                diverging,
                role.leaderId(),
                role.leaderEpoch());
    }
}
