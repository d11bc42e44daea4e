/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordWalk;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Decodes the records of a batch and compares them with its header. */
public final class RecordsCheck {
    /** Bound of the decompressed size of one batch. */
    public static final long MAX_DECOMPRESSED_BYTES = 64L << 20;

    private RecordsCheck() {}

    /**
     * @param damage the records do not decode, null when they do
     * @param remark they decode, but the header says something else of them, or they are too many to be looked at; null when all fits
     */
    public record Result(@Nullable String damage, @Nullable String remark) {
        static final Result SOUND = new Result(null, null);
    }

    /** @param whole a batch with sound header and CRC, from position 0 on */
    public static Result check(ByteBuffer whole) {
        RecordBatch batch = new RecordBatch().wrap(whole, 0);
        try (RecordWalk records = new RecordWalk(whole, 0, MAX_DECOMPRESSED_BYTES)) {
            return check(batch, records);
        } catch (CorruptRecordsException e) {
            return e.isTooLarge()
                    ? new Result(null, "records of more than " + MAX_DECOMPRESSED_BYTES + " bytes are not looked at")
                    : new Result(e.getMessage(), null);
        }
    }

    private static Result check(RecordBatch batch, RecordWalk records) throws CorruptRecordsException {
        long last = batch.baseOffset() - 1;
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        while (records.next()) {
            if (records.offset() <= last) {
                return new Result("record at offset " + records.offset() + " behind " + last, null);
            }
            last = records.offset();
            maxTimestamp = Math.max(maxTimestamp, records.timestampMs());
        }
        if (batch.recordCount() > 0 && maxTimestamp != batch.maxTimestamp() && !batch.isLogAppendTime()) {
            return new Result(null, "largest timestamp " + maxTimestamp + ", the header says " + batch.maxTimestamp());
        }
        return Result.SOUND;
    }
}
