/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import org.apache.kafka.common.protocol.Errors;

/** A batch that must not be appended. Nothing of its append has been written. No stack trace: it answers a client. */
public final class RejectedBatchException extends Exception {
    private final Errors error;

    /**
     * @param error CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_TIMESTAMP,
     *     UNSUPPORTED_FOR_MESSAGE_FORMAT, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID
     */
    public RejectedBatchException(Errors error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    public Errors error() {
        return error;
    }
}
