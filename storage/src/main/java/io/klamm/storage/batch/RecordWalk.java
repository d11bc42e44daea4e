/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the records of one batch through a small window: the offset and time of each, and whether it has a key. Fields are
 * skipped, not kept, so what it allocates does not depend on what comes out of the codec. For those who need a record's bytes there is
 * {@link RecordScanner}. Used once; not thread-safe.
 */
public final class RecordWalk implements AutoCloseable {
    private static final int WINDOW_BYTES = 16 * 1024;

    private final RecordBatch batch;
    private final Compression codec;
    private final ByteBuffer body;
    /** Null when nothing is compressed. */
    private final @Nullable InputStream in;

    private final long maxBytes;
    private final byte[] window;
    /** Of all that came, where the window ends. */
    private long loaded;

    private int at;
    private int limit;
    private int returned;
    private long timestampDelta;
    private int offsetDelta;
    private int keyLength;

    /**
     * @param whole holds the whole batch, which was found sound by {@link BatchStructure}
     * @param start absolute position of its first byte
     * @param maxBytes bound of what may come out of the codec; nothing bounds records that are not compressed
     */
    public RecordWalk(ByteBuffer whole, int start, long maxBytes) throws CorruptRecordsException {
        this.batch = new RecordBatch().wrap(whole, start);
        this.maxBytes = maxBytes;
        this.body = whole.slice(start + RecordBatch.HEADER_BYTES, batch.sizeInBytes() - RecordBatch.HEADER_BYTES);
        Compression found = Compression.forId(batch.compressionId());
        if (found == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        this.codec = found;
        this.window = new byte[WINDOW_BYTES];
        this.in = codec == Compression.NONE ? null : decompressed();
    }

    private InputStream decompressed() throws CorruptRecordsException {
        byte[] packed = new byte[body.remaining()];
        body.get(packed);
        return guarded(() -> codec.decompress(packed, maxBytes));
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    private <T> T guarded(Step<T> step) throws CorruptRecordsException {
        try {
            return step.run();
        } catch (IOException | RuntimeException e) {
            throw CorruptRecordsException.of(codec, e);
        } catch (Error e) {
            // Codecs report broken input in many ways; only memory and linkage are not theirs.
            if (e instanceof VirtualMachineError || e instanceof LinkageError) {
                throw e;
            }
            throw new CorruptRecordsException("batch cannot be decompressed (" + codec + "): " + e);
        }
    }

    /** Moves to the next record. @return false behind the last one */
    public boolean next() throws CorruptRecordsException {
        if (returned >= batch.recordCount()) {
            if (at < limit || fill()) {
                throw broken("bytes behind the last record");
            }
            return false;
        }
        int length = readInt();
        long end = position() + length;
        if (length < 0) {
            throw broken("record length " + length);
        }
        skip(1, end); // attributes: unused
        timestampDelta = readLong();
        offsetDelta = readInt();
        keyLength = readInt();
        skipField(keyLength, end);
        skipField(readInt(), end);
        int headers = readInt();
        if (headers < 0) {
            throw broken("header count " + headers);
        }
        for (int i = 0; i < headers; i++) {
            int nameLength = readInt();
            if (nameLength < 0) {
                throw broken("header without a key");
            }
            skipField(nameLength, end);
            skipField(readInt(), end);
        }
        if (position() != end) {
            throw broken("fields that end at " + position() + " instead of " + end);
        }
        if (offsetDelta < 0 || offsetDelta > batch.lastOffsetDelta()) {
            throw broken("offset delta " + offsetDelta);
        }
        returned++;
        return true;
    }

    private long position() {
        return loaded - (limit - at);
    }

    private void skipField(int length, long end) throws CorruptRecordsException {
        if (length < -1) {
            throw broken("field length " + length);
        }
        skip(Math.max(0, length), end);
    }

    private void skip(int bytes, long end) throws CorruptRecordsException {
        if (bytes > end - position()) {
            throw broken("field length " + bytes);
        }
        int left = bytes;
        while (left > limit - at) {
            left -= limit - at;
            at = limit;
            if (!fill()) {
                throw broken("early end");
            }
        }
        at += left;
    }

    /** The window is used up. @return false when nothing more comes */
    private boolean fill() throws CorruptRecordsException {
        int n = guarded(this::read);
        at = 0;
        limit = Math.max(0, n);
        loaded += limit;
        return limit > 0;
    }

    private int read() throws IOException {
        if (in == null) {
            int n = Math.min(window.length, body.remaining());
            body.get(window, 0, n);
            return n;
        }
        int n = in.read(window, 0, window.length);
        if (n > 0 && loaded + n > maxBytes) {
            throw new TooManyBytesException(maxBytes);
        }
        return n;
    }

    private int readInt() throws CorruptRecordsException {
        long value = readLong();
        if (value != (int) value) {
            throw broken("varint out of range");
        }
        return (int) value;
    }

    private long readLong() throws CorruptRecordsException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at == limit && !fill()) {
                throw broken("early end");
            }
            byte b = window[at++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw broken("varint too long");
    }

    private CorruptRecordsException broken(String what) {
        return new CorruptRecordsException(what + " in record " + returned + " of batch at " + batch.baseOffset());
    }

    /** Index of the record in its batch, from 0. */
    public int index() {
        return returned - 1;
    }

    public long offset() {
        return batch.baseOffset() + offsetDelta;
    }

    /** In ms; with LogAppendTime the batch's. */
    public long timestampMs() {
        return batch.isLogAppendTime() ? batch.maxTimestamp() : batch.baseTimestamp() + timestampDelta;
    }

    public boolean hasKey() {
        return keyLength >= 0;
    }

    /** Bytes that have come out of the codec so far, 0 without one. */
    public long decompressedBytes() {
        return in == null ? 0 : loaded;
    }

    @Override
    public void close() throws CorruptRecordsException {
        if (in != null) {
            guarded(() -> {
                in.close();
                return true;
            });
        }
    }
}
