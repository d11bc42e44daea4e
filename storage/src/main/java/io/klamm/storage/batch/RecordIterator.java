/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the records of one batch, one after the other, decompressing as it goes. For cold paths: timestamps, markers,
 * compaction, tools. What it allocates is bounded by the bytes that really come out of the codec, and those by a limit.
 */
public final class RecordIterator implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    private final RecordBatch batch;
    private final InputStream in;
    private final long maxBytes;
    private long bytesRead;
    private int returned;

    /** One record; absent key and value are null. */
    public record Entry(
            long offset,
            long timestampMs,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<Header> headers) {}

    public record Header(String key, @Nullable ByteBuffer value) {}

    /**
     * @param whole holds the whole batch, which was found sound by {@link BatchStructure}
     * @param start absolute position of its first byte
     * @param maxBytes bound of the decompressed size
     */
    public RecordIterator(ByteBuffer whole, int start, long maxBytes) throws CorruptRecordsException {
        this.batch = new RecordBatch().wrap(whole, start);
        this.maxBytes = maxBytes;
        byte[] body = new byte[batch.sizeInBytes() - RecordBatch.HEADER_BYTES];
        whole.get(start + RecordBatch.HEADER_BYTES, body);
        Compression compression = Compression.forId(batch.compressionId());
        if (compression == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        try {
            this.in = compression == Compression.NONE
                    ? new ByteArrayInputStream(body)
                    : new BufferedInputStream(compression.decompress(body, maxBytes), 16 * 1024);
        } catch (IOException | RuntimeException e) {
            throw new CorruptRecordsException(compression + ": " + e.getMessage());
        }
    }

    /** @return the next record, or null behind the last one */
    public @Nullable Entry next() throws CorruptRecordsException {
        if (returned >= batch.recordCount()) {
            return null;
        }
        try {
            Entry entry = parse(readFully(readVarint()));
            returned++;
            return entry;
        } catch (IOException | UncheckedIOException e) {
            throw new CorruptRecordsException(
                    "record " + returned + " of batch at " + batch.baseOffset() + ": " + e.getMessage());
        } catch (RuntimeException | Error e) {
            // Codecs report broken input in many ways (java.lang.Error and linkage aside); only memory is not theirs.
            if (e instanceof VirtualMachineError || e instanceof LinkageError) {
                throw e;
            }
            throw new CorruptRecordsException("record " + returned + " of batch at " + batch.baseOffset() + ": " + e);
        }
    }

    /**
     * Call it behind the last record.
     *
     * @throws CorruptRecordsException when the batch holds more bytes than its records
     */
    public void checkEnd() throws CorruptRecordsException {
        try {
            if (in.read() >= 0) {
                throw new CorruptRecordsException("bytes behind the last of " + returned + " records");
            }
        } catch (IOException | RuntimeException e) {
            throw new CorruptRecordsException("behind the last of " + returned + " records: " + e.getMessage());
        }
    }

    /** Whether the records are too large to be decoded within the bound, so that nothing is known about the rest of them. */
    public boolean boundReached() {
        return bytesRead > maxBytes;
    }

    private Entry parse(ByteBuffer record) throws CorruptRecordsException {
        record.get(); // attributes: unused
        long timestampDelta = Varints.readLong(record);
        int offsetDelta = Varints.readInt(record);
        ByteBuffer key = readNullable(record);
        ByteBuffer value = readNullable(record);
        int headerCount = Varints.readInt(record);
        if (headerCount < 0 || headerCount > record.remaining()) {
            throw new CorruptRecordsException("header count " + headerCount);
        }
        List<Header> headers = headerCount == 0 ? List.of() : new ArrayList<>(headerCount);
        for (int i = 0; i < headerCount; i++) {
            ByteBuffer name = readNullable(record);
            if (name == null) {
                throw new CorruptRecordsException("header without a key");
            }
            headers.add(new Header(
                    java.nio.charset.StandardCharsets.UTF_8.decode(name).toString(), readNullable(record)));
        }
        if (record.hasRemaining()) {
            throw new CorruptRecordsException(record.remaining() + " bytes behind a record's fields");
        }
        long timestamp = batch.isLogAppendTime() ? batch.maxTimestamp() : batch.baseTimestamp() + timestampDelta;
        return new Entry(batch.baseOffset() + offsetDelta, timestamp, key, value, headers);
    }

    private static @Nullable ByteBuffer readNullable(ByteBuffer record) throws CorruptRecordsException {
        int length = Varints.readInt(record);
        if (length == -1) {
            return null;
        }
        if (length < 0 || length > record.remaining()) {
            throw new CorruptRecordsException("field length " + length);
        }
        ByteBuffer field = record.slice(record.position(), length);
        record.position(record.position() + length);
        return field;
    }

    private int readVarint() throws IOException {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("ends early");
            }
            bytesRead++;
            value |= (b & 0x7f) << shift;
            if ((b & 0x80) == 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new IOException("varint too long");
    }

    private ByteBuffer readFully(int length) throws IOException {
        if (length < 0) {
            throw new IOException("record length " + length);
        }
        bytesRead += length;
        if (bytesRead > maxBytes) {
            throw new IOException("more than " + maxBytes + " bytes");
        }
        // Grows with the bytes that come, so that a lying length allocates nothing.
        byte[] bytes = new byte[Math.min(length, CHUNK)];
        int filled = 0;
        while (filled < length) {
            if (filled == bytes.length) {
                bytes = java.util.Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
            }
            int n = in.read(bytes, filled, bytes.length - filled);
            if (n < 0) {
                throw new IOException("ends early");
            }
            filled += n;
        }
        return ByteBuffer.wrap(bytes, 0, length);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a stream in memory", e);
        }
    }
}
