/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.storage.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Record batches with a real v2 header and a body of our own: one long for each record, so that a test can tell records apart. The CRC is
 * not filled in; the models do not look at it.
 */
public final class Batches {
    static final int BASE_OFFSET = 0;
    static final int LENGTH = 8;
    static final int EPOCH = 12;
    static final int MAGIC = 16;
    static final int CRC = 17;
    static final int LAST_OFFSET_DELTA = 23;
    static final int MAX_TIMESTAMP = 35;
    static final int PRODUCER_ID = 43;
    static final int PRODUCER_EPOCH = 51;
    static final int SEQUENCE = 53;
    static final int COUNT = 57;
    static final int HEADER = 61;
    private static final int LENGTH_OVERHEAD = 12;

    private Batches() {}

    /** One batch. */
    public static ByteBuffer of(long... values) {
        return at(0, values);
    }

    /** Several batches in one buffer. */
    public static ByteBuffer join(ByteBuffer... batches) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(batches).mapToInt(ByteBuffer::remaining).sum());
        for (ByteBuffer batch : batches) {
            all.put(batch.duplicate());
        }
        return all.flip();
    }

    /** One batch with a timestamp. */
    public static ByteBuffer at(long timestampMs, long... values) {
        int size = HEADER + values.length * Long.BYTES;
        ByteBuffer batch = ByteBuffer.allocate(size);
        batch.putInt(LENGTH, size - LENGTH_OVERHEAD);
        batch.put(MAGIC, (byte) 2);
        batch.putInt(LAST_OFFSET_DELTA, values.length - 1);
        batch.putLong(MAX_TIMESTAMP, timestampMs);
        batch.putLong(PRODUCER_ID, RecordBatch.NO_PRODUCER_ID);
        batch.putShort(PRODUCER_EPOCH, RecordBatch.NO_PRODUCER_EPOCH);
        batch.putInt(SEQUENCE, RecordBatch.NO_SEQUENCE);
        batch.putInt(COUNT, values.length);
        batch.position(HEADER);
        for (long value : values) {
            batch.putLong(value);
        }
        return batch.flip();
    }

    /** One batch of an idempotent producer. */
    public static ByteBuffer sequenced(long producerId, short producerEpoch, int sequence, long... values) {
        ByteBuffer batch = of(values);
        batch.putLong(PRODUCER_ID, producerId);
        batch.putShort(PRODUCER_EPOCH, producerEpoch);
        batch.putInt(SEQUENCE, sequence);
        return batch;
    }

    /**
     * Value of one record of a buffer that begins with its batch. Where somebody has filled in the CRC, the body is not ours: a negative
     * value stands for the content of the batch and the place of the record in it.
     */
    static long value(ByteBuffer batch, int index) {
        int crc = batch.getInt(CRC);
        return crc == 0
                ? batch.getLong(HEADER + index * Long.BYTES)
                : Long.MIN_VALUE | Integer.toUnsignedLong(crc) << 16 | index;
    }

    /** Told of one record. */
    @FunctionalInterface
    public interface Visitor {
        void record(long offset, long value);
    }

    /** Shows all records with their offsets, in order. */
    public static void visit(ByteBuffer batches, Visitor visitor) {
        for (int at = batches.position(); at < batches.limit(); at += sizeAt(batches, at)) {
            for (int i = 0; i < batches.getInt(at + COUNT); i++) {
                visitor.record(batches.getLong(at) + i, batches.getLong(at + HEADER + i * Long.BYTES));
            }
        }
    }

    static int sizeAt(ByteBuffer buffer, int position) {
        return buffer.getInt(position + LENGTH) + LENGTH_OVERHEAD;
    }

    /** The values of all records, in order. */
    public static List<Long> values(ByteBuffer batches) {
        List<Long> values = new ArrayList<>();
        for (int at = batches.position(); at < batches.limit(); at += sizeAt(batches, at)) {
            for (int i = 0; i < batches.getInt(at + COUNT); i++) {
                values.add(batches.getLong(at + HEADER + i * Long.BYTES));
            }
        }
        return values;
    }
}
