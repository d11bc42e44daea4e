/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.LastBatch;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A log as its cleaner sees it: sealed segments to read, and cleaned ones to put in their place. Appends, reads, truncations and
 * retention go on meanwhile; what no longer fits the log ends in a {@link CleaningAbortedException}. Thread-safe, but a log is
 * cleaned by one thread at a time.
 */
public final class CleanableLog {
    private final LogState log;
    private final LogDurability durability;

    CleanableLog(LogState log, LogDurability durability) {
        this.log = log;
        this.durability = durability;
    }

    /**
     * The log at one moment.
     *
     * @param segments those that may be cleaned, ascending: sealed, on disk, and with their last record below the high watermark and the
     *     last stable offset. One that lies on both sides of a bound waits as a whole: cutting it in two would be the only other way
     * @param logStartOffset where clients begin to read
     * @param cleanedEnd exclusive end of what earlier cleanings have been through
     * @param latestHorizonMs wall time from which on a cleaning finds something to take away though nothing is new, {@link
     *     Long#MAX_VALUE} for never
     * @param lastBatches of the producers that the log remembers, by producer id
     * @param cuts truncations so far
     */
    public record View(
            List<CleanableSegment> segments,
            long logStartOffset,
            long cleanedEnd,
            long latestHorizonMs,
            Map<Long, LastBatch> lastBatches,
            int cuts) {
        /** Exclusive; the log start when nothing may be cleaned. */
        public long endOffset() {
            return segments.isEmpty()
                    ? logStartOffset
                    : segments.get(segments.size() - 1).endOffset();
        }
    }

    public LogConfig config() {
        return log.config;
    }

    /** Takes the view for a cleaning. */
    public View view() throws LogDirOfflineException, CleaningAbortedException {
        log.appendLock.lock();
        try {
            checkOpen();
            return view(log.producers.lastBatches());
        } finally {
            log.appendLock.unlock();
        }
    }

    /** A view without the producers: cheap, to see whether there is anything to do. */
    public View glance() throws LogDirOfflineException, CleaningAbortedException {
        checkOpen();
        if (log.recoveryPoint.segmentBase() < log.segments.active().baseOffset()) {
            durability.rolled(); // after a crash the point may stay behind until the next roll, and cleaning behind it
        }
        return view(Map.of());
    }

    private View view(Map<Long, LastBatch> lastBatches) {
        int cuts = log.cuts;
        // The high watermark first: a transaction that opens afterwards begins above it.
        long bound = log.highWatermark;
        bound = Math.min(bound, log.firstUnstableOffset);
        bound = Math.min(bound, log.recoveryPoint.segmentBase());
        List<CleanableSegment> cleanable = new ArrayList<>();
        Segments segments = log.segments;
        for (Segment segment : segments.all()) {
            if (segment == segments.active() || segment.nextOffset() > bound) {
                break;
            }
            cleanable.add(new CleanableSegment(this, segment));
        }
        CleanedEnds.End cleaned = log.cleaned;
        return new View(cleanable, log.logStartOffset, cleaned.offset(), cleaned.latestHorizonMs(), lastBatches, cuts);
    }

    /** The transactions without effect that reach into a range, see {@link PartitionLog#abortedTransactions}. */
    public List<AbortedTransaction> abortedTransactions(long from, long to) throws LogDirOfflineException {
        return new LogReader(log).abortedTransactions(from, to);
    }

    /** Something to be read of a segment. */
    interface Question<T> {
        T ask() throws IOException;
    }

    /** Asks while the segment's file cannot be closed or get another name. */
    <T> T ask(Segment segment, Question<T> question) throws LogDirOfflineException, CleaningAbortedException {
        log.flushLock.lock();
        try {
            checkOpen();
            if (!segment.file().tryRetain()) {
                throw new CleaningAbortedException("a segment is gone");
            }
            try {
                return question.ask();
            } finally {
                segment.file().release();
            }
        } catch (IOException e) {
            throw failed("reading", e);
        } finally {
            log.flushLock.unlock();
        }
    }

    /** Opens a segment's file for reading; close it. */
    public SegmentInput open(CleanableSegment segment) throws LogDirOfflineException, CleaningAbortedException {
        SegmentFile file = segment.segment().file();
        // Under the lock that a deletion needs: otherwise the name could be another log's by now.
        log.flushLock.lock();
        try {
            checkOpen();
            if (!file.tryRetain()) {
                throw new CleaningAbortedException("a segment is gone");
            }
            boolean opened = false;
            try {
                SegmentInput input =
                        new SegmentInput(this, log.context.files(), file, file.channel(), segment.sizeInBytes());
                opened = true;
                return input;
            } finally {
                if (!opened) {
                    file.release();
                }
            }
        } catch (IOException e) {
            throw failed("reading", e);
        } finally {
            log.flushLock.unlock();
        }
    }

