/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.AbortedTransaction;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads from a log without its locks; see {@link LogState} for how that works. */
final class LogReader {
    private final LogState log;
    private final Consumer<IOException> onRangeFailure;

    LogReader(LogState log) {
        this.log = log;
        this.onRangeFailure = error -> log.dir.failed("reading " + log.identity, error);
    }

    /** @see PartitionLog#read */
    RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException {
        while (true) {
            log.checkOpen();
            int seen = log.settledTruncations();
            long end = log.logEndOffset;
            long start = log.logStartOffset;
            if (offset < start || offset > end) {
                if (seen != log.truncations.get()) {
                    continue;
                }
                throw new OffsetOutOfRangeException(offset, start, end);
            }
            try {
                RecordsRange range = read(log.segments, offset, maxBytes, Math.min(endOffset, end), atLeastOne);
                if (seen == log.truncations.get() && offset >= log.logStartOffset && !log.closed) {
                    return range;
                }
                range.release(); // what it was found in has been taken away meanwhile
            } catch (IOException e) {
                failUnlessMoved("reading", seen, e);
            }
        }
    }

    private RecordsRange read(Segments segments, long offset, int maxBytes, long limit, boolean atLeastOne)
            throws IOException {
        if (offset >= limit) {
            return new EmptyRange(offset);
        }
        Segment segment = segments.floor(offset);
        while (segment != null && segment.baseOffset() < limit) {
            RecordsRange range = segment.read(offset, maxBytes, limit, atLeastOne, onRangeFailure);
            if (range != null) {
                return range;
            }
            segment = segments.after(segment);
        }
        return new EmptyRange(offset);
    }

    /** @see PartitionLog#readThrough */
    void readThrough(long offset, int maxBytes) throws LogDirOfflineException {
        RecordsRange range;
        try {
            range = read(offset, maxBytes, Long.MAX_VALUE, true);
        } catch (OffsetOutOfRangeException e) {
            return; // whoever reads there is told
        }
        try {
            if (range.length() > 0) {
                log.context.files().readThrough(range.channel(), range.position(), range.length());
                log.context.cache().pass(range.length());
            }
        } catch (ClosedChannelException e) {
            // Somebody was interrupted in a use of the file: that says nothing of the disk.
        } catch (IOException e) {
            throw log.dir.failed("reading " + log.identity, e);
        } finally {
            range.release();
        }
    }

    private interface Search {
        @Nullable
        TimestampOffset in(TimestampSearch search, Segments segments) throws IOException;
    }

    /** @see PartitionLog#abortedTransactions */
    List<AbortedTransaction> abortedTransactions(long from, long to) throws LogDirOfflineException {
        while (true) {
            log.checkOpen();
            int seen = log.settledTruncations();
            try {
                List<AbortedTransaction> found = new ArrayList<>();
                for (Segment segment : log.segments.from(from)) {
                    if (log.transactionsOf(segment).collect(from, to, found)) {
                        break;
                    }
                }
                if (seen == log.truncations.get() && !log.closed) {
                    return found;
                }
            } catch (IOException e) {
                failUnlessMoved("reading the transaction index of", seen, e);
            }
        }
    }

    /** @see PartitionLog#findByTimestamp */
    @Nullable
    TimestampOffset findByTimestamp(long timestampMs, long endOffset) throws LogDirOfflineException {
        return search(endOffset, (search, segments) -> search.first(segments, timestampMs));
    }

    /** @see PartitionLog#maxTimestamp */
    @Nullable
    TimestampOffset maxTimestamp(long endOffset) throws LogDirOfflineException {
        return search(endOffset, TimestampSearch::latest);
    }

    private @Nullable TimestampOffset search(long endOffset, Search query) throws LogDirOfflineException {
        while (true) {
            log.checkOpen();
            int seen = log.settledTruncations();
            long end = Math.min(endOffset, log.logEndOffset);
            long start = log.logStartOffset;
            try {
                TimestampOffset found = query.in(new TimestampSearch(start, end), log.segments);
                if (seen == log.truncations.get() && start == log.logStartOffset && !log.closed) {
                    return found;
                }
            } catch (IOException e) {
                failUnlessMoved("searching by time in", seen, e);
            }
        }
    }

    /** Returns, to try again, when the error may come from files that were cut or closed meanwhile. */
    private void failUnlessMoved(String doing, int seen, IOException error) throws LogDirOfflineException {
        if (seen == log.truncations.get() && !log.closed) {
            throw log.dir.failed(doing + " " + log.identity, error);
        }
    }
}
