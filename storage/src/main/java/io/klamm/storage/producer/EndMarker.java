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
    private static final int ABORT = 0;
    private static final int COMMIT = 1;

    /**
     * @param whole holds a sound control batch at {@code start}
     * @return null when the batch is a control batch of another kind, or not decodable
     */
    public static @Nullable EndMarker read(ByteBuffer whole, int start) {
        try (RecordIterator records = new RecordIterator(whole, start, MAX_BYTES)) {
            RecordIterator.Entry entry = records.next();
            if (entry == null) {
                return null;
            }
            ByteBuffer key = entry.key();
            ByteBuffer value = entry.value();
            if (key == null || key.remaining() < 4 || value == null || value.remaining() < 6) {
                return null;
            }
            int type = key.getShort(2);
            return type == ABORT || type == COMMIT ? new EndMarker(type == COMMIT, value.getInt(2)) : null;
        } catch (CorruptRecordsException e) {
            return null; // its CRC was right, so nobody will ever decode it: it ends nothing
        }
    }

    /** Control batches larger than this are not markers; saves reading them. */
    public static boolean possible(RecordBatch batch) {
        return batch.isControl() && batch.hasProducerId() && batch.sizeInBytes() <= MAX_BYTES;
    }
}
