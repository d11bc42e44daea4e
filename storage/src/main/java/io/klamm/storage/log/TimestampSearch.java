/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordWalk;
import io.klamm.storage.index.TimeIndex;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds records by time: time index, then batch headers, then the records of the one batch. A cold path; no locks. */
final class TimestampSearch {
    private static final Logger LOG = LoggerFactory.getLogger(TimestampSearch.class);
    private static final long MAX_DECOMPRESSED_BYTES = 256L << 20;

    private final long startOffset;
    private final long endOffset;

    /**
     * @param startOffset inclusive
     * @param endOffset exclusive
     */
    TimestampSearch(long startOffset, long endOffset) {
        this.startOffset = startOffset;
        this.endOffset = endOffset;
    }

    /** The first record of the segments that is not older. */
    @Nullable
    TimestampOffset first(Segments segments, long timestampMs) throws IOException {
        for (Segment segment : segments.from(startOffset)) {
            if (segment.baseOffset() >= endOffset) {
                return null;
            }
            if (!segment.file().tryRetain()) {
                continue; // deleted meanwhile
            }
            try {
                TimestampOffset found =
                        segment.indexes().maxTimestamp() < timestampMs ? null : first(segment, timestampMs);
                if (found != null) {
                    return found;
                }
            } finally {
                segment.file().release();
            }
        }
        return null;
    }

    private @Nullable TimestampOffset first(Segment segment, long timestampMs) throws IOException {
        long tail = segment.tail();
        int limit = Segment.positionOf(tail);
        long from = Math.max(startOffset, segment.indexes().skipBelow(timestampMs));
        int position = Segment.positionOf(segment.locate(from, tail));
        HeaderCursor cursor = segment.cursor();
        while (position < limit) {
            RecordBatch batch = cursor.at(position, limit);
            if (batch == null) {
                throw new DamagedBatchException(segment.file(), position);
            }
            if (batch.baseOffset() >= endOffset) {
                return null;
            }
            if (batch.maxTimestamp() >= timestampMs) {
                TimestampOffset found = firstInBatch(cursor, batch, position, timestampMs);
                if (found != null) {
                    return found;
                }
            }
            position += batch.sizeInBytes();
        }
        return null;
    }

    private @Nullable TimestampOffset firstInBatch(
            HeaderCursor cursor, RecordBatch batch, int position, long timestampMs) throws IOException {
        int leaderEpoch = batch.leaderEpoch();
        try (RecordWalk records = new RecordWalk(cursor.whole(position), 0, MAX_DECOMPRESSED_BYTES)) {
            while (records.next()) {
                if (records.timestampMs() >= timestampMs && records.offset() >= startOffset) {
                    return records.offset() < endOffset
                            ? new TimestampOffset(records.timestampMs(), records.offset(), leaderEpoch)
                            : null;
                }
            }
        } catch (CorruptRecordsException e) {
            LOG.warn("skipping a batch that its producer wrote wrongly: {}", e.getMessage());
        }
        return null;
    }

    /** The record with the largest timestamp; the first of them when there are several. */
    @Nullable
    TimestampOffset latest(Segments segments) throws IOException {
        long max = RecordBatch.NO_TIMESTAMP;
        for (Segment segment : segments.from(startOffset)) {
            if (segment.baseOffset() < endOffset && segment.file().tryRetain()) {
                try {
                    max = Math.max(max, maxTimestamp(segment));
                } finally {
                    segment.file().release();
                }
            }
        }
        return max < 0 ? null : first(segments, max);
    }

    private long maxTimestamp(Segment segment) throws IOException {
        long tail = segment.tail();
        if (segment.baseOffset() >= startOffset && segment.offsetOf(tail) <= endOffset) {
            return segment.indexes().maxTimestamp();
        }
        // Only a part of the segment counts: ask the headers, and the records of a batch that is cut by a bound.
        long max = RecordBatch.NO_TIMESTAMP;
        int limit = Segment.positionOf(tail);
        long from = startOffset;
        TimeIndex.Entry known =
                segment.baseOffset() >= startOffset ? segment.indexes().lastBefore(endOffset) : null;
        if (known != null) {
            max = known.maxTimestampMs();
            from = segment.baseOffset() + known.relativeOffset() + 1;
        }
        int position = Segment.positionOf(segment.locate(from, tail));
        HeaderCursor cursor = segment.cursor();
        while (position < limit) {
            RecordBatch batch = cursor.at(position, limit);
            if (batch == null) {
                throw new DamagedBatchException(segment.file(), position);
            }
            if (batch.baseOffset() >= endOffset) {
                break;
            }
            if (batch.maxTimestamp() > max) {
                boolean whole = batch.baseOffset() >= startOffset && batch.lastOffset() < endOffset;
                max = Math.max(max, whole ? batch.maxTimestamp() : maxInPart(cursor, position));
            }
            position += batch.sizeInBytes();
        }
        return max;
    }

    private long maxInPart(HeaderCursor cursor, int position) throws IOException {
        long max = RecordBatch.NO_TIMESTAMP;
        try (RecordWalk records = new RecordWalk(cursor.whole(position), 0, MAX_DECOMPRESSED_BYTES)) {
            while (records.next()) {
                if (records.offset() >= startOffset && records.offset() < endOffset) {
                    max = Math.max(max, records.timestampMs());
                }
            }
        } catch (CorruptRecordsException e) {
            LOG.warn("skipping a batch that its producer wrote wrongly: {}", e.getMessage());
        }
        return max;
    }
}
