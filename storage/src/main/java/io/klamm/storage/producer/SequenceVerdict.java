/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import io.klamm.storage.batch.RecordBatch;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * May a batch of an idempotent producer be appended?
 *
 * @param error NONE, or the answer to the client
 * @param reason why not, empty with NONE
 * @param duplicate the batch that was appended before with the same sequences: nothing is to be written
 */
public record SequenceVerdict(
        Errors error, String reason, @Nullable SequencedBatch duplicate) {
    /** First offset of a duplicate that is older than the batches remembered. */
    public static final long UNKNOWN_OFFSET = -1;

    public static final SequenceVerdict ACCEPTED = new SequenceVerdict(Errors.NONE, "", null);

    static SequenceVerdict rejected(Errors error, String reason) {
        return new SequenceVerdict(error, reason, null);
    }

    /** A duplicate of a batch of which no more is known than that it ends below the offset (exclusive). */
    static SequenceVerdict writtenBelow(long offset) {
        return duplicateOf(new SequencedBatch(
                RecordBatch.NO_SEQUENCE,
                RecordBatch.NO_SEQUENCE,
                UNKNOWN_OFFSET,
                offset - 1,
                RecordBatch.NO_TIMESTAMP));
    }

    static SequenceVerdict duplicateOf(SequencedBatch batch) {
        return new SequenceVerdict(Errors.NONE, "", batch);
    }
}
