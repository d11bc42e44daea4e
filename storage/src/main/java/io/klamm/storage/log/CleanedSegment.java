/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.index.OffsetIndex;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A segment under construction that will take the place of some others. See {@link SegmentSwap} for what happens on disk. In the
 * log, the new segment comes and the old ones go in one step; whoever still holds a range of an old one can read it to its end.
 */
public final class CleanedSegment implements AutoCloseable {
    private final CleanableLog owner;
    private final LogState log;
    private final LogFiles files;
    private final CleanableLog.View view;
    private final List<CleanableSegment> old = new ArrayList<>();
    private final Segment segment;
    private boolean done;

    /** Flush lock. */
    CleanedSegment(CleanableLog owner, LogState log, CleanableLog.View view, CleanableSegment first)
            throws IOException {
        this.owner = owner;
        this.log = log;
        this.files = log.context.files();
        this.view = view;
        old.add(first);
        long base = first.baseOffset();
        this.segment = Segment.cleaned(files, log.folder.path(), base);
        files.delete(segment.file().path()); // an earlier attempt may have left one
        segment.file().channel();
        segment.indexes().transactions().reset();
    }

    /**
     * The next segment is to be replaced as well, if this one has room for it even when nothing of it goes: by size, index and range of
     * offsets, and on the disk.
     *
     * @return false when it does not fit
     */
    public boolean include(CleanableSegment next) throws LogDirOfflineException, CleaningAbortedException {
        LogConfig config = log.config;
        int indexBytes;
        boolean room;
        try {
            room = log.dir.space().hasRoomBesideLog(next.sizeInBytes());
            indexBytes = segment.indexes().entries() * OffsetIndex.ENTRY_BYTES;
        } catch (IOException e) {
            throw owner.failed("cleaning", e);
        }
        boolean fits = room
                && (long) segment.size() + next.sizeInBytes() <= config.segmentBytes()
                && (long) indexBytes + next.indexBytes() <= config.indexMaxBytes()
                && next.endOffset() - 1 - segment.baseOffset() <= Integer.MAX_VALUE;
        if (fits) {
            old.add(next);
        }
        return fits;
    }

    /** How many segments it replaces. */
    public int replaced() {
        return old.size();
    }

    public int sizeInBytes() {
        return segment.size();
    }

    /** Appends batches (position to limit) in the order of their offsets; they must fit into a segment together with the others. */
    public void append(ByteBuffer batches) throws LogDirOfflineException, CleaningAbortedException {
        try {
            owner.demandRoom(batches.remaining(), segment.size());
            segment.append(batches, log.config.indexIntervalBytes(), log.nowMs());
        } catch (IOException e) {
            throw owner.unwritten(e);
        }
    }

    /**
     * Puts the segment into the log. On disk when this returns.
     *
     * @param cleanedEnd transactions whose markers lie at or above may still have records here
     * @throws CleaningAbortedException when the old segments are no longer there; the log is as it was
     */
    public void commit(long cleanedEnd) throws LogDirOfflineException, CleaningAbortedException {
        segment.seal(old.get(old.size() - 1).endOffset());
        try {
            segment.force();
        } catch (IOException e) {
            throw owner.unwritten(e);
        }
        try {
            log.flushLock.lock();
            try {
                owner.checkUncut(view);
                List<Segment> gone = new ArrayList<>();
                old.forEach(each -> gone.add(each.segment()));
                if (log.segments.indexOfRun(gone) < 0) {
                    throw new CleaningAbortedException("retention has removed a segment");
                }
                keepTransactions(gone, cleanedEnd);
                exchange(gone);
            } finally {
                log.flushLock.unlock();
            }
        } catch (IOException e) {
            if (done) {
                throw owner.failed("cleaning", e); // want of space was waited out
            }
            throw owner.unwritten(e);
        }
    }

    private void keepTransactions(List<Segment> gone, long cleanedEnd) throws IOException {
        List<AbortedTransaction> aborted = new ArrayList<>();
        for (Segment each : gone) {
            log.transactionsOf(each).collect(cleanedEnd, Long.MAX_VALUE, aborted);
        }
        aborted.forEach(segment.indexes().transactions()::add);
    }

    /** Flush lock: nobody else adds, removes or forces segments, but for a roll at the end. */
    private void exchange(List<Segment> gone) throws IOException {
        Path folder = log.folder.path();
        segment.file().renameTo(folder.resolve(SegmentNames.swap(segment.baseOffset(), segment.nextOffset())));
        done = true;
        log.appendLock.lock();
        log.truncations.incrementAndGet();
        try {
            Segments now = log.segments;
            log.segments = now.replacing(now.indexOfRun(gone), gone.size(), segment);
        } finally {
            log.truncations.incrementAndGet();
            log.appendLock.unlock();
        }
        ArrayDeque<Segment> replaced = new ArrayDeque<>(gone);
        log.unfinishedSwaps.finish(() -> complete(replaced));
    }

    /** What is left of an exchange, from where an earlier attempt has ended. */
    private void complete(ArrayDeque<Segment> replaced) throws IOException {
        // A loss of power must not bring the old name back when what it was to replace is gone: the next start would
        // remove it.
        files.syncDirectory(log.folder.path());
        for (Segment old = replaced.peek(); old != null; old = replaced.peek()) {
            old.deleteFiles();
            replaced.remove();
        }
        Path folder = log.folder.path();
        DirSpace space = log.dir.space();
        String indexing = "indexing a cleaned segment of " + log.identity;
        boolean written = space.unlessFull(indexing, segment.indexes().transactions()::persist);
        if (!written) {
            // By the next start; this one has it in memory.
            SegmentSwap.rebuildTransactions(files, folder, segment.baseOffset());
        }
        files.syncDirectory(folder);
        segment.file().renameTo(folder.resolve(SegmentNames.log(segment.baseOffset())));
        if (written) {
            space.unlessFull(indexing, segment.indexes()::seal); // what it writes is built anew when it is missing
        }
    }

    /** Removes what was written, unless it has become part of the log. */
    @Override
    public void close() throws LogDirOfflineException, CleaningAbortedException {
        if (done) {
            return;
        }
        done = true;
        log.flushLock.lock();
        try {
            segment.file().release();
            if (!log.closed) { // otherwise the next start does it: the name may be another log's by now
                log.dir
                        .space()
                        .unlessFull(
                                "compacting " + log.identity,
                                () -> files.delete(segment.file().path()));
            }
        } catch (IOException e) {
            throw owner.failed("cleaning", e);
        } finally {
            log.flushLock.unlock();
        }
    }
}
