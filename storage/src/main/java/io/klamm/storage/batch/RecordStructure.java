/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Do the records of a batch fit together, so that every reader gets past them? Uncompressed ones are walked in place, without an
 * object and without a copy: lengths add up, offsets count from 0, no field reaches beyond its record. Of compressed ones only the
 * beginning is looked at, whether it is the codec's: to decompress what clients send would cost the broker more than to store it, and
 * would let a small batch block an event loop. One object serves many batches; not thread-safe.
 */
public final class RecordStructure {
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int LZ4_MAGIC = 0x04224d18;
    private static final int ZSTD_MAGIC = 0x28b52ffd;
    private static final int MAX_VARINT_BYTES = 5;
    private static final int MAX_VARLONG_BYTES = 10;

    private long baseTimestamp;
    private long earliest;
    private long latest;

    /**
     * @param batch found sound by {@link BatchStructure}, with a codec that is known
     * @param bytes what the batch lies in; not changed
     * @param start absolute position of the batch's first byte
     * @return null when the records are sound, otherwise what is wrong
     */
    public @Nullable String problem(RecordBatch batch, ByteBuffer bytes, int start) {
        baseTimestamp = batch.baseTimestamp();
        earliest = RecordBatch.NO_TIMESTAMP;
        latest = RecordBatch.NO_TIMESTAMP;
        int at = start + RecordBatch.HEADER_BYTES;
        int end = start + batch.sizeInBytes();
        if (batch.compressionId() != Compression.NONE.id()) {
            return compressedProblem(batch.compressionId(), bytes, at, end);
        }
        int count = batch.recordCount();
        for (int i = 0; i < count; i++) {
            long next = skipRecord(bytes, at, end, i);
            if (next < 0) {
                return "record " + i + " of " + count + " is broken";
            }
            at = (int) next;
        }
        return at == end ? null : (end - at) + " bytes behind the last of " + count + " records";
    }

    /** Of the records of the last batch, in ms; {@link RecordBatch#NO_TIMESTAMP} if none has a time, or they are compressed. */
    public long earliestTimestamp() {
        return earliest;
    }

    /** As {@link #earliestTimestamp}. */
    public long latestTimestamp() {
        return latest;
    }

    private static @Nullable String compressedProblem(int codec, ByteBuffer bytes, int at, int end) {
        boolean begins =
                switch (Compression.known(codec)) {
                    case NONE -> true;
                    case GZIP -> end - at > 2 && (bytes.getShort(at) & 0xffff) == GZIP_MAGIC;
                    case LZ4 -> end - at > 4 && bytes.getInt(at) == LZ4_MAGIC;
                    case ZSTD -> end - at > 4 && bytes.getInt(at) == ZSTD_MAGIC;
                    case SNAPPY -> SnappyBlocks.mayBegin(bytes, at, end - at);
                };
        return begins ? null : "the records are not " + Compression.known(codec).configName();
    }

    /** @return the position behind the record, -1 when it is broken */
    private long skipRecord(ByteBuffer bytes, int start, int batchEnd, int index) {
        long at = start;
        int length = varint(bytes, at, batchEnd);
        at = behindVarint(bytes, at, batchEnd, MAX_VARINT_BYTES);
        if (at < 0 || length < 0 || length > batchEnd - at) {
            return -1;
        }
        int end = (int) at + length;
        at++; // attributes
        long timestampDelta = varlong(bytes, at, end);
        at = behindVarint(bytes, at, end, MAX_VARLONG_BYTES);
        int offsetDelta = varint(bytes, at, end);
        at = behindVarint(bytes, at, end, MAX_VARINT_BYTES);
        if (at < 0 || offsetDelta != index) {
            return -1;
        }
        long timestamp = baseTimestamp + timestampDelta;
        if (((baseTimestamp ^ timestamp) & (timestampDelta ^ timestamp)) < 0) {
            return -1; // no long holds it
        }
        seen(timestamp);
        at = skipField(bytes, skipField(bytes, at, end, true), end, true); // key, value
        int headers = varint(bytes, at, end);
        at = behindVarint(bytes, at, end, MAX_VARINT_BYTES);
        if (at < 0 || headers < 0) {
            return -1;
        }
        for (int i = 0; i < headers && at >= 0; i++) {
            at = skipField(bytes, skipField(bytes, at, end, false), end, true); // name, value
        }
        return at == end ? end : -1;
    }

    private void seen(long timestamp) {
        if (timestamp != RecordBatch.NO_TIMESTAMP) {
            earliest = earliest == RecordBatch.NO_TIMESTAMP ? timestamp : Math.min(earliest, timestamp);
            latest = latest == RecordBatch.NO_TIMESTAMP ? timestamp : Math.max(latest, timestamp);
        }
    }

    private static long skipField(ByteBuffer bytes, long at, int end, boolean nullable) {
        int length = varint(bytes, at, end);
        long behind = behindVarint(bytes, at, end, MAX_VARINT_BYTES);
        if (behind < 0 || length < (nullable ? -1 : 0) || length > end - behind) {
            return -1;
        }
        return behind + Math.max(0, length);
    }

    /** The zigzag number at the position; whatever it may be where {@link #behindVarint} finds none. */
    private static int varint(ByteBuffer bytes, long at, int end) {
        int value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES && at >= 0 && at + i < end; i++) {
            byte b = bytes.get((int) at + i);
            value |= (b & 0x7f) << (7 * i);
            if (b >= 0) {
                break;
            }
        }
        return (value >>> 1) ^ -(value & 1);
    }

    /** As {@link #varint}. */
    private static long varlong(ByteBuffer bytes, long at, int end) {
        long value = 0;
        for (int i = 0; i < MAX_VARLONG_BYTES && at + i < end; i++) {
            byte b = bytes.get((int) at + i);
            value |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                break;
            }
        }
        return (value >>> 1) ^ -(value & 1);
    }

    /** @return -1 when {@code at} is, or when the number does not end in time */
    private static long behindVarint(ByteBuffer bytes, long at, int end, int maxBytes) {
        for (int i = 0; i < maxBytes && at >= 0 && at + i < end; i++) {
            if (bytes.get((int) at + i) >= 0) {
                return at + i + 1;
            }
        }
        return -1;
    }
}
