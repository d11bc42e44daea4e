/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/** A batch that must not be appended. Nothing of its append has been written. No stack trace: it answers a client. */
public final class RejectedBatchException extends Exception {
    private final Errors error;
    private final List<RecordError> recordErrors;

    /**
     * What is wrong with one record (KIP-467).
     *
     * @param index of the record in its append, from 0
     */
    public record RecordError(int index, String message) {}

    /**
     * @param error CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_TIMESTAMP,
     *     UNSUPPORTED_FOR_MESSAGE_FORMAT, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID;
     *     KAFKA_STORAGE_ERROR when the disk is too full for it now
     */
    public RejectedBatchException(Errors error, String message) {
        this(error, message, List.of());
    }

    /** @param recordErrors the records that are to blame, when it is not the batch as a whole */
    public RejectedBatchException(Errors error, String message, List<RecordError> recordErrors) {
        super(message, null, false, false);
        this.error = error;
        this.recordErrors = List.copyOf(recordErrors);
    }

    public Errors error() {
        return error;
    }

    /** Empty when the batch as a whole is to blame. */
    public List<RecordError> recordErrors() {
        return recordErrors;
    }
}
