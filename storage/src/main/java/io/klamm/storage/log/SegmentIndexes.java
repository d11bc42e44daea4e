/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.DamagedIndexException;
import io.klamm.storage.index.OffsetIndex;
import io.klamm.storage.index.TimeIndex;
import io.klamm.storage.index.TransactionIndex;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes of one segment: loaded on first use, rebuilt from the segment when missing or wrong.
 *
 * <p>Changes happen under this object's monitor, which an append holds only while it touches memory. What an offset index says
 * is checked against the batch headers; see {@link OffsetIndex} and {@link TimeIndex} for what protects each.
 */
final class SegmentIndexes {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);
    private static final long NONE = -1;
    /** A walk that finds no index entry for so long shows that the index has holes. */
    private static final int LONG_WALK_BYTES = 1 << 20;

    private final LogFiles files;
    private final Segment segment;
    private final OffsetIndex offsets;
    private final TimeIndex times;
    private final TransactionIndex transactions;
    private boolean active;
    private volatile boolean loaded;
    private int indexInterval = 4096;
    private int bytesSinceEntry;
    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;
    private int lastRelativeOffset = -1;

    SegmentIndexes(LogFiles files, Path folder, Segment segment, boolean active) {
        this.files = files;
        this.segment = segment;
        this.active = active;
        long base = segment.baseOffset();
        this.offsets = new OffsetIndex(files, folder.resolve(SegmentNames.name(base, SegmentNames.OFFSET_INDEX)), base);
        this.times = new TimeIndex(files, folder.resolve(SegmentNames.name(base, SegmentNames.TIME_INDEX)), base);
        this.transactions = new TransactionIndex(
                files, folder.resolve(SegmentNames.name(base, SegmentNames.TRANSACTION_INDEX)), base);
    }

    TransactionIndex transactions() {
        return transactions;
    }

    /** Entries of the offset index, to tell when it is full. */
    int entries() throws IOException {
        ensureLoaded();
        return offsets.entries();
    }

    /** Largest timestamp in the segment, -1 when no record has one. */
    long maxTimestamp() throws IOException {
        ensureLoaded();
        synchronized (this) {
            return maxTimestamp;
        }
    }

    /** @param publish makes the batches visible, in one step with their index entries */
    synchronized void appended(ByteBuffer batches, int position, int interval, Runnable publish) throws IOException {
        ensureLoaded();
        indexInterval = interval;
        RecordBatch batch = new RecordBatch();
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            add(batch.wrap(batches, at), position + at - batches.position());
        }
        publish.run();
    }

    synchronized void recovered(RecordBatch batch, int position, int interval, Runnable publish) throws IOException {
        ensureLoaded();
        indexInterval = interval;
        add(batch, position);
        publish.run();
    }

    private void add(RecordBatch batch, int position) {
        if (bytesSinceEntry > indexInterval) {
            offsets.add((int) (batch.baseOffset() - segment.baseOffset()), position);
            times.add(maxTimestamp, lastRelativeOffset);
            bytesSinceEntry = 0;
        }
        bytesSinceEntry += batch.sizeInBytes();
        maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
        lastRelativeOffset = (int) (batch.lastOffset() - segment.baseOffset());
    }

    private void ensureLoaded() throws IOException {
        if (!loaded) {
            load();
        }
    }

    private synchronized void load() throws IOException {
        if (loaded) {
            return;
        }
        int size = segment.size();
        if (size == 0) {
            reset();
        } else {
            boolean offsetsFound = offsets.load(active, size);
            boolean timesFound = times.load(active) && times.truncate(relativeEnd());
            if (!timesFound || (!offsetsFound && size > indexInterval)) {
                LOG.info(
                        "rebuilding the indexes of {}: missing or damaged",
                        segment.file().path());
                rebuild();
            } else if (!readBehindLastEntry()) {
                repair("its last entry points to no batch");
            } else if (!active && (times.isInMemory() || !times.covers(lastRelativeOffset))) {
                completeTimes();
            }
            offsets.close(); // a search opens it again
        }
        loaded = true;
    }

    private int relativeEnd() {
        return (int) Math.min(Integer.MAX_VALUE, segment.nextOffset() - segment.baseOffset());
    }

    /** After a crash the file of a sealed segment may lack its last entries, which were just looked for: once, not at every start. */
    private void completeTimes() throws IOException {
        if (times.isInMemory() || times.load(true)) {
            writeSealed();
        } else {
            repair("a wrong entry of times");
        }
    }

    /** Learns what the entries do not tell of the batches behind the last one. */
    private boolean readBehindLastEntry() throws IOException {
        int size = segment.size();
        long entry = offsets.floorByPosition(size - 1);
        int position = entry == OffsetIndex.NONE ? 0 : OffsetIndex.position(entry);
        if (position < 0 || position >= size) {
            return false;
        }
        bytesSinceEntry = size - position;
        TimeIndex.Entry known = times.last();
        maxTimestamp = known == null ? RecordBatch.NO_TIMESTAMP : known.maxTimestampMs();
        int knownTo = known == null ? -1 : known.relativeOffset();
        lastRelativeOffset = (int) Math.min(Integer.MAX_VALUE, segment.nextOffset() - segment.baseOffset() - 1);
        if (knownTo >= lastRelativeOffset) {
            return true;
        }
        // Usually the entries of both indexes end together; where times are missing the walk begins earlier.
        if (entry != OffsetIndex.NONE && knownTo < OffsetIndex.relativeOffset(entry) - 1) {
            entry = offsets.floorByOffset(knownTo + 1);
            position = entry == OffsetIndex.NONE ? 0 : OffsetIndex.position(entry);
            if (position < 0 || position >= size) {
                return false;
            }
        }
        HeaderCursor cursor = segment.cursor();
        boolean first = true;
        while (position < size) {
            RecordBatch batch = cursor.at(position, size);
            if (batch == null || (first && entry != OffsetIndex.NONE && !matches(batch, entry))) {
                return false;
            }
            maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
            position += batch.sizeInBytes();
            first = false;
        }
        return true;
    }

    private void reset() {
        offsets.reset();
        times.reset();
        bytesSinceEntry = 0;
        maxTimestamp = RecordBatch.NO_TIMESTAMP;
        lastRelativeOffset = -1;
    }

    private void rebuild() throws IOException {
        reset();
        HeaderCursor cursor = segment.cursor();
        int size = segment.size();
        int position = 0;
        while (position < size) {
            RecordBatch batch = cursor.at(position, size);
            if (batch == null) {
                throw new DamagedBatchException(segment.file(), position);
            }
            add(batch, position);
            position += batch.sizeInBytes();
        }
        if (!active) {
            writeSealed();
        }
    }

    /** What has no room on the disk stays in memory, and is built anew after the next start. */
    private void writeSealed() throws IOException {
        try {
            writeAll();
            offsets.seal();
            times.seal();
        } catch (IOException e) {
            if (!DirSpace.isLackingAfter(e, files, segment.file().path())) {
                throw e;
            }
            LOG.warn(
                    "the indexes of {} stay in memory, the disk is full",
                    segment.file().path());
        }
    }

    /** Rebuilds both indexes from the segment. */
    private synchronized void repair(String reason) throws IOException {
        LOG.warn(
                "the index of {} is damaged ({}): rebuilding it", segment.file().path(), reason);
        rebuild();
    }

    /**
     * Walks from the nearest index entry to the first batch whose last offset is at or above {@code offset}.
     *
     * @return boundary before that batch; {@code tail} when there is none
     * @throws IOException also when a batch is damaged
     */
    long walkTo(long offset, long tail) throws IOException {
        ensureLoaded();
        long found = walk(offset, tail, offsets.floorByOffset((int) (offset - segment.baseOffset())));
        if (found != NONE) {
            return found;
        }
        repair("entries are missing or point to no batch");
        found = walk(offset, tail, OffsetIndex.NONE);
        if (found == NONE) {
            throw new DamagedBatchException(segment.file(), 0, "no way to offset " + offset);
        }
        return found;
    }

    /**
     * @return -1 when the entry is wrong, or so far away that entries must be missing
     * @throws DamagedBatchException when what follows a sound batch is none: the index is not to blame then, and it leads past the damage
     */
    private long walk(long offset, long tail, long entry) throws IOException {
        int limit = Segment.positionOf(tail);
        int position = entry == OffsetIndex.NONE ? 0 : OffsetIndex.position(entry);
        boolean hinted = entry != OffsetIndex.NONE;
        if (position < 0 || position >= limit) {
            return NONE;
        }
        HeaderCursor cursor = segment.cursor();
        int second = -1;
        while (position < limit) {
            RecordBatch batch = cursor.at(position, limit);
            boolean atEntry = hinted && second < 0;
            if (atEntry && (batch == null || !matches(batch, entry))) {
                return NONE;
            }
            if (batch == null) {
                throw new DamagedBatchException(segment.file(), position);
            }
            if (batch.lastOffset() >= offset) {
                return Segment.boundary(batch.baseOffset() - segment.baseOffset(), position);
            }
            position += batch.sizeInBytes();
            second = second < 0 ? position : second;
            if (hinted && position - second > LONG_WALK_BYTES + 8L * indexInterval) {
                return NONE;
            }
        }
        return tail;
    }

    private boolean matches(RecordBatch batch, long entry) {
        return batch.baseOffset() - segment.baseOffset() == OffsetIndex.relativeOffset(entry);
    }

    /**
     * The last position between two batches that is not behind {@code maxPosition}.
     *
     * @param start a boundary to begin at when the index knows none behind it
     */
    int lastBoundary(long start, int maxPosition, long tail) throws IOException {
        ensureLoaded();
        int limit = Segment.positionOf(tail);
        int position = Segment.positionOf(start);
        HeaderCursor cursor = segment.cursor();
        long entry = offsets.floorByPosition(maxPosition);
        if (entry != OffsetIndex.NONE
                && OffsetIndex.position(entry) > position
                && OffsetIndex.position(entry) < limit) {
            RecordBatch batch = cursor.at(OffsetIndex.position(entry), limit);
            if (batch != null && matches(batch, entry)) {
                position = OffsetIndex.position(entry);
            }
        }
        while (position < limit) {
            RecordBatch batch = cursor.at(position, limit);
            if (batch == null) {
                throw new DamagedBatchException(segment.file(), position);
            }
            if (position + batch.sizeInBytes() > maxPosition) {
                break;
            }
            position += batch.sizeInBytes();
        }
        return position;
    }

    /** Offset behind the last index entry all of whose records are older; the segment's base when there is none. */
    long skipBelow(long timestampMs) throws IOException {
        TimeIndex.Entry entry = ofTimes(() -> times.lastBelow(timestampMs));
        return entry == null ? segment.baseOffset() : segment.baseOffset() + entry.relativeOffset() + 1;
    }

    /** The last time entry that speaks only of offsets below this one. */
    TimeIndex.@Nullable Entry lastBefore(long offset) throws IOException {
        int relativeOffset = (int) Math.min(Integer.MAX_VALUE, offset - segment.baseOffset());
        return ofTimes(() -> times.lastBefore(relativeOffset));
    }

    private interface TimeLookUp {
        TimeIndex.@Nullable Entry find() throws IOException, DamagedIndexException;
    }

    /** @return null also when the index is of no use: a search then begins at the first batch */
    private TimeIndex.@Nullable Entry ofTimes(TimeLookUp lookUp) throws IOException {
        ensureLoaded();
        try {
            return lookUp.find();
        } catch (DamagedIndexException e) {
            repair("a wrong entry of times");
            return null;
        }
    }

    /** Whether entries are held in memory, as they are while the segment is appended to. */
    boolean isInMemory() {
        return offsets.isInMemory() || times.isInMemory();
    }

    /** Writes to the files what they do not hold yet. */
    synchronized void persist() throws IOException {
        transactions.persist();
        if (loaded) {
            writeAll();
        }
    }

    /** Makes the entries cover everything up to the segment's end as it is now. Append lock; no I/O once loaded. */
    synchronized void mark() {
        if (loaded && !segment.isEmpty()) {
            times.mark(maxTimestamp, lastRelativeOffset);
        }
    }

    private void writeAll() throws IOException {
        if (!active) {
            times.mark(maxTimestamp, lastRelativeOffset);
        }
        times.persist();
        offsets.persist(segment.size() > indexInterval);
    }

    /** The segment will not be appended to any more: writes the indexes out and frees their memory. */
    synchronized void seal() throws IOException {
        active = false;
        transactions.persist();
        if (loaded) {
            writeAll();
            offsets.seal();
            times.seal();
        }
    }

    /** Forgets everything behind the segment's tail, which has just moved back. */
    synchronized void truncate() throws IOException {
        active = true;
        transactions.truncate(segment.nextOffset());
        if (loaded && offsets.isInMemory() && times.isInMemory()) {
            offsets.truncate(segment.size());
            boolean timesKept = times.truncate(relativeEnd());
            if (segment.isEmpty()) {
                reset();
            } else if (!timesKept || !readBehindLastEntry()) {
                repair("its last entry points to no batch");
            }
        } else {
            loaded = false;
            load();
        }
    }

    synchronized void markDeleted() throws IOException {
        offsets.renameTo(SegmentNames.deleted(offsets.path()));
        times.renameTo(SegmentNames.deleted(times.path()));
        transactions.renameTo(SegmentNames.deleted(transactions.path()));
    }

    synchronized void delete() throws IOException {
        offsets.delete();
        times.delete();
        transactions.delete();
    }

    synchronized void close() throws IOException {
        offsets.close();
        times.close();
        transactions.close();
    }
}