    /**
     * Begins a segment that will replace one of the view, and those behind it that it is given as well.
     *
     * @see CleanedSegment#include
     */
    public CleanedSegment replace(View view, CleanableSegment first)
            throws LogDirOfflineException, CleaningAbortedException {
        log.flushLock.lock();
        try {
            checkUncut(view);
            demandRoom(first.sizeInBytes(), 0);
            if (!log.unfinishedSwaps.finish()) {
                throw CleaningAbortedException.noRoom("the disk is full", first.sizeInBytes());
            }
            // A recovery point on disk that lies in one of these segments would point into the middle of a cleaned one.
            log.persistRecoveryPoint();
            return new CleanedSegment(this, log, view, first);
        } catch (IOException e) {
            throw unwritten(e);
        } finally {
            log.flushLock.unlock();
        }
    }

    /**
     * All below the offset has been cleaned; on disk when this returns.
     *
     * @param latestHorizonMs the last delete horizon of what was kept only until then, {@link Long#MAX_VALUE} when there is none
     */
    public void cleanedTo(View view, long endOffset, long latestHorizonMs)
            throws LogDirOfflineException, CleaningAbortedException {
        log.flushLock.lock();
        try {
            checkUncut(view);
            CleanedEnds.End end = new CleanedEnds.End(Math.max(endOffset, log.cleaned.offset()), latestHorizonMs);
            if (!end.equals(log.cleaned)) {
                log.moveCleanedEnd(end);
            }
        } catch (IOException e) {
            throw unwritten(e);
        } finally {
            log.flushLock.unlock();
        }
    }

    /** @throws CleaningAbortedException when the log was closed, or cut since the view was taken */
    public void checkUncut(View view) throws LogDirOfflineException, CleaningAbortedException {
        checkOpen();
        if (log.cuts != view.cuts()) {
            throw new CleaningAbortedException("the log was truncated");
        }
    }

    /**
     * While a copy of the log is made it is not compacted: a copy that takes longer than delete.retention.ms would have read a record, and
     * find its tombstone gone. Ends a cleaning that is under way; nothing of it is put in place after this call. Waits for a force.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock, read without
    void pause() {
        log.flushLock.lock();
        try {
            log.cleaningPauses = log.cleaningPauses + 1;
        } finally {
            log.flushLock.unlock();
        }
    }

    /** Once for each {@link #pause}. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock, read without
    void resume() {
        log.flushLock.lock();
        try {
            log.cleaningPauses = log.cleaningPauses - 1;
        } finally {
            log.flushLock.unlock();
        }
    }

    private void checkOpen() throws LogDirOfflineException, CleaningAbortedException {
        if (log.closed) {
            throw new CleaningAbortedException("the log is closed");
        }
        if (log.cleaningPauses > 0) {
            throw new CleaningAbortedException("the log is being moved");
        }
        log.checkOpen();
    }

    /**
     * Whether so many bytes could be written beside the log, by what was seen of the disk last: does not ask the disk. A cleaning that has
     * ended for want of room would end so again while this is false.
     */
    public boolean hasRoomFor(long bytes) {
        return log.dir.space().seemsToHaveRoomBesideLog(bytes);
    }

    /**
     * A cleaning stops before it lives off the reserve.
     *
     * @param written bytes of it that are on the disk already, and that would be wanted again
     */
    void demandRoom(long bytes, long written) throws IOException, CleaningAbortedException {
        if (!log.dir.space().hasRoomBesideLog(bytes)) {
            throw CleaningAbortedException.noRoom("the disk is almost full", bytes + written);
        }
    }

    /** What an error in writing beside the log means: a full disk ends this cleaning, and nothing is lost. */
    LogDirOfflineException unwritten(IOException error) throws CleaningAbortedException {
        if (log.dir.space().isLackingAfter(error)) {
            log.dir.space().exhausted("compacting " + log.identity, error);
            throw CleaningAbortedException.noRoom("the disk is full", 0);
        }
        return failed("cleaning", error);
    }

    /** What an I/O error means: the end of the log dir, or of this cleaning when the log has gone meanwhile. */
    LogDirOfflineException failed(String doing, IOException error) throws CleaningAbortedException {
        if (log.closed
                || (error instanceof NoSuchFileException && !log.context.files().exists(log.folder.path()))) {
            throw new CleaningAbortedException("the log is closed");
        }
        return log.dir.failed(doing + " " + log.identity, error);
    }

    /** {@code topic-partition}. */
    @Override
    public String toString() {
        return log.identity.toString();
    }
}
