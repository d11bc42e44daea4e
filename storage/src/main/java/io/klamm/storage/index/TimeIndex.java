/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Entries (T, O): the largest timestamp of all records of the segment up to and including relative offset O is T. O grows from
 * entry to entry, T never falls. What a search skips is therefore certain, so an entry must be true: each carries a check sum, and a file with a
 * wrong one is rebuilt from the segment. Entries missing at the end are no harm: whoever loads the index looks at the batches behind the last one.
 *
 * <p>The index of an active segment lives in memory and reaches its file in steps ({@link #persist}); that of a sealed one is searched in
 * the file, since it may be megabytes, and a node has thousands. One thread at a time changes it; lookups come from any thread.
 */
public final class TimeIndex {
    public static final int ENTRY_BYTES = 16;
    static final int MAGIC = 0x4b4c5449; // KLTI
    private static final long[] NO_TIMESTAMPS = {};
    private static final int[] NO_OFFSETS = {};

    private final IndexFile file;
    /** Empty unless the entries are held in memory. */
    private long[] timestamps = NO_TIMESTAMPS;

    private int[] offsets = NO_OFFSETS;
    private boolean inMemory;
    private long lastTimestamp;
    /** -1 when there is no entry. */
    private int lastOffset = -1;

    private int count;
    private int persisted;
    /** What the file holds is of no use. */
    private boolean replaceFile;

    public TimeIndex(LogFiles files, Path path, long baseOffset) {
        this.file = new IndexFile(files, path, MAGIC, ENTRY_BYTES, baseOffset);
    }

    /** One entry, see the class. */
    public record Entry(long maxTimestampMs, int relativeOffset) {}

    /**
     * @param wanted for a segment that is appended to; otherwise the entries stay in the file, and only the last one is looked at
     * @return false when the file is missing or damaged; the index is empty then, and in memory
     */
    public synchronized boolean load(boolean wanted) throws IOException {
        return wanted ? loadAll() : loadLast();
    }

    private boolean loadLast() throws IOException {
        reset();
        int entries = file.validEntries();
        Entry found = entries > 0 ? read(entries - 1) : null;
        file.close();
        if (entries < 0 || (entries > 0 && found == null)) {
            return false;
        }
        count = entries;
        persisted = entries;
        replaceFile = false;
        lastIs(found);
        leaveMemory();
        return true;
    }

    private boolean loadAll() throws IOException {
        reset();
        int entries = file.validEntries();
        if (entries < 0) {
            return false;
        }
        ByteBuffer in = file.read(0, entries);
        for (int i = 0; i < entries; i++) {
            if (in.remaining() < ENTRY_BYTES) {
                reset();
                return false;
            }
            long timestamp = in.getLong();
            int offset = in.getInt();
            if (in.getInt() != check(timestamp, offset) || !follows(timestamp, offset)) {
                reset();
                return false;
            }
            put(timestamp, offset);
        }
        file.close();
        persisted = count;
        replaceFile = false;
        return true;
    }

    /** Starts empty; {@link #persist} replaces whatever the file holds. */
    public synchronized void reset() {
        inMemory = true;
        lastIs(null);
        count = 0;
        persisted = 0;
        replaceFile = file.exists();
    }

    /** Adds an entry if the largest timestamp has grown since the last one. */
    public synchronized void add(long maxTimestampMs, int relativeOffset) {
        if (follows(maxTimestampMs, relativeOffset) && (lastOffset < 0 || maxTimestampMs > lastTimestamp)) {
            put(maxTimestampMs, relativeOffset);
        }
    }

    /** Adds an entry, so that the index covers everything up to this offset, unless it does already. */
    public synchronized void mark(long maxTimestampMs, int relativeOffset) {
        if (follows(maxTimestampMs, relativeOffset)) {
            put(maxTimestampMs, relativeOffset);
        }
    }

    private boolean follows(long timestamp, int offset) {
        return offset > lastOffset && (lastOffset < 0 || timestamp >= lastTimestamp);
    }

    private void put(long timestamp, int offset) {
        if (!inMemory) {
            throw new IllegalStateException("sealed");
        }
        if (count == timestamps.length) {
            timestamps = Arrays.copyOf(timestamps, Math.max(2, count * 2));
            offsets = Arrays.copyOf(offsets, Math.max(2, count * 2));
        }
        lastTimestamp = timestamp;
        lastOffset = offset;
        timestamps[count] = timestamp;
        offsets[count] = offset;
        count++;
    }

    private void lastIs(@Nullable Entry entry) {
        lastTimestamp = entry == null ? 0 : entry.maxTimestampMs();
        lastOffset = entry == null ? -1 : entry.relativeOffset();
    }

    /** Writes what the file does not hold yet. */
    public synchronized void persist() throws IOException {
        if (persisted == count && persisted > 0) {
            return;
        }
        ByteBuffer out = ByteBuffer.allocate((count - persisted) * ENTRY_BYTES);
        for (int i = persisted; i < count; i++) {
            out.putLong(timestamps[i]).putInt(offsets[i]).putInt(check(timestamps[i], offsets[i]));
        }
        file.write(persisted, out.flip());
        if (replaceFile) {
            file.force(); // as in truncate
            replaceFile = false;
        }
        file.close();
        persisted = count;
    }

    /** Writes everything and lets go of the memory; lookups go to the file from now on. */
    public synchronized void seal() throws IOException {
        if (inMemory) {
            persist();
            leaveMemory();
        }
    }

    private void leaveMemory() {
        inMemory = false;
        timestamps = NO_TIMESTAMPS;
        offsets = NO_OFFSETS;
    }

    public synchronized boolean isInMemory() {
        return inMemory;
    }

    /** Whether the entries speak of all records up to and including this relative offset. */
    public synchronized boolean covers(int relativeOffset) {
        return lastOffset >= relativeOffset;
    }

    /**
     * Drops the entries that speak of relative offsets at or above this one. Afterwards the index is in memory, if there were any.
     *
     * @return false when the file is damaged; the index is empty then
     */
    public synchronized boolean truncate(int relativeOffset) throws IOException {
        if (lastOffset < relativeOffset) {
            return true;
        }
        if (!inMemory && !loadAll()) {
            return false;
        }
        while (count > 0 && offsets[count - 1] >= relativeOffset) {
            count--;
        }
        lastIs(count == 0 ? null : new Entry(timestamps[count - 1], offsets[count - 1]));
        if (count < persisted) {
            persisted = count;
            file.truncate(count);
            file.force(); // entries of another history must not come back
            file.close();
        }
        return true;
    }

    /**
     * The last entry all of whose records are older than the timestamp, or null.
     *
     * @throws DamagedIndexException when the search has come upon a wrong entry
     */
    public synchronized @Nullable Entry lastBelow(long timestampMs) throws IOException, DamagedIndexException {
        return lastWhere(entry -> entry.maxTimestampMs() < timestampMs);
    }

    /**
     * The last entry that speaks only of relative offsets below this one, or null.
     *
     * @throws DamagedIndexException as in {@link #lastBelow}
     */
    public synchronized @Nullable Entry lastBefore(int relativeOffset) throws IOException, DamagedIndexException {
        return lastWhere(entry -> entry.relativeOffset() < relativeOffset);
    }

    public synchronized @Nullable Entry last() {
        return lastOffset < 0 ? null : new Entry(lastTimestamp, lastOffset);
    }

    /** @param below holds for some leading entries. The answer is one that it holds for, even where they are out of order. */
    private @Nullable Entry lastWhere(Predicate<Entry> below) throws IOException, DamagedIndexException {
        Entry last = last();
        if (last == null || below.test(last)) {
            return last;
        }
        Entry found = null;
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            Entry entry = inMemory ? new Entry(timestamps[middle], offsets[middle]) : read(middle);
            if (entry == null && file.isDiscarded()) {
                return found;
            }
            if (entry == null) {
                file.close();
                throw new DamagedIndexException("entry " + middle + " is wrong");
            }
            if (below.test(entry)) {
                found = entry;
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (!inMemory) {
            file.close(); // searches by time are rare
        }
        return found;
    }

    /** @return null when it is not there, or its check sum is wrong */
    private @Nullable Entry read(int i) throws IOException {
        ByteBuffer in = file.read(i, i + 1);
        if (in.remaining() < ENTRY_BYTES) {
            return null;
        }
        long timestamp = in.getLong();
        int offset = in.getInt();
        return offset >= 0 && in.getInt() == check(timestamp, offset) ? new Entry(timestamp, offset) : null;
    }

    private static int check(long timestamp, int offset) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(12).putLong(timestamp).putInt(offset).flip());
        return (int) crc.getValue();
    }

    public Path path() {
        return file.path();
    }

    public void renameTo(Path target) throws IOException {
        file.renameTo(target);
    }

    public void delete() throws IOException {
        file.discard();
    }

    public void close() throws IOException {
        file.close();
    }
}
