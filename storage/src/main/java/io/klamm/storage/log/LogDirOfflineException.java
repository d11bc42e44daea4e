/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import org.jspecify.annotations.Nullable;

/** A log cannot be used (KAFKA_STORAGE_ERROR): an I/O error has taken its log dir offline, or there was no room to open it. */
public final class LogDirOfflineException extends Exception {
    private final boolean forWantOfRoom;

    public LogDirOfflineException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    private LogDirOfflineException(String message, @Nullable Throwable cause, boolean forWantOfRoom) {
        super(message, cause);
        this.forWantOfRoom = forWantOfRoom;
    }

    /** @param cause may be null in tests of those who wait for room */
    public static LogDirOfflineException noRoom(String message, @Nullable Throwable cause) {
        return new LogDirOfflineException(message, cause, true);
    }

    /** Whether the log dir works and its disk is full: it is to be tried again when there may be room. */
    public boolean isForWantOfRoom() {
        return forWantOfRoom;
    }
}
