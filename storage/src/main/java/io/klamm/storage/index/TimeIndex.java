/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Entries (T, O): the largest timestamp of all records of the segment up to and including relative offset O is T. O grows from
 * entry to entry, T never falls. What a search skips is therefore certain, so an entry must be true: each carries a check sum, and a file with a
 * wrong one is rebuilt from the segment. Entries missing at the end are no harm: whoever loads the index looks at the batches behind the last one.
 *
 * <p>Small (an entry only where the maximum has grown since the last one), so it is held in memory once it is used. One thread at a time changes it;
 * lookups come from any thread.
 */
public final class TimeIndex {
    public static final int ENTRY_BYTES = 16;
    static final int MAGIC = 0x4b4c5449; // KLTI

    private final IndexFile file;
    private long[] timestamps = new long[2];
    private int[] offsets = new int[2];
    private int count;
    private int persisted;
    /** What the file holds is of no use. */
    private boolean replaceFile;

    public TimeIndex(LogFiles files, Path path, long baseOffset) {
        this.file = new IndexFile(files, path, MAGIC, ENTRY_BYTES, baseOffset);
    }

    /** One entry, see the class. */
    public record Entry(long maxTimestampMs, int relativeOffset) {}

    /** @return false when the file is missing or damaged; the index is empty then */
    public synchronized boolean load() throws IOException {
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
        count = 0;
        persisted = 0;
        replaceFile = file.exists();
    }

    /** Adds an entry if the largest timestamp has grown since the last one. */
    public synchronized void add(long maxTimestampMs, int relativeOffset) {
        if (follows(maxTimestampMs, relativeOffset) && (count == 0 || maxTimestampMs > timestamps[count - 1])) {
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
        return count == 0 ? offset >= 0 : timestamp >= timestamps[count - 1] && offset > offsets[count - 1];
    }

    private void put(long timestamp, int offset) {
        if (count == timestamps.length) {
            timestamps = Arrays.copyOf(timestamps, count * 2);
            offsets = Arrays.copyOf(offsets, count * 2);
        }
        timestamps[count] = timestamp;
        offsets[count] = offset;
        count++;
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

    /** Drops the entries that speak of relative offsets at or above this one. */
    public synchronized void truncate(int relativeOffset) throws IOException {
        while (count > 0 && offsets[count - 1] >= relativeOffset) {
            count--;
        }
        if (count < persisted) {
            persisted = count;
            file.truncate(count);
            file.force(); // entries of another history must not come back
            file.close();
        }
    }

    /** The last entry all of whose records are older than the timestamp, or null. */
    public synchronized @Nullable Entry lastBelow(long timestampMs) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (timestamps[middle] < timestampMs) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return entryAt(low - 1);
    }

    /** The last entry that speaks only of relative offsets below this one, or null. */
    public synchronized @Nullable Entry lastBefore(int relativeOffset) {
        int i = Arrays.binarySearch(offsets, 0, count, relativeOffset);
        return entryAt((i >= 0 ? i : -i - 1) - 1);
    }

    public synchronized @Nullable Entry last() {
        return entryAt(count - 1);
    }

    private @Nullable Entry entryAt(int i) {
        return i < 0 ? null : new Entry(timestamps[i], offsets[i]);
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
