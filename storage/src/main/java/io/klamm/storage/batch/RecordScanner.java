/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Walks over the records of one batch after the other without an object for a record: where each lies, its offset and time, its key,
 * and whether it has a value. Keeps its memory between batches; what it allocates is bounded by the bytes that really come out of
 * the codec, and those by a limit. Not thread-safe.
 */
public final class RecordScanner extends RecordCursor {
    private static final int MIN_BYTES = 16 * 1024;

    private final long maxBytes;

    /** @param maxBytes bound of the decompressed size of one batch */
    public RecordScanner(long maxBytes) {
        this.maxBytes = Math.min(maxBytes, Integer.MAX_VALUE - 16);
    }

    /**
     * Begins with a batch.
     *
     * @param whole holds the whole batch, which was found sound by {@link BatchStructure}
     * @param start absolute position of its first byte
     */
    public void open(ByteBuffer whole, int start) throws CorruptRecordsException {
        batch.wrap(whole, start);
        begin();
        int bytes = batch.sizeInBytes() - RecordBatch.HEADER_BYTES;
        Compression codec = Compression.forId(batch.compressionId());
        if (codec == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        if (codec == Compression.NONE) {
            ensure(bytes);
            whole.get(start + RecordBatch.HEADER_BYTES, window, 0, bytes);
            limit = bytes;
        } else if (batch.recordCount() > 0) {
            decompress(codec, whole, start + RecordBatch.HEADER_BYTES, bytes);
        }
    }

    /** Everything is there from the beginning. */
    @Override
    boolean fill() {
        return false;
    }

    private void decompress(Compression codec, ByteBuffer whole, int from, int bytes) throws CorruptRecordsException {
        byte[] packed = new byte[bytes];
        whole.get(from, packed);
        try (InputStream in = codec.decompress(packed, maxBytes)) {
            ensure(Math.max(MIN_BYTES, bytes));
            for (int n = read(in); n >= 0; n = read(in)) {
                limit += n;
                if (limit > maxBytes) {
                    throw new TooManyBytesException(maxBytes);
                }
                if (limit == window.length) {
                    ensure((int) Math.min(maxBytes + 1, 2L * limit));
                }
            }
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

    private int read(InputStream in) throws IOException {
        return in.read(window, limit, window.length - limit);
    }

    private void ensure(int bytes) {
        if (window.length < bytes) {
            window = Arrays.copyOf(window, bytes);
        }
    }

    /** What {@link #keyStart}, {@link #recordStart} and the like point into; changes with the next batch. */
    public byte[] bytes() {
        return window;
    }

    public int keyStart() {
        return keyStart;
    }

    /** -1 without a key. */
    public int keyLength() {
        return keyLength;
    }

    /** First byte of the record, its length included. */
    public int recordStart() {
        return recordStart;
    }

    /** Behind the record's last byte. */
    public int recordEnd() {
        return at;
    }

    /** The record's attributes, where what its length counts begins. */
    int fieldsStart() {
        return fieldsStart;
    }

    long timestampDelta() {
        return timestampDelta;
    }

    /** First byte behind the timestamp delta. */
    int afterTimestamp() {
        return afterTimestamp;
    }
}
