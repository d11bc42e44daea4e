/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordIterator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The marker that ends a transaction: a control batch with one record. Key: version (2), type (2; 0 abort, 1 commit); value:
 * version (2), epoch of the transaction coordinator (4).
 */
public record EndMarker(boolean commit, int coordinatorEpoch) {
    private static final int MAX_BYTES = 1 << 16;
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;
    private static final int RECORD_BYTES = 4 + 1 + KEY_BYTES + 1 + VALUE_BYTES + 1;
    private static final int ABORT = 0;
    private static final int COMMIT = 1;

    /**
     * @param whole holds a sound control batch at {@code start}
     * @return null when the batch is a control batch of another kind, or not decodable
     */
    public static @Nullable EndMarker read(ByteBuffer whole, int start) {
        try {
            RecordIterator.Entry entry = new RecordIterator(whole, start, MAX_BYTES).next();
            if (entry == null) {
                return null;
            }
            ByteBuffer key = entry.key();
            ByteBuffer value = entry.value();
            if (key == null || key.remaining() < KEY_BYTES || value == null || value.remaining() < VALUE_BYTES) {
                return null;
            }
            int type = key.getShort(2);
            return type == ABORT || type == COMMIT ? new EndMarker(type == COMMIT, value.getInt(2)) : null;
        } catch (CorruptRecordsException e) {
            return null; // its CRC was right, so nobody will ever decode it: it ends nothing
        }
    }

    /**
     * The marker as a control batch, with base offset 0 and no leader epoch: both are stamped when it is appended.
     *
     * @param timestampMs of its only record
     */
    public ByteBuffer toBatch(long producerId, short producerEpoch, long timestampMs) {
        ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES);
        record.put((byte) ((RECORD_BYTES - 1) << 1)); // length of what follows, zigzag
        record.put((byte) 0).put((byte) 0).put((byte) 0); // attributes, timestamp delta, offset delta
        record.put((byte) (KEY_BYTES << 1)).putShort((short) 0).putShort((short) (commit ? COMMIT : ABORT));
        record.put((byte) (VALUE_BYTES << 1)).putShort((short) 0).putInt(coordinatorEpoch);
        record.put((byte) 0); // no headers
        return RecordBatch.control(record.flip(), producerId, producerEpoch, timestampMs);
    }

    /** Control batches larger than this are not markers; saves reading them. */
    public static boolean possible(RecordBatch batch) {
        return batch.isControl() && batch.hasProducerId() && batch.sizeInBytes() <= MAX_BYTES;
    }
}
