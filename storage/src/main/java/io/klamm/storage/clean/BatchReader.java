/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.log.CleaningAbortedException;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.SegmentInput;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads segments batch by batch, in large steps, and checks each one, CRC included: what is damaged must not be given a new CRC.
 * Keeps its memory between segments; it grows to the largest batch. Not thread-safe.
 */
final class BatchReader {
    private final Pace pace;
    private final RecordBatch batch = new RecordBatch();
    private ByteBuffer window;
    private int windowStart;
    private int windowEnd;
    private int next;
    private int start;

    /** @param bytes of a step */
    BatchReader(int bytes, Pace pace) {
        this.pace = pace;
        this.window = ByteBuffer.allocate(Math.max(RecordBatch.HEADER_BYTES, bytes));
    }

    /** Begins with a segment. */
    void open() {
        windowStart = 0;
        windowEnd = 0;
        next = 0;
    }

    /** Moves to the next batch of the segment. @return false at its end */
    boolean next(SegmentInput input) throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        if (next >= input.size()) {
            return false;
        }
        int left = input.size() - next;
        load(input, Math.min(left, RecordBatch.HEADER_BYTES));
        start = next - windowStart;
        batch.wrap(window, start);
        String problem = BatchStructure.problem(batch, left);
        int nextSize = batch.sizeInBytes();
        if (problem == null && batch.sizeInBytes() > window.capacity()) {
            // One flipped bit makes a gigabyte of a length: no memory for it before the CRC is right.
            problem = check(input, batch.sizeInBytes(), batch.storedCrc());
        }
        if (problem == null) {
            load(input, nextSize);
            start = next - windowStart;
            batch.wrap(window, start);
            problem = batch.crcIsValid() ? null : "CRC mismatch";
        }
        if (problem != null) {
            throw new CorruptRecordsException(problem + " at " + next + " of " + input);
        }
        next += batch.sizeInBytes();
        return true;
    }

    /** Reads a batch step by step. Leaves the window with something else. @return null when its CRC is right */
    private @Nullable String check(SegmentInput input, int size, int storedCrc)
            throws CleaningAbortedException, LogDirOfflineException {
        CRC32C crc = new CRC32C();
        windowEnd = windowStart;
        for (int at = RecordBatch.crcStart(); at < size; at += window.limit()) {
            window.clear().limit(Math.min(window.capacity(), size - at));
            input.read(next + at, window);
            pace.moved(window.position());
            if (window.hasRemaining()) {
                return "a batch that is cut short";
            }
            crc.update(window.flip());
        }
        window.clear();
        return (int) crc.getValue() == storedCrc ? null : "CRC mismatch";
    }

    /** Brings this many bytes from {@link #next} on into the window. */
    private void load(SegmentInput input, int bytes)
            throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        if (next >= windowStart && next + bytes <= windowEnd) {
            return;
        }
        if (bytes > window.capacity()) {
            window = ByteBuffer.allocate(bytes);
        }
        window.clear();
        input.read(next, window);
        windowStart = next;
        windowEnd = next + window.position();
        pace.moved(window.position());
        if (windowEnd - windowStart < bytes) {
            throw new CorruptRecordsException("the file ends early, at " + windowEnd + " of " + input);
        }
    }

    /** Holds the batch, see {@link #start}. */
    ByteBuffer buffer() {
        return window;
    }

    /** Position of the batch in {@link #buffer}. */
    int start() {
        return start;
    }

    /** The batch; valid until the next call of {@link #next}. */
    RecordBatch batch() {
        return batch;
    }
}
