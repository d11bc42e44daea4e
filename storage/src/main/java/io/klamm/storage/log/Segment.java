/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One segment: a file of record batches and its indexes.
 *
 * <p>One thread at a time changes it (the log's append lock). Readers take a snapshot of {@link #tail}, which names the end offset
 * and the size that belong together, and never look behind it. A place between two batches is a <em>boundary</em>: relative offset
 * of the batch behind it and position, packed into a long as index entries are.
 */
final class Segment {
    /** Boundaries of the last appends, so that a reader at the tail needs no file access to find its place. */
    private static final int RECENT = 32;

    private static final long NONE = -1;

    private final LogFiles files;
    private final long baseOffset;
    private final SegmentFile file;
    private final SegmentIndexes indexes;
    private volatile long tail;
    private volatile @Nullable AtomicLongArray recent;
    private int recentAt;
    private boolean entryForced;
    private int forcedSize = -1;
    private long firstTimestamp = RecordBatch.NO_TIMESTAMP;
    private volatile long firstAppendMs;

    /**
     * @param size bytes of the file that hold batches
     * @param nextOffset end offset
     * @param active will be appended to
     */
    Segment(LogFiles files, Path folder, long baseOffset, int size, long nextOffset, boolean active) {
        this(files, folder, SegmentNames.log(baseOffset), baseOffset, size, nextOffset, active);
    }

    /** An empty segment that a cleaning will fill; its file has a name that a start removes, and its indexes are kept in memory. */
    static Segment cleaned(LogFiles files, Path folder, long baseOffset) {
        return new Segment(files, folder, SegmentNames.cleaned(baseOffset), baseOffset, 0, baseOffset, true);
    }

    private Segment(
            LogFiles files, Path folder, String name, long baseOffset, int size, long nextOffset, boolean active) {
        this.files = files;
        this.baseOffset = baseOffset;
        this.file = new SegmentFile(files, folder.resolve(name));
        this.tail = boundary(nextOffset - baseOffset, size);
        this.indexes = new SegmentIndexes(files, folder, this, active);
    }

    long baseOffset() {
        return baseOffset;
    }

    SegmentFile file() {
        return file;
    }

    SegmentIndexes indexes() {
        return indexes;
    }

    int size() {
        return positionOf(tail);
    }

    long nextOffset() {
        return offsetOf(tail);
    }

    long tail() {
        return tail;
    }

    boolean isEmpty() {
        return size() == 0;
    }

    static long boundary(long relativeOffset, int position) {
        return relativeOffset << 32 | position;
    }

    static int positionOf(long boundary) {
        return (int) boundary;
    }

    long offsetOf(long boundary) {
        return baseOffset + (boundary >>> 32);
    }

    /** Largest relative offset is {@link Integer#MAX_VALUE}. */
    boolean canHold(long lastOffset) {
        return lastOffset - baseOffset <= Integer.MAX_VALUE;
    }

    /** Maximum timestamp of the first batch, -1 when empty. Append lock. */
    long firstTimestamp() throws IOException {
        if (firstTimestamp == RecordBatch.NO_TIMESTAMP && !isEmpty()) {
            RecordBatch first = cursor().at(0, size());
            firstTimestamp = first == null ? RecordBatch.NO_TIMESTAMP : first.maxTimestamp();
        }
        return firstTimestamp;
    }

    /** Wall time of the first append, 0 when it is not known yet. Any thread. */
    long knownFirstAppendMs() {
        return firstAppendMs;
    }

    /** Wall time of the first append, taken from the file's age for a segment found on disk. */
    long firstAppendMs() throws IOException {
        if (firstAppendMs == 0 && !isEmpty()) {
            firstAppendMs = files.lastModified(file.path());
        }
        return firstAppendMs;
    }

    /** Writes batches (position to limit, which are left as they are) at the end. Append lock. */
    void append(ByteBuffer batches, int indexIntervalBytes, long nowMs) throws IOException {
        int start = batches.position();
        int size = size();
        try {
            files.write(file.channel(), batches, size);
        } finally {
            batches.position(start);
        }
        if (size == 0) {
            firstTimestamp = new RecordBatch().wrap(batches, start).maxTimestamp();
            firstAppendMs = nowMs;
        }
        AtomicLongArray ring = recent;
        if (ring == null) {
            ring = new AtomicLongArray(RECENT);
            for (int i = 0; i < RECENT; i++) {
                ring.set(i, NONE);
            }
            recent = ring;
        }
        RecordBatch batch = new RecordBatch();
        for (int at = start; at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at);
            ring.setRelease(recentAt, boundary(batch.baseOffset() - baseOffset, size + at - start));
            recentAt = (recentAt + 1) % RECENT;
        }
        long newTail = boundary(batch.nextOffset() - baseOffset, size + batches.remaining());
        indexes.appended(batches, size, indexIntervalBytes, () -> tail = newTail);
    }

    /** A batch that recovery found to be good becomes part of the segment. Append lock. */
    void recovered(RecordBatch batch, int position, int indexIntervalBytes) throws IOException {
        long newTail = boundary(batch.nextOffset() - baseOffset, position + batch.sizeInBytes());
        indexes.recovered(batch, position, indexIntervalBytes, () -> tail = newTail);
    }

    HeaderCursor cursor() throws IOException {
        return new HeaderCursor(files, file);
    }

    /**
     * The boundary before the first batch whose last offset is at or above {@code offset}; {@code tail} when there is none.
     *
     * @param tail snapshot; nothing behind it is looked at
     */
    long locate(long offset, long tail) throws IOException {
        if (offset >= offsetOf(tail) || positionOf(tail) == 0) {
            return tail;
        }
        long relative = offset - baseOffset;
        if (relative <= 0) {
            return firstBoundary(tail);
        }
        long known = recentBoundary(relative);
        if (known != NONE) {
            return known;
        }
        return indexes.walkTo(offset, tail);
    }

    private long firstBoundary(long tail) throws IOException {
        RecordBatch first = cursor().at(0, positionOf(tail));
        if (first == null) {
            throw new DamagedBatchException(file, 0);
        }
        return boundary(first.baseOffset() - baseOffset, 0);
    }

    private long recentBoundary(long relative) {
        AtomicLongArray ring = recent;
        if (ring == null) {
            return NONE;
        }
        for (int i = 0; i < RECENT; i++) {
            long boundary = ring.getAcquire(i);
            if (boundary >>> 32 == relative) {
                return boundary;
            }
        }
        return NONE;
    }

    /**
     * Whole batches from {@code offset} on.
     *
     * @param onFailure told when whoever gets the range cannot read it
     * @return null when this segment has no batch between {@code offset} and {@code endOffset}, or has been deleted
     */
    @Nullable
    RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne, Consumer<IOException> onFailure)
            throws IOException {
        if (!file.tryRetain()) {
            return null;
        }
        boolean handedOut = false;
        try {
            FileChannel channel = file.channel();
            long tail = this.tail;
            long start = locate(offset, tail);
            int from = positionOf(start);
            int to = positionOf(locate(endOffset, tail));
            if (from >= to) {
                return null;
            }
            int length = to - from;
            if (length > maxBytes) {
                length = indexes.lastBoundary(start, from + Math.max(0, maxBytes), tail) - from;
                if (length == 0 && atLeastOne) {
                    length = firstSize(from, to);
                }
            }
            if (length == 0) {
                return new EmptyRange(offsetOf(start));
            }
            RecordsRange range = new SegmentRange(file, channel, from, length, offsetOf(start), onFailure);
            handedOut = true;
            return range;
        } finally {
            if (!handedOut) {
                file.release();
            }
        }
    }

    private int firstSize(int from, int to) throws IOException {
        RecordBatch first = cursor().at(from, to);
        if (first == null) {
            throw new DamagedBatchException(file, from);
        }
        return first.sizeInBytes();
    }

    /** Makes the file, if it is not there. */
    void create() throws IOException {
        file.channel();
    }

    /** Forces what has been appended since the last time, and once the file's folder entry. Flush lock. */
    void force() throws IOException {
        int size = size();
        if (entryForced && size == forcedSize) {
            return;
        }
        files.force(file.channel(), false);
        forcedSize = size;
        if (!entryForced) {
            Path folder = file.path().getParent();
            if (folder != null) {
                files.syncDirectory(folder);
            }
            entryForced = true;
        }
    }

    /** Cuts everything behind the boundary, durably. Append lock; the caller keeps readers from using what they saw. */
    void truncateTo(long boundary) throws IOException {
        recent = null;
        tail = boundary;
        // The indexes last: entries for what is gone do no harm, while a log that was not cut after all would miss
        // them.
        files.truncate(file.channel(), positionOf(boundary));
        files.force(file.channel(), true);
        forcedSize = positionOf(boundary);
        indexes.truncate();
        if (positionOf(boundary) == 0) {
            firstTimestamp = RecordBatch.NO_TIMESTAMP;
        }
    }

    /** Nothing more will be appended; offsets up to the end that have no record count as the segment's. */
    void seal(long endOffset) {
        recent = null;
        tail = boundary(endOffset - baseOffset, size());
    }

    /**
     * Cuts bytes behind the last batch that recovery could not use, or that an append has left, durably: they may lie below the recovery point,
     * where no start looks for them.
     */
    void dropGarbage() throws IOException {
        if (isEmpty() && !files.exists(file.path())) {
            return; // it could not even be created
        }
        if (files.size(file.path()) > size()) {
            files.truncate(file.channel(), size());
            files.force(file.channel(), true);
        }
    }

    /** Renames its files so that the next start removes them; ranges in flight go on. The folder is not synced. */
    void markDeleted() throws IOException {
        indexes.markDeleted();
        file.renameTo(SegmentNames.deleted(file.path()));
    }

    /** Removes the files: indexes that are left alone belong to nobody, while a segment without them would miss what they held. */
    void deleteFiles() throws IOException {
        files.delete(file.path());
        indexes.delete();
        file.release();
    }

    void close() throws IOException {
        indexes.close();
        file.release();
    }
}
