/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordWalk;
import io.klamm.storage.log.RejectedBatchException.RecordError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/**
 * On a compacted topic every record needs a key. Beside the topic's own codec ({@link AppendValidator#recompress}) this is why an append
 * decodes records, for such topics only, and within a bound: it runs on an event loop.
 */
final class KeyCheck {
    /** An answer with one line for each record of a large batch would help nobody. */
    private static final int MAX_ERRORS = 100;

    private KeyCheck() {}

    /**
     * @param batches validated batches, position to limit; not changed
     * @param maxDecompressedBytes bound of what may come out of the codecs of all batches together
     */
    static void check(ByteBuffer batches, long maxDecompressedBytes) throws RejectedBatchException {
        RecordBatch batch = new RecordBatch();
        List<RecordError> errors = new ArrayList<>();
        int before = 0;
        long left = maxDecompressedBytes;
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at);
            try (RecordWalk records = new RecordWalk(batches, at, left)) {
                while (records.next()) {
                    if (!records.hasKey() && errors.size() < MAX_ERRORS) {
                        errors.add(
                                new RecordError(before + records.index(), "a record of a compacted topic needs a key"));
                    }
                }
                left -= records.decompressedBytes();
            } catch (CorruptRecordsException e) {
                throw AppendValidator.undecodable(e);
            }
            before += batch.recordCount();
        }
        if (!errors.isEmpty()) {
            throw new RejectedBatchException(
                    Errors.INVALID_RECORD,
                    "records of a compacted topic need a key; the first without is at index "
                            + errors.get(0).index(),
                    errors);
        }
    }
}
