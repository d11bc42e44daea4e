/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.TransactionIndex;
import io.klamm.storage.producer.ProducerStates;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a {@link SegmentedLog} consists of, shared by those who write, read, cut and flush it.
 *
 * <p>Locks: {@link #flushLock} before {@link #appendLock}. The append lock guards everything that changes the log's content, the
 * producer states included, and is held while batches are written to the page cache, never while a file is forced (but for an
 * epoch that a leader starts, and for a truncation). The flush lock is held while files are forced. Reads take neither: they go by
 * {@link #logEndOffset}, which is published last, the immutable {@link #segments}, and the segments' own tails. A truncation counts
 * {@link #truncations} up before (to an odd number) and after (to an even one); a read that saw it move tries again.
 *
 * <p>Recovery starts from {@link #recoveryPoint}. It advances only when records, index entries, epochs and producers below it are
 * on disk; before a truncation touches a file it goes back, on disk. What the checkpoint file says of it may lag behind, and never
 * lies ahead.
 *
 * <p>Cleaning exchanges sealed segments below the recovery point for cleaned ones ({@link CleanedSegment}): on disk under the
 * flush lock, in memory under both, and it counts {@link #truncations} up as well, so that a read that holds the old segments tries
 * again. {@link #cleaned} goes back, on disk, before records below it are cut.
 *
 * <p>Where the disk has no room for what a truncation must say on disk, that is put off ({@link #beforeGrowth}): it says that there is less,
 * and as long as the log does not grow, a start finds that out from the segments. So the log refuses to grow until it has been written.
 */
final class LogState {
    final LogContext context;
    final LogIdentity identity;
    final LogDir dir;
    final LogFolder folder;
    final LeaderEpochs epochs;
    final ProducerStates producers;
    final ProducerHistory history;
    final FlushWaiters waiters = new FlushWaiters();
    final ReentrantLock appendLock = new ReentrantLock();
    final ReentrantLock flushLock = new ReentrantLock();
    final AtomicInteger truncations = new AtomicInteger();

    volatile LogConfig config;
    volatile Segments segments;
    volatile long logStartOffset;
    volatile long logEndOffset;
    volatile long flushedEnd;
    volatile long highWatermark;
    volatile long firstUnstableOffset;
    volatile RecoveryPoint recoveryPoint;
    volatile boolean closed;
    /** What compaction has been through. */
    volatile CleanedEnds.End cleaned;
    /** Truncations so far; written under both locks. */
    volatile int cuts;
    /** How many ask that the log is not compacted, see {@link CleanableLog#pause}; written under the flush lock. */
    volatile int cleaningPauses;
    /** Exchanges of segments that are not complete on disk. */
    final UnfinishedSwaps unfinishedSwaps;

    final RecentWrites recentWrites;

    /** What is on disk speaks of records that were cut; written under the append lock. */
    private volatile boolean owing;

    private final DirCheckpoints checkpoints;

    LogState(LogContext context, LogConfig config, OpenedLog opened) {
        this.context = context;
        this.config = config;
        this.identity = opened.identity();
        this.dir = opened.dir();
        this.folder = opened.folder();
        this.checkpoints = opened.checkpoints();
        this.epochs = opened.epochs();
        this.producers = opened.producers();
        this.history = new ProducerHistory(context.files(), folder.path());
        this.unfinishedSwaps = new UnfinishedSwaps(identity, dir);
        this.recentWrites = new RecentWrites(context.cache());
        this.segments = opened.segments();
        this.logEndOffset = segments.active().nextOffset();
        this.logStartOffset = opened.logStartOffset();
        this.highWatermark = logStartOffset;
        this.recoveryPoint = opened.recoveryPoint();
        this.flushedEnd = recoveryPoint.offset();
        this.cleaned = checkpoints.cleanedEnds().get(folder.name(), identity.topicId());
        producers.highWatermarkAdvanced(highWatermark);
        this.firstUnstableOffset = producers.firstUnstableOffset();
    }

    /** For timestamps. */
    long nowMs() {
        return context.wallClock().millis();
    }

    /** By this it is told whether something is old. */
    long ageNowMs() {
        return context.ageClock().millis();
    }

    Segment newSegment(long baseOffset) {
        return new Segment(context.files(), folder.path(), baseOffset, 0, baseOffset, true);
    }

    void moveRecoveryPoint(RecoveryPoint point) {
        recoveryPoint = point;
        checkpoints.recoveryPointMoved(folder.name(), identity.topicId(), point);
    }

    /** On disk when this returns. */
    void moveRecoveryPointBack(RecoveryPoint point) throws IOException {
        moveRecoveryPoint(point);
        checkpoints.writeRecoveryPoints();
    }

    /** What is known of recovery points so far is on disk when this returns. */
    void persistRecoveryPoint() throws IOException {
        checkpoints.writeRecoveryPoints();
    }

    /** On disk when this returns. Flush lock, or append lock when it does not move ahead. */
    void moveCleanedEnd(CleanedEnds.End end) throws IOException {
        cleaned = end;
        checkpoints.cleanedEnds().moved(folder.name(), identity.topicId(), end);
    }

    /**
     * Before records at and above the offset go: that they have been cleaned must not be believed of those that take their place.
     * Both locks.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the locks, read without
    void beforeCut(long newEnd) throws IOException {
        unfinishedSwaps.demandFinish();
        recentWrites.forget();
        cuts = cuts + 1;
        if (cleaned.offset() > newEnd) {
            beforeGrowth(() -> moveCleanedEnd(new CleanedEnds.End(newEnd, cleaned.latestHorizonMs())));
        }
    }

    /**
     * Writes what must be on disk before the log grows: now, or when there is room. Append lock, and both where the step demands it; the
     * step changes memory first.
     *
     * @return whether it is written
     */
    boolean beforeGrowth(Change step) throws IOException {
        boolean written = dir.space().unlessFull("changing " + identity, step::run);
        owing = owing || !written;
        return written;
    }

    /** Something is left of {@link #beforeGrowth} from the opening. */
    void owes() {
        owing = true;
    }

    /** Whether something is left of {@link #beforeGrowth}. */
    boolean isOwing() {
        return owing;
    }

    /** Writes what is left of {@link #beforeGrowth}. Append lock. */
    void settle() throws IOException {
        if (!owing) {
            return;
        }
        moveCleanedEnd(cleaned);
        checkpoints.writeRecoveryPoints();
        checkpoints.forceLogStarts();
        epochs.persist();
        if (segments.count() == 1 && segments.active().isEmpty()) {
            segments.active().force(); // its name says where the log begins
        }
        owing = false;
    }

    /** It outlives the process when this returns; on disk with the dir's next checkpoint. Append lock. */
    void moveLogStart(long offset) throws IOException {
        checkpoints.logStartMoved(folder.name(), identity.topicId(), offset);
        logStartOffset = offset;
    }

    /** Before anything was said of the move, so that it is as if nobody had asked. Append lock. @return false when there is no room */
    boolean moveLogStartUnlessFull(long offset) throws IOException {
        if (dir.space().unlessFull("moving the start of " + identity, () -> moveLogStart(offset))) {
            return true;
        }
        checkpoints.logStartTakenBack(folder.name(), identity.topicId(), logStartOffset);
        return false;
    }

    /** Every log start of the dir is on disk when this returns. */
    void forceLogStart() throws IOException {
        checkpoints.forceLogStarts();
    }

    /**
     * Removes the first segments. The name of the first file left says where the log starts, so the checkpoint may be forced
     * later. Append lock.
     */
    void dropFirstSegments(int n) throws IOException {
        Segments left = segments.withoutFirst(n);
        long start = left.first().baseOffset();
        if (start > logStartOffset) {
            dir.space()
                    .unlessFull(
                            "dropping segments of " + identity,
                            () -> checkpoints.logStartMoved(folder.name(), identity.topicId(), start));
            epochs.startAt(start);
            logStartOffset = start; // before the segments: a read that misses one finds that the start has moved
        }
        segments = left;
    }

    /** Deletes the files of a segment that the log does not hold any more: for some file systems that takes room. */
    void deleteFiles(Segment segment) throws IOException {
        dir.space().evenIfFull("deleting segments of " + identity, () -> {
            segment.deleteFiles();
            return true;
        });
    }

    /** The aborted transactions that end in the segment, rebuilt if their file is damaged. */
    TransactionIndex transactionsOf(Segment segment) throws IOException {
        TransactionIndex index = segment.indexes().transactions();
        if (!index.load()) {
            appendLock.lock();
            try {
                if (!index.load()) {
                    ProducerStates scratch = new ProducerStates(Integer.MAX_VALUE, Long.MAX_VALUE);
                    history.rebuildTransactions(scratch, segments, segment, nowMs());
                }
            } finally {
                appendLock.unlock();
            }
        }
        return index;
    }

    /** Changes of the log that touch more than its end. */
    interface Change {
        void run() throws IOException;
    }

    /** Runs under both locks. */
    void change(String doing, Change change) throws LogDirOfflineException {
        underFlushLock(doing, () -> {
            appendLock.lock();
            try {
                change.run();
            } finally {
                appendLock.unlock();
            }
        });
    }

    /** Runs under the flush lock: the log may grow meanwhile, and is not cut at either end. */
    void underFlushLock(String doing, Change change) throws LogDirOfflineException {
        flushLock.lock();
        try {
            checkOpen();
            change.run();
        } catch (IOException e) {
            throw dir.failed(doing + " " + identity, e);
        } finally {
            flushLock.unlock();
        }
    }

    void checkOpen() throws LogDirOfflineException {
        dir.checkOnline();
        if (closed) {
            throw offline();
        }
    }

    LogDirOfflineException offline() {
        return new LogDirOfflineException(identity + " is closed, or its log dir " + dir.path() + " is offline", null);
    }

    /** An even count of {@link #truncations}; waits for the end of one that is under way, which holds the append lock. */
    int settledTruncations() {
        int seen = truncations.get();
        if ((seen & 1) == 0) {
            return seen;
        }
        appendLock.lock();
        try {
            return truncations.get();
        } finally {
            appendLock.unlock();
        }
    }
}
