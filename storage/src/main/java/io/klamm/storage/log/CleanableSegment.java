/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.OffsetIndex;
import java.io.IOException;

/** A sealed segment that may be cleaned. */
public final class CleanableSegment {
    private final CleanableLog owner;
    private final Segment segment;
    private final long tail;

    CleanableSegment(CleanableLog owner, Segment segment) {
        this.owner = owner;
        this.segment = segment;
        this.tail = segment.tail();
    }

    Segment segment() {
        return segment;
    }

    public long baseOffset() {
        return segment.baseOffset();
    }

    /** Exclusive. */
    public long endOffset() {
        return segment.offsetOf(tail);
    }

    public int sizeInBytes() {
        return Segment.positionOf(tail);
    }

    /** Bytes of its offset index. May read the index. */
    public int indexBytes() throws LogDirOfflineException, CleaningAbortedException {
        return owner.ask(segment, () -> segment.indexes().entries() * OffsetIndex.ENTRY_BYTES);
    }

    /** Largest timestamp of its first batch in ms, its file's where that has none. May read the file. */
    public long firstTimestampMs() throws LogDirOfflineException, CleaningAbortedException {
        return owner.ask(segment, this::firstTimestamp);
    }

    private long firstTimestamp() throws IOException {
        RecordBatch first = sizeInBytes() == 0 ? null : segment.cursor().at(0, sizeInBytes());
        long timestamp = first == null ? RecordBatch.NO_TIMESTAMP : first.maxTimestamp();
        return timestamp >= 0 ? timestamp : segment.firstAppendMs();
    }

    /** Largest timestamp of its records in ms, its file's where they have none. May read the index. */
    public long newestTimestampMs() throws LogDirOfflineException, CleaningAbortedException {
        return owner.ask(segment, this::newestTimestamp);
    }

    private long newestTimestamp() throws IOException {
        long newest = segment.indexes().maxTimestamp();
        return newest >= 0 ? newest : segment.firstAppendMs();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CleanableSegment that && that.segment == segment && that.tail == tail;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(segment);
    }

    @Override
    public String toString() {
        return SegmentNames.log(baseOffset());
    }
}
