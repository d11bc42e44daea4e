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
public final class RecordScanner {
    private static final int MIN_BYTES = 16 * 1024;

    private final long maxBytes;
    private final RecordBatch batch = new RecordBatch();
    private byte[] body = new byte[0];
    private int limit;
    private int at;
    private int returned;
    private int count;

    private int recordStart;
    private int fieldsStart;
    private long timestampDelta;
    private int afterTimestamp;
    private int offsetDelta;
    private int keyStart;
    private int keyLength;
    private int valueLength;

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
        at = 0;
        returned = 0;
        limit = 0;
        count = batch.recordCount();
        int bytes = batch.sizeInBytes() - RecordBatch.HEADER_BYTES;
        Compression codec = Compression.forId(batch.compressionId());
        if (codec == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        if (codec == Compression.NONE) {
            ensure(bytes);
            whole.get(start + RecordBatch.HEADER_BYTES, body, 0, bytes);
            limit = bytes;
        } else if (count > 0) {
            decompress(codec, whole, start + RecordBatch.HEADER_BYTES, bytes);
        }
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
                if (limit == body.length) {
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
        return in.read(body, limit, body.length - limit);
    }

    private void ensure(int bytes) {
        if (body.length < bytes) {
            body = Arrays.copyOf(body, bytes);
        }
    }

    /** Moves to the next record. @return false behind the last one */
    public boolean next() throws CorruptRecordsException {
        if (returned >= count) {
            if (at < limit) {
                throw broken((limit - at) + " bytes behind the last record");
            }
            return false;
        }
        recordStart = at;
        int length = readInt();
        int end = at + length;
        if (length < 0 || end < at || end > limit) {
            throw broken("record length " + length);
        }
        fieldsStart = at;
        at++; // attributes: unused
        timestampDelta = readLong();
        afterTimestamp = at;
        offsetDelta = readInt();
        keyLength = readInt();
        keyStart = at;
        skip(keyLength, end);
        valueLength = readInt();
        skip(valueLength, end);
        int headers = readInt();
        if (headers < 0) {
            throw broken("header count " + headers);
        }
        for (int i = 0; i < headers; i++) {
            int nameLength = readInt();
            if (nameLength < 0) {
                throw broken("header without a key");
            }
            skip(nameLength, end);
            skip(readInt(), end);
        }
        if (at != end) {
            throw broken("fields that end at " + at + " instead of " + end);
        }
        if (offsetDelta < 0 || offsetDelta > batch.lastOffsetDelta()) {
            throw broken("offset delta " + offsetDelta);
        }
        returned++;
        return true;
    }

    private void skip(int length, int end) throws CorruptRecordsException {
        if (length == -1) {
            return;
        }
        if (length < 0 || length > end - at) {
            throw broken("field length " + length);
        }
        at += length;
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
            if (at >= limit) {
                throw broken("early end");
            }
            byte b = body[at++];
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

    public boolean hasValue() {
        return valueLength >= 0;
    }

    /** What {@link #keyStart}, {@link #recordStart} and the like point into; changes with the next batch. */
    public byte[] bytes() {
        return body;
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
