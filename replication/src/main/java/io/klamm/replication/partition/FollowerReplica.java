/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RejectedBatchException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a leader in one leader epoch, or waits for a leader. Its log may differ from the leader's until a fetch in this epoch was
 * accepted; what differs is cut by (epoch, end offset), never by high watermark (rule D5.1; KIP-101, KIP-279, KIP-595). Called under
 * the lock of its {@link LocalReplica}.
 */
final class FollowerReplica implements ReplicaRole {
    private static final Logger logger = LoggerFactory.getLogger(FollowerReplica.class);

    private final int leaderEpoch;
    private final int leaderId;
    private final EpochLineage lineage;

    /** @param leaderId -1 while there is no leader, or while this node is about to become it */
    FollowerReplica(int leaderEpoch, int leaderId) {
        this.leaderEpoch = leaderEpoch;
        this.leaderId = leaderId;
        this.lineage = new EpochLineage(leaderEpoch);
    }

    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    @Override
    public int leaderId() {
        return leaderId;
    }

    @Override
    public Errors servingError() {
        return Errors.NOT_LEADER_OR_FOLLOWER;
    }

    boolean follows(PartitionState state) {
        return leaderEpoch == state.leaderEpoch() && leaderId == state.leader();
    }

    /** Takes in what the leader answered to a fetch from the end of {@code log}. */
    FollowerStep apply(PartitionLog log, HighWatermark highWatermark, FetchedPartition fetched)
            throws LogDirOfflineException {
        if (fetched.error() == Errors.OFFSET_OUT_OF_RANGE) {
            return startAnew(log, highWatermark, fetched.logStartOffset());
        }
        if (fetched.diverging() != null) {
            truncate(log, fetched.diverging());
            truncated(log, highWatermark);
            return FollowerStep.TRUNCATED;
        }
        FollowerStep step = FollowerStep.UNCHANGED;
        ByteBuffer records = fetched.records();
        if (records != null && records.hasRemaining()) {
            long before = log.logEndOffset();
            try {
                lineage.nextAnswer();
                log.appendReplicated(records, lineage);
            } catch (RejectedBatchException e) {
                if (e.error() == Errors.KAFKA_STORAGE_ERROR) {
                    return FollowerStep.FULL; // its log dir has said so
                }
                if (endsInsideOf(records, log, fetched.logStartOffset())) {
                    return startAnew(log, highWatermark, fetched.logStartOffset());
                }
                logger.warn(
                        "{}-{}: records of leader {} at {} cannot be appended: {} {}",
                        log.topic(),
                        log.partition(),
                        leaderId,
                        before,
                        e.error(),
                        e.getMessage());
                return FollowerStep.REJECTED;
            }
            step = afterAppend(log, before);
        }
        highWatermark.heardOfLeader(fetched.highWatermark());
        if (highWatermark.advanceTo(Math.min(fetched.highWatermark(), log.logEndOffset()))) {
            log.updateHighWatermark(highWatermark.offset());
        }
        long start = Math.min(fetched.logStartOffset(), highWatermark.offset());
        if (start > log.logStartOffset()) {
            log.advanceLogStartUnlessBusy(start); // stays where it is while the disk is full, too
            return step == FollowerStep.APPENDED || log.logStartOffset() < start ? step : FollowerStep.STARTED_LATER;
        }
        return step;
    }

    /**
     * Whether this log ends inside of the leader's batch, thus by another history, and epochs cannot tell where the two part: the leader
     * has nothing of it any more, having its log start in that batch, or this log has deleted all its records.
     */
    private static boolean endsInsideOf(ByteBuffer records, PartitionLog log, long leaderStart) {
        boolean holdsAny = log.logStartOffset() < log.logEndOffset();
        boolean deletedAll = !holdsAny && log.sizeInBytes() > 0; // not so once it has started anew
        boolean incomparable = deletedAll || (holdsAny && log.logEndOffset() <= leaderStart);
        return incomparable
                && records.getLong(records.position()) < log.logEndOffset(); // a batch begins with its offset
    }

    private FollowerStep afterAppend(PartitionLog log, long before) {
        if (lineage.hasForeign()) {
            logger.info(
                    "{}-{}: leader {} of epoch {} has sent records of a newer epoch; they are left out from {} on",
                    log.topic(),
                    log.partition(),
                    leaderId,
                    leaderEpoch,
                    log.logEndOffset());
        }
        if (log.logEndOffset() > before) {
            return FollowerStep.APPENDED;
        }
        return lineage.hasUnconfirmed() ? FollowerStep.UNCONFIRMED : FollowerStep.FOREIGN;
    }

    /**
     * The leader has nothing that continues this log: it starts above the end of it, or everything it has is of later epochs, or it
     * ends below the start of an empty log.
     */
    private static FollowerStep startAnew(PartitionLog log, HighWatermark highWatermark, long leaderStart)
            throws LogDirOfflineException {
        if (leaderStart < 0) {
            return FollowerStep.REJECTED;
        }
        logger.info(
                "{}-{}: log [{}, {}) starts anew at {}, the leader's log start",
                log.topic(),
                log.partition(),
                log.logStartOffset(),
                log.logEndOffset(),
                leaderStart);
        log.truncateFullyAndStartAt(leaderStart);
        truncated(log, highWatermark);
        return FollowerStep.TRUNCATED;
    }

    /**
     * Cuts the log, and its epochs, to where it may still agree with the leader's. Each answer of the leader removes at least the
     * last epoch or part of it, so asking again comes to an end.
     *
     * @param leaderEnd largest epoch of the leader's log that is not above this log's last epoch, and its end there
     */
    private static void truncate(PartitionLog log, EpochEnd leaderEnd) throws LogDirOfflineException {
        long start = log.logStartOffset();
        EpochEnd own = log.epochEnd(leaderEnd.epoch());
        // No own epoch is that old: nothing here comes from an epoch that the leader has, and what was deleted below
        // the start may not
        // either. The leader may have a batch that spans the start.
        boolean foreign = own.epoch() < 0;
        long target = Math.min(foreign ? start : own.endOffset(), leaderEnd.endOffset());
        logger.info(
                "{}-{}: log end {} of epoch {} cut to {}: the leader's epoch {} ends at {}",
                log.topic(),
                log.partition(),
                log.logEndOffset(),
                log.lastEpoch(),
                target,
                leaderEnd.epoch(),
                leaderEnd.endOffset());
        if (foreign || target < start) {
            log.truncateFullyAndStartAt(target);
        } else {
            log.truncateTo(Math.min(target, log.logEndOffset()));
        }
    }

    private static void truncated(PartitionLog log, HighWatermark highWatermark) {
        long before = highWatermark.offset();
        if (highWatermark.truncatedTo(log.logEndOffset())) {
            logger.warn(
                    "{}-{}: committed records from {} to {} are gone, by an unclean election",
                    log.topic(),
                    log.partition(),
                    log.logEndOffset(),
                    before);
        }
        // a log that starts anew begins with what is committed
        highWatermark.advanceTo(log.logStartOffset());
        log.updateHighWatermark(highWatermark.offset());
    }
}
