/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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
    private final List<CleanableSegment> old;
    private final Segment segment;
    private boolean done;

    /** Flush lock. */
    CleanedSegment(CleanableLog owner, LogState log, CleanableLog.View view, List<CleanableSegment> old)
            throws IOException {
        this.owner = owner;
        this.log = log;
        this.files = log.context.files();
        this.view = view;
        this.old = List.copyOf(old);
        long base = old.get(0).baseOffset();
        this.segment = Segment.cleaned(files, log.folder.path(), base);
        files.delete(segment.file().path()); // an earlier attempt may have left one
        segment.file().channel();
        segment.indexes().transactions().reset();
    }

    public int sizeInBytes() {
        return segment.size();
    }

    /** Appends batches (position to limit) in the order of their offsets; they must fit into a segment together with the others. */
    public void append(ByteBuffer batches) throws LogDirOfflineException, CleaningAbortedException {
        try {
            segment.append(batches, log.config.indexIntervalBytes(), log.nowMs());
        } catch (IOException e) {
            throw owner.failed("cleaning", e);
        }
    }

    /**
     * Puts the segment into the log. On disk when this returns.
     *
     * @param cleanedEnd transactions whose markers lie at or above may still have records here
     * @throws CleaningAbortedException when the old segments are no longer there; the log is as it was
     */
    public void commit(long cleanedEnd) throws LogDirOfflineException, CleaningAbortedException {
        try {
            segment.seal(old.get(old.size() - 1).endOffset());
            segment.force();
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
            throw owner.failed("cleaning", e);
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
        for (Segment each : gone) {
            each.deleteFiles();
        }
        segment.indexes().transactions().persist();
        files.syncDirectory(folder);
        segment.file().renameTo(folder.resolve(SegmentNames.log(segment.baseOffset())));
        segment.indexes().seal();
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
            if (!log.closed) {
                files.delete(segment.file().path()); // otherwise the next start does it: the name may be another log's by now
            }
        } catch (IOException e) {
            throw owner.failed("cleaning", e);
        } finally {
            log.flushLock.unlock();
        }
    }
}
