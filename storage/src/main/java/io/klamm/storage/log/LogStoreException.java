/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/** The store must not start. The message is one line for the operator: what is wrong, where, what to do. */
public final class LogStoreException extends RuntimeException {
    public LogStoreException(String message) {
        super(message);
    }

    public LogStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
