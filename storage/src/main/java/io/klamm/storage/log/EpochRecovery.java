/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.RecordBatch;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the leader epochs fit the batches when a log is opened. Those of the batches that were scanned are there already. */
final class EpochRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(EpochRecovery.class);

    private final LogIdentity identity;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final long logStart;
    private final long end;

    EpochRecovery(LogIdentity identity, Segments segments, LeaderEpochs epochs, long logStart) {
        this.identity = identity;
        this.segments = segments;
        this.epochs = epochs;
        this.logStart = logStart;
        this.end = segments.active().nextOffset();
    }

    /**
     * @param found what the file has said
     * @param point what was on disk, null when it is not known
     * @param scannedAll every batch was scanned
     * @return whether the epochs are others now than in the file
     */
    boolean run(LeaderEpochs.Loaded found, @Nullable RecoveryPoint point, boolean scannedAll) throws IOException {
        boolean whole = found.whole() && (point == null || agree(found, point));
        boolean changed = true;
        if (beginAbove()) {
            rebuild(new LeaderEpochs.Loaded(false, false, List.of()));
        } else if (!whole
                && !(scannedAll && found.starts().isEmpty())
                && end > segments.first().baseOffset()) {
            rebuild(found);
        } else {
            changed = false;
        }
        changed |= epochs.dropAbove(end);
        epochs.startAt(logStart);
        return changed;
    }

    /** Whether the last record below the recovery point has the epoch that the file gives it, where there is reason to ask. */
    private boolean agree(LeaderEpochs.Loaded found, RecoveryPoint point) throws IOException {
        long last = Math.min(point.offset(), end) - 1;
        if (last < logStart) {
            return true;
        }
        int known = -1;
        for (LeaderEpochs.Start start : found.starts()) {
            known = start.startOffset() <= last ? start.epoch() : known;
        }
        if (point.lastEpoch() >= 0 && !found.torn()) {
            return known == point.lastEpoch();
        }
        RecordBatch batch = batchAt(last);
        return batch == null || batch.leaderEpoch() == known;
    }

    /** Whether the epochs of the first records are missing: a loss of power has brought back a log start from before. */
    private boolean beginAbove() throws IOException {
        LeaderEpochs.Start first = epochs.firstStart();
        if (logStart >= end || (first != null && first.startOffset() <= logStart)) {
            return false;
        }
        RecordBatch batch = batchAt(logStart);
        return batch != null && batch.leaderEpoch() >= 0 && (first == null || batch.baseOffset() < first.startOffset());
    }

    /**
     * Reads from the batches what the file lacks. What it has may be of an older history of the log; but where an epoch starts with the
     * very batch that starts it here, all before is the same too.
     */
    private void rebuild(LeaderEpochs.Loaded found) throws IOException {
        epochs.restore(found);
        LeaderEpochs.Start last = epochs.lastStart();
        while (last != null && !startsHere(last)) {
            epochs.truncateFrom(last.startOffset());
            last = epochs.lastStart();
        }
        long from = last == null ? segments.first().baseOffset() : last.startOffset();
        LOG.info(
                "{}: the file of leader epochs is missing or damaged: reading those from {} on from the batches",
                identity,
                from);
        for (Segment segment : segments.from(from)) {
            HeaderCursor cursor = segment.cursor();
            int position = Segment.positionOf(segment.locate(from, segment.tail()));
            while (position < segment.size()) {
                RecordBatch batch = cursor.at(position, segment.size());
                if (batch == null) {
                    throw new DamagedBatchException(segment.file(), position);
                }
                epochs.assign(batch.leaderEpoch(), batch.baseOffset());
                position += batch.sizeInBytes();
            }
        }
    }

    private boolean startsHere(LeaderEpochs.Start start) throws IOException {
        RecordBatch batch = batchAt(start.startOffset());
        return batch != null && batch.baseOffset() == start.startOffset() && batch.leaderEpoch() == start.epoch();
    }

    /** The header of the first batch that reaches to the offset, within its segment; null when there is none. */
    private @Nullable RecordBatch batchAt(long offset) throws IOException {
        Segment segment = segments.floor(offset);
        int position = Segment.positionOf(segment.locate(offset, segment.tail()));
        return position < segment.size() ? segment.cursor().at(position, segment.size()) : null;
    }
}
