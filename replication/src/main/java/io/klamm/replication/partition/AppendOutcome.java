/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.RejectedBatchException;
import io.klamm.storage.log.RejectedBatchException.RecordError;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * How an append ended.
 *
 * @param error NONE or the protocol's error
 * @param message for people, null without error
 * @param baseOffset offset of the first record, -1 on error
 * @param logAppendTimeMs stamped time, -1 with CreateTime
 * @param logStartOffset log start of the leader, -1 when not known
 * @param recordErrors the records that are to blame for the error, empty when it is not about single records
 */
public record AppendOutcome(
        Errors error,
        @Nullable String message,
        long baseOffset,
        long logAppendTimeMs,
        long logStartOffset,
        List<RecordError> recordErrors) {
    public AppendOutcome {
        recordErrors = List.copyOf(recordErrors);
    }

    public AppendOutcome(
            Errors error, @Nullable String message, long baseOffset, long logAppendTimeMs, long logStartOffset) {
        this(error, message, baseOffset, logAppendTimeMs, logStartOffset, List.of());
    }

    /** The log has refused the batches. */
    public static AppendOutcome rejected(RejectedBatchException reason) {
        return new AppendOutcome(reason.error(), reason.getMessage(), -1, -1, -1, reason.recordErrors());
    }

    public static AppendOutcome failed(Errors error, @Nullable String message) {
        return new AppendOutcome(error, message, -1, -1, -1);
    }
}
