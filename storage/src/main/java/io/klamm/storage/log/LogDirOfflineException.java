/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import org.jspecify.annotations.Nullable;

/** An I/O error has taken the log dir of this log offline (KAFKA_STORAGE_ERROR). */
public final class LogDirOfflineException extends Exception {
    public LogDirOfflineException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
