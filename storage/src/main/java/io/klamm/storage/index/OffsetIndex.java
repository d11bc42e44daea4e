/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sparse map from a batch's base offset (relative to the segment's) to its position in the segment.
 *
 * <p>The index of an active segment lives in memory and reaches its file in steps ({@link #persist}); that of a sealed one is
 * searched in the file. An entry is only a hint: the reader compares it with the batch header it points to, so a torn or corrupt
 * index costs time, never correctness.
 *
 * <p>One thread at a time changes it; lookups come from any thread.
 */
public final class OffsetIndex {
    public static final int ENTRY_BYTES = 8;
    public static final long NONE = -1;
    static final int MAGIC = 0x4b4c4f49; // KLOI

    private final IndexFile file;
    private volatile long @Nullable [] memory;
    private volatile int count;
    private int persisted;
    /** What the file holds is of no use. */
    private boolean replaceFile;

    public OffsetIndex(LogFiles files, Path path, long baseOffset) {
        this.file = new IndexFile(files, path, MAGIC, ENTRY_BYTES, baseOffset);
    }

    /** An entry as one long: relative offset above, position below. */
    public static long entry(int relativeOffset, int position) {
        return (long) relativeOffset << 32 | position;
    }

    public static int relativeOffset(long entry) {
        return (int) (entry >>> 32);
    }

    public static int position(long entry) {
        return (int) entry;
    }

    /**
     * Takes the entries below {@code position} from the file.
     *
     * @param inMemory for a segment that is appended to
     * @return false when the file is missing or not an index; the index is empty then
     */
    public synchronized boolean load(boolean inMemory, int position) throws IOException {
        int entries = file.validEntries();
        if (entries < 0) {
            reset();
            return false;
        }
        persisted = entries;
        count = entries;
        memory = inMemory ? readAll(entries) : null;
        truncate(position);
        file.close(); // thousands of idle logs should not hold files open; a search opens it again
        return true;
    }

    /** Starts empty, in memory; {@link #persist} replaces whatever the file holds. */
    public synchronized void reset() {
        memory = new long[4];
        count = 0;
        persisted = 0;
        replaceFile = file.exists();
    }

    private long[] readAll(int entries) throws IOException {
        long[] all = new long[Math.max(4, entries)];
        ByteBuffer in = file.read(0, entries);
        in.asLongBuffer().get(all, 0, in.remaining() / ENTRY_BYTES);
        return all;
    }

    public boolean isInMemory() {
        return memory != null;
    }

    public int entries() {
        return count;
    }

    public synchronized void add(int relativeOffset, int position) {
        long[] entries = memory;
        if (entries == null) {
            throw new IllegalStateException("sealed");
        }
        int at = count;
        if (at == entries.length) {
            entries = Arrays.copyOf(entries, at * 2);
        }
        entries[at] = entry(relativeOffset, position);
        memory = entries;
        count = at + 1;
    }

    /**
     * Writes what the file does not hold yet.
     *
     * @param evenIfEmpty there must be a file, to show that no entries are missing
     */
    public synchronized void persist(boolean evenIfEmpty) throws IOException {
        long[] entries = memory;
        if (entries == null || (persisted == count && !replaceFile && !(count == 0 && evenIfEmpty))) {
            return;
        }
        ByteBuffer out = ByteBuffer.allocate((count - persisted) * ENTRY_BYTES);
        out.asLongBuffer().put(entries, persisted, count - persisted);
        file.write(persisted, out);
        persisted = count;
        replaceFile = false;
        file.close();
    }

    /** Writes everything and lets go of the memory; lookups go to the file from now on. */
    public synchronized void seal() throws IOException {
        persist(true);
        memory = null;
    }

    /** Drops the entries at and behind a position of the segment. */
    public synchronized void truncate(int position) throws IOException {
        int keep = search(e -> Integer.compareUnsigned(position(e), position) < 0);
        if (keep < count) {
            count = keep;
        }
        if (keep < persisted) {
            persisted = keep;
            file.truncate(keep);
        }
    }

    /** The last entry whose offset is not above, or {@link #NONE}. */
    public long floorByOffset(int relativeOffset) throws IOException {
        return entryBefore(search(e -> relativeOffset(e) <= relativeOffset));
    }

    /** The last entry whose position is not above, or {@link #NONE}. */
    public long floorByPosition(int position) throws IOException {
        return entryBefore(search(e -> position(e) <= position));
    }

    private long entryBefore(int i) throws IOException {
        return i == 0 ? NONE : at(memory, i - 1);
    }

    private interface Below {
        boolean test(long entry);
    }

    /** Number of leading entries for which the test holds; entries are sorted by offset and position alike. */
    private int search(Below below) throws IOException {
        int low = 0;
        int high = count;
        long[] entries = memory; // read behind count: at least as new
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (below.test(at(entries, middle))) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private long at(long @Nullable [] entries, int i) throws IOException {
        if (entries != null) {
            return entries[i];
        }
        ByteBuffer one = file.read(i, i + 1);
        return one.remaining() < ENTRY_BYTES ? Long.MAX_VALUE : one.getLong();
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

    /** Whether a file holds entries, by its size alone. */
    public static boolean holdsEntries(LogFiles files, Path path) throws IOException {
        return files.exists(path) && files.size(path) > IndexFile.HEADER_BYTES;
    }
}
