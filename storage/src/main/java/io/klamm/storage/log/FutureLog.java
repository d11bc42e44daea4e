/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;

/**
 * A copy of a log on its way to another log dir (KIP-113). Its folder has a name of its own until {@link LogStore#promote} gives it that
 * of the log; what a crash leaves of it before is deleted at the next start. Used by one thread at a time.
 */
public final class FutureLog {
    private final SegmentedLog log;
    private final SegmentedLog original;
    private final StoreDir dir;
    private final LogFiles files;

    /** @param original is not compacted until {@link #ended} */
    FutureLog(SegmentedLog log, SegmentedLog original, StoreDir dir, LogFiles files) {
        this.log = log;
        this.original = original;
        this.dir = dir;
        this.files = files;
        original.cleanable().pause();
    }

    /** Nothing more is copied. Once. */
    void ended() {
        original.cleanable().resume();
    }

    SegmentedLog log() {
        return log;
    }

    StoreDir dir() {
        return dir;
    }

    public Uuid directoryId() {
        return dir.dir().id();
    }

    public Path directory() {
        return dir.dir().path();
    }

    public long sizeInBytes() {
        return log.sizeInBytes();
    }

    public long logEndOffset() {
        return log.logEndOffset();
    }

    /**
     * Copies what comes next; first cuts off what the original has lost meanwhile.
     *
     * @param original the log that is being moved
     * @param endOffset nothing at or above it is copied
     * @return bytes copied, 0 when there is nothing more below {@code endOffset}, or the original has just been cut
     * @throws RejectedBatchException when this dir has no room, or the original is damaged
     * @throws LogDirOfflineException when one of the two dirs does not work
     */
    public int copy(PartitionLog original, long endOffset, int maxBytes)
            throws RejectedBatchException, LogDirOfflineException {
        dir.dir().space().checkLeader(); // a move can wait; others need the reserve
        long start = original.logStartOffset();
        if (log.logEndOffset() < start || (log.logStartOffset() < start && log.sizeInBytes() == 0)) {
            log.truncateFullyAndStartAt(start);
        }
        SegmentedLog source = (SegmentedLog) original;
        int seen = source.truncations();
        follow(original);
        RecordsRange range;
        try {
            range = original.read(log.logEndOffset(), maxBytes, endOffset, true);
        } catch (OffsetOutOfRangeException e) {
            return 0; // it has just been cut, at its start or at its end
        }
        try {
            int length = range.length();
            if (length == 0) {
                return 0;
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect(length);
            files.read(range.channel(), bytes, range.position());
            if (source.isCutSince(seen)) {
                return 0; // it may be the end of one history and the beginning of another
            }
            log.appendReplicated(bytes.flip(), EpochGate.GROWING);
            log.advanceLogStart(Math.min(original.logStartOffset(), log.logEndOffset()));
            return length;
        } catch (IOException e) {
            throw source.readFailed(e);
        } finally {
            range.release();
        }
    }

    /** By (epoch, end offset), as a follower does. */
    private void follow(PartitionLog original) throws LogDirOfflineException {
        if (log.lastEpoch() < 0) {
            return;
        }
        EpochEnd own = original.epochEnd(log.lastEpoch());
        long common = own.epoch() < 0 ? log.logStartOffset() : Math.min(own.endOffset(), log.logEndOffset());
        if (common < log.logEndOffset()) {
            log.truncateTo(Math.max(common, log.logStartOffset()));
        }
    }

    /** Whether it holds everything that the original holds. */
    public boolean isComplete(PartitionLog original) {
        return log.logEndOffset() == original.logEndOffset();
    }
}
