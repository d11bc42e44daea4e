/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * A movable view of one record batch (format v2) in a buffer. It reads fields by absolute position, keeps nothing and copies
 * nothing. Except for {@link #crcIsValid} and the setters only the header must be in the buffer. Not thread-safe.
 *
 * <p>The CRC covers everything behind itself (from the attributes on), so base offset and leader epoch may be stamped in place.
 */
public final class RecordBatch {
    /** Base offset and length, which the length does not count. */
    public static final int LENGTH_OVERHEAD = 12;

    public static final int HEADER_BYTES = 61;
    public static final byte MAGIC_V2 = 2;
    public static final long NO_TIMESTAMP = -1;
    public static final long NO_PRODUCER_ID = -1;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;

    private static final int BASE_OFFSET = 0;
    private static final int LENGTH = 8;
    private static final int LEADER_EPOCH = 12;
    static final int MAGIC = 16;
    private static final int CRC = 17;
    private static final int ATTRIBUTES = 21;
    private static final int LAST_OFFSET_DELTA = 23;
    private static final int BASE_TIMESTAMP = 27;
    private static final int MAX_TIMESTAMP = 35;
    private static final int PRODUCER_ID = 43;
    private static final int PRODUCER_EPOCH = 51;
    private static final int BASE_SEQUENCE = 53;
    private static final int RECORD_COUNT = 57;

    private static final int COMPRESSION_MASK = 0x07;
    private static final int LOG_APPEND_TIME_BIT = 0x08;
    private static final int TRANSACTIONAL_BIT = 0x10;
    private static final int CONTROL_BIT = 0x20;
    private static final int DELETE_HORIZON_BIT = 0x40;

    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int start;

    /**
     * Moves the view.
     *
     * @param buffer big-endian
     * @param start absolute position of the batch's first byte
     * @return this
     */
    public RecordBatch wrap(ByteBuffer buffer, int start) {
        if (buffer.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("a record batch is big-endian");
        }
        this.buffer = buffer;
        this.start = start;
        return this;
    }

    public long baseOffset() {
        return buffer.getLong(start + BASE_OFFSET);
    }

    /** Size of the whole batch as its length field says; not checked, may be negative or overflow for garbage. */
    public int sizeInBytes() {
        return LENGTH_OVERHEAD + buffer.getInt(start + LENGTH);
    }

    public int leaderEpoch() {
        return buffer.getInt(start + LEADER_EPOCH);
    }

    public byte magic() {
        return buffer.get(start + MAGIC);
    }

    public int storedCrc() {
        return buffer.getInt(start + CRC);
    }

    public int lastOffsetDelta() {
        return buffer.getInt(start + LAST_OFFSET_DELTA);
    }

    /** Offset of the last record, inclusive. */
    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    /** Offset behind the last record. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    public long baseTimestamp() {
        return buffer.getLong(start + BASE_TIMESTAMP);
    }

    public long maxTimestamp() {
        return buffer.getLong(start + MAX_TIMESTAMP);
    }

    public long producerId() {
        return buffer.getLong(start + PRODUCER_ID);
    }

    public boolean hasProducerId() {
        return producerId() > NO_PRODUCER_ID;
    }

    public short producerEpoch() {
        return buffer.getShort(start + PRODUCER_EPOCH);
    }

    public int baseSequence() {
        return buffer.getInt(start + BASE_SEQUENCE);
    }

    /** Sequence of the last record; sequences wrap from {@link Integer#MAX_VALUE} to 0. */
    public int lastSequence() {
        int base = baseSequence();
        return base == NO_SEQUENCE ? NO_SEQUENCE : (int) (((long) base + lastOffsetDelta()) & Integer.MAX_VALUE);
    }

    public int recordCount() {
        return buffer.getInt(start + RECORD_COUNT);
    }

    public short attributes() {
        return buffer.getShort(start + ATTRIBUTES);
    }

    /** Id of the codec, see {@link Compression}; 5 to 7 are unknown. */
    public int compressionId() {
        return attributes() & COMPRESSION_MASK;
    }

    public boolean isLogAppendTime() {
        return (attributes() & LOG_APPEND_TIME_BIT) != 0;
    }

    public boolean isTransactional() {
        return (attributes() & TRANSACTIONAL_BIT) != 0;
    }

    public boolean isControl() {
        return (attributes() & CONTROL_BIT) != 0;
    }

    /** The base timestamp is the time from which tombstones may go (KIP-534); only compaction writes it. */
    public boolean hasDeleteHorizon() {
        return (attributes() & DELETE_HORIZON_BIT) != 0;
    }

    /** Whole batch must be in the buffer. */
    public boolean crcIsValid() {
        return computeCrc() == storedCrc();
    }

    /** The CRC covers from here on; relative to the batch's first byte. */
    public static int crcStart() {
        return ATTRIBUTES;
    }

    private int computeCrc() {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(start + ATTRIBUTES, sizeInBytes() - ATTRIBUTES));
        return (int) crc.getValue();
    }

    /** Stamps what the leader assigns; outside of the CRC. */
    public void stamp(long baseOffset, int leaderEpoch) {
        buffer.putLong(start + BASE_OFFSET, baseOffset);
        buffer.putInt(start + LEADER_EPOCH, leaderEpoch);
    }

    /** Stamps the broker's time on all records of the batch and computes the CRC anew. */
    public void stampLogAppendTime(long timestampMs) {
        buffer.putShort(start + ATTRIBUTES, (short) (attributes() | LOG_APPEND_TIME_BIT));
        buffer.putLong(start + MAX_TIMESTAMP, timestampMs);
        buffer.putInt(start + CRC, computeCrc());
    }

    /** Says the time of the latest record, and computes the CRC anew. */
    public void correctMaxTimestamp(long timestampMs) {
        buffer.putLong(start + MAX_TIMESTAMP, timestampMs);
        buffer.putInt(start + CRC, computeCrc());
    }

    /** A transactional control batch with one record, at base offset 0. */
    public static ByteBuffer control(ByteBuffer record, long producerId, short producerEpoch, long timestampMs) {
        int size = HEADER_BYTES + record.remaining();
        ByteBuffer whole = ByteBuffer.allocate(size);
        whole.putInt(LENGTH, size - LENGTH_OVERHEAD);
        whole.putInt(LEADER_EPOCH, -1);
        whole.put(MAGIC, MAGIC_V2);
        whole.putShort(ATTRIBUTES, (short) (TRANSACTIONAL_BIT | CONTROL_BIT));
        whole.putLong(BASE_TIMESTAMP, timestampMs);
        whole.putLong(MAX_TIMESTAMP, timestampMs);
        whole.putLong(PRODUCER_ID, producerId);
        whole.putShort(PRODUCER_EPOCH, producerEpoch);
        whole.putInt(BASE_SEQUENCE, NO_SEQUENCE);
        whole.putInt(RECORD_COUNT, 1);
        whole.put(HEADER_BYTES, record, record.position(), record.remaining());
        whole.putInt(CRC, new RecordBatch().wrap(whole, 0).computeCrc());
        return whole;
    }

    /** Makes length, codec and CRC of a batch fit the records behind its header. */
    static byte[] seal(byte[] whole, Compression codec) {
        RecordBatch batch = new RecordBatch().wrap(ByteBuffer.wrap(whole), 0);
        batch.buffer.putInt(LENGTH, whole.length - LENGTH_OVERHEAD);
        batch.buffer.putShort(ATTRIBUTES, (short) ((batch.attributes() & ~COMPRESSION_MASK) | codec.id()));
        batch.buffer.putInt(CRC, batch.computeCrc());
        return whole;
    }

    void copyHeader(byte[] into) {
        buffer.get(start, into, 0, HEADER_BYTES);
    }

    /** Makes the header of a batch whose records have become fewer fit them; what is not named stays. */
    static void reseal(
            byte[] whole,
            Compression codec,
            int records,
            long baseTimestamp,
            long maxTimestamp,
            boolean deleteHorizon) {
        RecordBatch batch = new RecordBatch().wrap(ByteBuffer.wrap(whole), 0);
        if (deleteHorizon) {
            batch.buffer.putShort(ATTRIBUTES, (short) (batch.attributes() | DELETE_HORIZON_BIT));
        }
        batch.buffer.putLong(BASE_TIMESTAMP, baseTimestamp);
        batch.buffer.putLong(MAX_TIMESTAMP, maxTimestamp);
        batch.buffer.putInt(RECORD_COUNT, records);
        seal(whole, codec);
    }
}
