/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads all batches of a segment file in order, goes on behind damage where it finds the next sound batch, and says what it left out.
 * Changes nothing. What it allocates is bounded by the file's size and by {@link #MAX_WHOLE_BYTES}; the time by a small multiple of it.
 */
public final class SegmentWalk {
    /** Larger batches are checked, but not handed out whole. */
    public static final int MAX_WHOLE_BYTES = 64 << 20;

    private static final int WINDOW_BYTES = 256 * 1024;
    private static final int MAGIC_AT = 16;

    private final LogFiles files;
    private final FileChannel channel;
    private final long size;
    private final Visitor visitor;
    private final ByteBuffer window;
    private long windowStart;
    private ByteBuffer whole = ByteBuffer.allocate(0);
    private final RecordBatch batch = new RecordBatch();
    /** Bytes that may still be summed up for candidates, so that no file makes the search quadratic. */
    private long searchBudget;

    /** Takes what is found, in the order of the file. */
    public interface Visitor {
        /**
         * A sound batch.
         *
         * @param batch valid during the call; only its header when {@code whole} is null
         * @param whole the batch from its first byte on, null when it is larger than {@link #MAX_WHOLE_BYTES}
         * @return false to end the walk
         */
        boolean batch(RecordBatch batch, long position, @Nullable ByteBuffer whole) throws IOException;

        /** A part of the file that is no sound batch. */
        void damage(Damage damage) throws IOException;
    }

    /**
     * @param position first byte
     * @param end where the walk goes on, exclusive; the file's size when no sound batch follows
     * @param expectedOffset no batch here should begin below
     * @param what what was found and what was expected
     * @param atEnd nothing sound follows: what a write that was cut off, or is under way, looks like
     */
    public record Damage(long position, long end, long expectedOffset, String what, boolean atEnd) {}

    private SegmentWalk(LogFiles files, FileChannel channel, long size, Visitor visitor) {
        this.files = files;
        this.channel = channel;
        this.size = size;
        this.visitor = visitor;
        this.window = ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, Math.max(size, RecordBatch.HEADER_BYTES)));
        this.window.limit(0);
        this.searchBudget = 2 * size + (1 << 20);
    }

    /**
     * @param position where a batch begins, 0 for the whole file
     * @param expectedOffset no batch may begin below; the segment's base offset for the whole file
     * @return the size that the file had when the walk began; what was written later is not looked at
     */
    public static long run(LogFiles files, Path segment, long position, long expectedOffset, Visitor visitor)
            throws IOException {
        try (FileChannel channel = files.open(segment, StandardOpenOption.READ)) {
            long size = channel.size();
            new SegmentWalk(files, channel, size, visitor).walk(position, expectedOffset);
            return size;
        }
    }

    private void walk(long from, long expectedOffset) throws IOException {
        long at = from;
        long expected = expectedOffset;
        while (at < size) {
            String problem = problem(at);
            long next = -1;
            if (problem == null) {
                next = at + batch.sizeInBytes();
                long length = next - at;
                ByteBuffer bytes = length <= MAX_WHOLE_BYTES ? wholeAt(at, (int) length) : null;
                int crc = bytes == null ? crc(at + RecordBatch.crcStart(), next) : crc(bytes);
                headerAt(at);
                if (crc != batch.storedCrc()) {
                    problem = "CRC " + Integer.toHexString(batch.storedCrc()) + " where " + Integer.toHexString(crc)
                            + " fits the bytes of the batch at offset " + batch.baseOffset();
                } else if (batch.baseOffset() < expected) {
                    visitor.damage(new Damage(
                            at,
                            next,
                            expected,
                            "offset " + batch.baseOffset() + " where at least " + expected + " was expected",
                            false));
                    expected = batch.nextOffset();
                    at = next;
                    continue;
                } else {
                    expected = batch.nextOffset();
                    if (!visitor.batch(bytes == null ? batch : batch.wrap(bytes, 0), at, bytes)) {
                        return;
                    }
                    at = next;
                    continue;
                }
            }
            long resume = resume(at, next, expected);
            visitor.damage(new Damage(at, resume, expected, problem, resume == size));
            at = resume;
        }
    }

    /** Puts {@link #batch} on the header at the position. @return what is wrong with it */
    private @Nullable String problem(long at) throws IOException {
        if (size - at < RecordBatch.HEADER_BYTES || !headerAt(at)) {
            return (size - at) + " bytes, less than a batch header";
        }
        return BatchStructure.problem(batch, size - at);
    }

    private boolean headerAt(long at) throws IOException {
        if (!inWindow(at, RecordBatch.HEADER_BYTES)) {
            load(at);
        }
        if (!inWindow(at, RecordBatch.HEADER_BYTES)) {
            return false;
        }
        batch.wrap(window, (int) (at - windowStart));
        return true;
    }

    /** Where the next sound batch begins: at the end of a batch of which only the content is damaged, or anywhere behind. */
    private long resume(long damaged, long byLength, long expected) throws IOException {
        if (byLength == size || (byLength > 0 && isSound(byLength, expected))) {
            return byLength;
        }
        long at = damaged + 1;
        while (size - at >= RecordBatch.HEADER_BYTES) {
            if (!inWindow(at, RecordBatch.HEADER_BYTES)) {
                load(at);
                if (!inWindow(at, RecordBatch.HEADER_BYTES)) {
                    return size;
                }
            }
            if (window.get((int) (at - windowStart) + MAGIC_AT) == RecordBatch.MAGIC_V2 && isSound(at, expected)) {
                return at;
            }
            at++;
        }
        return size;
    }

    private boolean isSound(long at, long expected) throws IOException {
        if (problem(at) != null || batch.baseOffset() < expected) {
            return false;
        }
        searchBudget -= batch.sizeInBytes();
        if (searchBudget < 0) {
            return false;
        }
        int stored = batch.storedCrc();
        return crc(at + RecordBatch.crcStart(), at + batch.sizeInBytes()) == stored;
    }

    private ByteBuffer wholeAt(long at, int length) throws IOException {
        if (inWindow(at, length)) {
            return window.slice((int) (at - windowStart), length);
        }
        if (whole.capacity() < length) {
            whole = ByteBuffer.allocate(length);
        }
        whole.clear().limit(length);
        files.read(channel, whole, at);
        if (whole.hasRemaining()) {
            throw new IOException("the file has become shorter than " + (at + length) + " bytes");
        }
        return whole.flip();
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(RecordBatch.crcStart(), bytes.limit() - RecordBatch.crcStart()));
        return (int) crc.getValue();
    }

    private int crc(long from, long to) throws IOException {
        CRC32C crc = new CRC32C();
        long at = from;
        while (at < to) {
            if (!inWindow(at, 1)) {
                load(at);
                if (!inWindow(at, 1)) {
                    throw new IOException("the file has become shorter than " + to + " bytes");
                }
            }
            int length = (int) (Math.min(to, windowStart + window.limit()) - at);
            crc.update(window.array(), (int) (at - windowStart), length);
            at += length;
        }
        return (int) crc.getValue();
    }

    private boolean inWindow(long at, int length) {
        return at >= windowStart && at + length <= windowStart + window.limit();
    }

    private void load(long at) throws IOException {
        window.clear().limit((int) Math.min(window.capacity(), size - at));
        files.read(channel, window, at);
        window.flip();
        windowStart = at;
    }
}
