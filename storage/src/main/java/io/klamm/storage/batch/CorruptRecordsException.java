/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

/** The records of a batch cannot be decoded: they do not follow the format, or exceed a bound. No stack trace. */
public final class CorruptRecordsException extends Exception {
    public CorruptRecordsException(String message) {
        super(message, null, false, false);
    }
}
