/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordScanner;
import io.klamm.storage.log.RejectedBatchException.RecordError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/** On a compacted topic every record needs a key. The one place of an append that decodes records, for such topics only. */
final class KeyCheck {
    private static final long MAX_DECOMPRESSED_BYTES = 256L << 20;
    /** An answer with one line for each record of a large batch would help nobody. */
    private static final int MAX_ERRORS = 100;

    private KeyCheck() {}

    /** @param batches validated batches, position to limit; not changed */
    static void check(ByteBuffer batches) throws RejectedBatchException {
        RecordScanner records = new RecordScanner(MAX_DECOMPRESSED_BYTES);
        RecordBatch batch = new RecordBatch();
        List<RecordError> errors = new ArrayList<>();
        int before = 0;
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at);
            try {
                records.open(batches, at);
                while (records.next()) {
                    if (!records.hasKey() && errors.size() < MAX_ERRORS) {
                        errors.add(
                                new RecordError(before + records.index(), "a record of a compacted topic needs a key"));
                    }
                }
            } catch (CorruptRecordsException e) {
                throw new RejectedBatchException(Errors.INVALID_RECORD, String.valueOf(e.getMessage()));
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
