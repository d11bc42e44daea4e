/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes a batch anew with some of its records, in the codec it had. Base offset, last offset, leader epoch, producer, sequence and
 * attributes stay: records keep their offsets, and a producer's sequence numbers are still those of the whole batch. Keeps its
 * memory between batches. Not thread-safe.
 */
public final class BatchRewriter {
    private byte[] records = new byte[16 * 1024];
    private int size;
    private int count;
    private long maxTimestamp;
    private long baseTimestamp;
    private boolean shifted;
    private final CompressionLevels levels;
    private final RecordBatch original = new RecordBatch();

    /** @param levels how hard the codecs try */
    public BatchRewriter(CompressionLevels levels) {
        this.levels = levels;
    }

    /**
     * Begins with a batch.
     *
     * @param deleteHorizonMs stamped on the batch (KIP-534), -1 leaves what the batch has
     */
    public void start(ByteBuffer whole, int start, long deleteHorizonMs) {
        original.wrap(whole, start);
        size = 0;
        count = 0;
        maxTimestamp = RecordBatch.NO_TIMESTAMP;
        shifted = deleteHorizonMs >= 0;
        baseTimestamp = shifted ? deleteHorizonMs : original.baseTimestamp();
    }

    /** Takes the record the scanner stands at, of the same batch. */
    public void add(RecordScanner record) {
        maxTimestamp = Math.max(maxTimestamp, record.timestampMs());
        count++;
        byte[] from = record.bytes();
        if (!shifted) {
            put(from, record.recordStart(), record.recordEnd());
            return;
        }
        // Record times are relative to the base timestamp, whose place the horizon takes.
        long delta = original.baseTimestamp() + record.timestampDelta() - baseTimestamp;
        int length = 1 + Varints.sizeOf(delta) + record.recordEnd() - record.afterTimestamp();
        ensure(2 * Varints.MAX_BYTES + length);
        size = Varints.write(length, records, size);
        records[size++] = from[record.fieldsStart()];
        size = Varints.write(delta, records, size);
        put(from, record.afterTimestamp(), record.recordEnd());
    }

    private void put(byte[] from, int start, int end) {
        ensure(end - start);
        System.arraycopy(from, start, records, size, end - start);
        size += end - start;
    }

    private void ensure(int more) {
        long needed = (long) size + more;
        if (needed > records.length) {
            if (needed > Integer.MAX_VALUE - 8) {
                throw new OutOfMemoryError("a batch of " + needed + " bytes");
            }
            records = Arrays.copyOf(
                    records, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * records.length)));
        }
    }

    /** The batch with the records added since {@link #start}; without any, it is its header alone. */
    public ByteBuffer finish() {
        byte[] header = new byte[RecordBatch.HEADER_BYTES];
        original.copyHeader(header);
        Compression codec = count == 0 ? Compression.NONE : Compression.forId(original.compressionId());
        if (codec == null) {
            throw new IllegalStateException("unknown codec " + original.compressionId());
        }
        ByteArrayOutputStream result = new ByteArrayOutputStream(RecordBatch.HEADER_BYTES + size);
        result.writeBytes(header);
        try (OutputStream out = codec.compress(result, levels)) {
            out.write(records, 0, size);
        } catch (IOException e) {
            throw new IllegalStateException("compressing in memory", e);
        }
        long newest = count > 0 && original.isLogAppendTime() ? original.maxTimestamp() : maxTimestamp;
        byte[] whole = result.toByteArray();
        RecordBatch.reseal(whole, codec, count, baseTimestamp, newest, shifted);
        return ByteBuffer.wrap(whole);
    }
}
