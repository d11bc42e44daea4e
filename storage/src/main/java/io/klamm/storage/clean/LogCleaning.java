/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.batch.BatchRewriter;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordScanner;
import io.klamm.storage.log.CleanableLog;
import io.klamm.storage.log.CleanableLog.View;
import io.klamm.storage.log.CleanableSegment;
import io.klamm.storage.log.CleanedSegment;
import io.klamm.storage.log.CleaningAbortedException;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.SegmentInput;
import java.nio.ByteBuffer;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * One pass over one log: reads the part that is new and notes the last offset of each key, as many as there is memory for; then
 * writes the log anew from its beginning up to there, in segments that are put in place as soon as they are full. What is left beyond
 * the memory is for the next pass. Used once, by one thread.
 */
final class LogCleaning {
    private final CleanableLog log;
    private final View view;
    private final CleaningPlan plan;
    private final long nowMs;
    private final Pace pace;
    private final BatchReader reader;
    private final RecordScanner records;
    private final OffsetMap lastOffsets;
    private final ByteBuffer output;
    private long bytesRead;
    private long bytesWritten;

    /**
     * @param endOffset exclusive end of what was cleaned
     * @param bytesBefore bytes of the segments cleaned
     * @param bytesAfter what is left of them
     * @param keys different keys in the part that was new
     */
    record Result(long endOffset, long bytesBefore, long bytesAfter, int keys) {}

    /**
     * @param lastOffsets empty; as large as memory allows, up to the number of offsets that are new
     * @param pace told of what is read and written
     */
    LogCleaning(
            CleanableLog log,
            View view,
            CleaningPlan plan,
            OffsetMap lastOffsets,
            int bufferBytes,
            long nowMs,
            Pace pace) {
        this.log = log;
        this.view = view;
        this.plan = plan;
        this.nowMs = nowMs;
        this.pace = pace;
        this.reader = new BatchReader(bufferBytes, pace);
        this.records = new RecordScanner(log.config().validation().maxDecompressedBytes());
        this.lastOffsets = lastOffsets;
        this.output = ByteBuffer.allocate(bufferBytes);
    }

    /** @throws CorruptRecordsException when something cannot be read; what was put in place before stays */
    Result run() throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        long endOffset = index();
        BatchCleaner cleaner = new BatchCleaner(
                new RetentionRules(
                        new RetentionRules.Terms(
                                endOffset,
                                view.endOffset(),
                                nowMs,
                                log.config().compaction().deleteRetentionMs()),
                        transactions(),
                        view.lastBatches()),
                lastOffsets,
                records,
                new BatchRewriter(log.config().validation().levels()));
        rewrite(cleaner, endOffset);
        log.cleanedTo(view, endOffset, cleaner.latestHorizonMs());
        return new Result(endOffset, bytesRead, bytesWritten, lastOffsets.size());
    }

    private Transactions transactions() throws LogDirOfflineException {
        return new Transactions(log.abortedTransactions(plan.segments().get(0).baseOffset(), plan.endOffset()));
    }

    /** Fills the map. @return the offset up to which it knows all keys, exclusive */
    private long index() throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        Transactions transactions = new Transactions(log.abortedTransactions(plan.dirtyOffset(), plan.endOffset()));
        for (CleanableSegment segment : plan.segments()) {
            if (segment.endOffset() <= plan.dirtyOffset()) {
                continue;
            }
            try (SegmentInput input = log.open(segment)) {
                reader.open();
                while (reader.next(input)) {
                    RecordBatch batch = reader.batch();
                    if (batch.isControl() || transactions.isAborted(batch) || batch.lastOffset() < plan.dirtyOffset()) {
                        continue;
                    }
                    long full = indexBatch();
                    if (full >= 0) {
                        return full;
                    }
                }
            }
        }
        return plan.endOffset();
    }

    /** @return offset of the first record for whose key there was no room, -1 when there was for all */
    private long indexBatch() throws CorruptRecordsException {
        records.open(reader.buffer(), reader.start());
        while (records.next()) {
            if (records.hasKey()
                    && records.offset() >= plan.dirtyOffset()
                    && !lastOffsets.put(records.bytes(), records.keyStart(), records.keyLength(), records.offset())) {
                return records.offset();
            }
        }
        return -1;
    }

    /** Writes cleaned segments, each filled as far as it goes. */
    private void rewrite(BatchCleaner cleaner, long endOffset)
            throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        Iterator<CleanableSegment> segments = plan.segments().iterator();
        @Nullable CleanableSegment segment = segments.next();
        while (segment != null && segment.baseOffset() < endOffset) {
            output.clear();
            try (CleanedSegment cleaned = log.replace(view, segment)) {
                do {
                    clean(segment, cleaner, cleaned);
                    flush(cleaned);
                    segment = segments.hasNext() ? segments.next() : null;
                } while (segment != null && segment.baseOffset() < endOffset && cleaned.include(segment));
                bytesWritten += cleaned.sizeInBytes();
                if (cleaner.changedSinceLastCall() || cleaned.replaced() > 1) {
                    cleaned.commit(endOffset);
                }
            }
        }
    }

    private void clean(CleanableSegment segment, BatchCleaner cleaner, CleanedSegment into)
            throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        try (SegmentInput input = log.open(segment)) {
            reader.open();
            while (reader.next(input)) {
                ByteBuffer left = cleaner.clean(reader.buffer(), reader.start());
                if (left != null) {
                    put(left, into);
                }
            }
        }
        bytesRead += segment.sizeInBytes();
    }

    private void put(ByteBuffer batch, CleanedSegment into)
            throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        if ((long) into.sizeInBytes() + output.position() + batch.remaining() > Integer.MAX_VALUE) {
            throw new CorruptRecordsException("batches that became larger than a segment when compressed again");
        }
        if (batch.remaining() > output.remaining()) {
            flush(into);
        }
        if (batch.remaining() > output.remaining()) {
            write(batch, into);
        } else {
            output.put(batch);
        }
    }

    private void flush(CleanedSegment into) throws CleaningAbortedException, LogDirOfflineException {
        output.flip();
        if (output.hasRemaining()) {
            write(output, into);
        }
        output.clear();
    }

    private void write(ByteBuffer batches, CleanedSegment into)
            throws CleaningAbortedException, LogDirOfflineException {
        into.append(batches);
        pace.moved(batches.remaining());
    }
}
