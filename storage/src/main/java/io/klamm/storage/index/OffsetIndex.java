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
    /** Entries that a search reads at once: a page of the file. */
    private static final int BLOCK = 512;

    static final int MAGIC = 0x4b4c4f49; // KLOI

    private final IndexFile file;
    private volatile long @Nullable [] memory;
    private volatile int count;
    private int persisted;
    /** The last entry of a file that is searched, {@link #NONE} when it has not been looked at. */
    private volatile long lastInFile = NONE;
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
        lastInFile = NONE;
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
        lastInFile = NONE;
        replaceFile = file.exists();
    }

    private long[] readAll(int entries) throws IOException {
        return Arrays.copyOf(longs(file.read(0, entries)), Math.max(4, entries));
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
        int keep = upTo(POSITION, position - 1L);
        if (keep < count) {
            count = keep;
        }
        if (keep < persisted) {
            persisted = keep;
            lastInFile = NONE;
            file.truncate(keep);
        }
    }

    /** The last entry whose offset is not above, or {@link #NONE}. */
    public long floorByOffset(int relativeOffset) throws IOException {
        return floor(OFFSET, relativeOffset);
    }

    /** The last entry whose position is not above, or {@link #NONE}. */
    public long floorByPosition(int position) throws IOException {
        return floor(POSITION, position);
    }

    private interface Key {
        long of(long entry);
    }

    private static final Key OFFSET = entry -> entry >>> 32;
    private static final Key POSITION = entry -> entry & 0xffff_ffffL;

    private long floor(Key key, long bound) throws IOException {
        int entries = count;
        long[] held = memory; // read behind count: at least as new
        if (held != null) {
            int i = upTo(held, 0, entries, key, bound);
            return i == 0 ? NONE : held[i - 1];
        }
        return placeInFile(entries, key, bound).before();
    }

    /** Number of leading entries that are not above; they are sorted by offset and position alike. */
    private int upTo(Key key, long bound) throws IOException {
        long[] held = memory;
        return held != null
                ? upTo(held, 0, count, key, bound)
                : placeInFile(count, key, bound).number();
    }

    private static int upTo(long[] entries, int from, int to, Key key, long bound) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (key.of(entries[middle]) <= bound) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Where the entries that are not above end.
     *
     * @param number how many there are
     * @param before the last of them, or {@link #NONE}
     */
    private record Place(int number, long before) {}

    /**
     * Reads a block where the entry should be if they lay evenly between what is known, mostly the only one; every other time the block in
     * the middle, so that an uneven index takes a logarithm of its size.
     */
    private Place placeInFile(int entries, Key key, long bound) throws IOException {
        int low = 0;
        int high = entries;
        long before = NONE;
        long lowKey = 0;
        long last = last(entries);
        long highKey = key.of(last);
        if (entries > 0 && last != NONE && highKey <= bound) {
            return new Place(entries, last);
        }
        for (boolean even = true; low < high; even = !even) {
            int guess = even && highKey > lowKey && bound > lowKey && bound < highKey
                    ? low + (int) ((bound - lowKey) * (high - low) / (highKey - lowKey))
                    : (low + high) >>> 1;
            int from = Math.max(low, Math.min(guess - BLOCK / 2, high - BLOCK));
            long[] block = longs(file.read(from, Math.min(high, from + BLOCK)));
            int found = upTo(block, 0, block.length, key, bound);
            before = found > 0 ? block[found - 1] : before;
            if (found > 0 && found == block.length && from + found < high) {
                low = from + found;
                lowKey = key.of(before);
            } else if (found == 0 && from > low) {
                high = from;
                highKey = block.length > 0 ? key.of(block[0]) : highKey; // the file may be shorter than it was
            } else {
                return new Place(from + found, before);
            }
        }
        return new Place(low, before);
    }

    private static long[] longs(ByteBuffer bytes) {
        long[] longs = new long[bytes.remaining() / ENTRY_BYTES];
        bytes.asLongBuffer().get(longs);
        return longs;
    }

    private long last(int entries) throws IOException {
        long known = lastInFile;
        if (known == NONE && entries > 0) {
            long[] one = longs(file.read(entries - 1, entries));
            known = one.length == 0 ? NONE : one[0];
            lastInFile = known;
        }
        return known;
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
