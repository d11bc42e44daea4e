/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads a part of a segment file in order and checks every batch, CRC included. Memory is bounded whatever the file claims. */
final class RecoveryScan {
    static final String LIMIT = "beyond the limit";
    private static final int WINDOW_BYTES = 256 * 1024;

    private final LogFiles files;
    private final FileChannel channel;
    private final int size;
    private final ByteBuffer window;
    private int windowStart;
    private int windowEnd;

    /** Takes a sound batch; the header is valid during the call. */
    interface Visitor {
        void batch(RecordBatch batch, int position) throws IOException;
    }

    /** @param size bytes of the file */
    RecoveryScan(LogFiles files, FileChannel channel, int size) {
        this.files = files;
        this.channel = channel;
        this.size = size;
        this.window = ByteBuffer.allocate(Math.min(WINDOW_BYTES, size));
    }

    /**
     * @param position where a batch begins
     * @param nextOffset no batch may begin below
     * @param limit no batch may begin here or above
     * @return what is wrong with the first bad batch, {@link #LIMIT} when it is sound but for the limit, or null when all are good to the
     *     end of the file
     */
    @Nullable
    String run(int position, long nextOffset, long limit, Visitor visitor) throws IOException {
        byte[] copy = new byte[RecordBatch.HEADER_BYTES];
        RecordBatch batch = new RecordBatch().wrap(ByteBuffer.wrap(copy), 0);
        int at = position;
        long expected = nextOffset;
        while (at < size) {
            if (!readHeader(at, copy)) {
                return "torn batch header at " + at;
            }
            String problem = BatchStructure.problem(batch, (long) size - at);
            if (problem == null && batch.baseOffset() < expected) {
                problem = "offset " + batch.baseOffset() + " where at least " + expected + " was expected";
            }
            if (problem == null && crc(at + RecordBatch.crcStart(), at + batch.sizeInBytes()) != batch.storedCrc()) {
                problem = "CRC mismatch";
            }
            if (problem != null) {
                return problem + " at " + at;
            }
            if (batch.baseOffset() >= limit) {
                return LIMIT;
            }
            visitor.batch(batch, at);
            expected = batch.nextOffset();
            at += batch.sizeInBytes();
        }
        return null;
    }

    private boolean readHeader(int at, byte[] into) throws IOException {
        if (size - at < into.length) {
            return false;
        }
        if (at < windowStart || at + into.length > windowEnd) {
            load(at);
            if (windowEnd - at < into.length) {
                return false;
            }
        }
        window.get(at - windowStart, into);
        return true;
    }

    private int crc(int from, int to) throws IOException {
        CRC32C crc = new CRC32C();
        int at = from;
        while (at < to) {
            if (at < windowStart || at >= windowEnd) {
                load(at);
                if (windowEnd == windowStart) {
                    throw new IOException("the file has become shorter than " + size);
                }
            }
            int length = Math.min(to, windowEnd) - at;
            crc.update(window.array(), at - windowStart, length);
            at += length;
        }
        return (int) crc.getValue();
    }

    private void load(int at) throws IOException {
        window.clear();
        window.limit(Math.min(window.capacity(), size - at));
        files.read(channel, window, at);
        windowStart = at;
        windowEnd = at + window.position();
    }
}
