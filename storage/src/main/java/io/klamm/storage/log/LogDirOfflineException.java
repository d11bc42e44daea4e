/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import org.jspecify.annotations.Nullable;

/**
 * A log cannot be used (KAFKA_STORAGE_ERROR): an I/O error has taken its log dir offline, or there was no room to open it, or one of its
 * batches is damaged.
 */
public final class LogDirOfflineException extends Exception {
    private enum Cause {
        DIR_OFFLINE,
        WANT_OF_ROOM,
        DAMAGE
    }

    private final Cause why;

    public LogDirOfflineException(String message, @Nullable Throwable cause) {
        this(message, cause, Cause.DIR_OFFLINE);
    }

    private LogDirOfflineException(String message, @Nullable Throwable cause, Cause why) {
        super(message, cause);
        this.why = why;
    }

    /** @param cause may be null in tests of those who wait for room */
    public static LogDirOfflineException noRoom(String message, @Nullable Throwable cause) {
        return new LogDirOfflineException(message, cause, Cause.WANT_OF_ROOM);
    }

    /** What was asked for cannot be read, or what was to be done not be done; the log dir works. */
    public static LogDirOfflineException damaged(String message, @Nullable Throwable cause) {
        return new LogDirOfflineException(message, cause, Cause.DAMAGE);
    }

    /** Whether the log dir works and its disk is full: it is to be tried again when there may be room. */
    public boolean isForWantOfRoom() {
        return why == Cause.WANT_OF_ROOM;
    }

    /** Whether the log dir works and a batch is damaged (CORRUPT_MESSAGE to who reads it): the log can be read before and behind it. */
    public boolean isDamage() {
        return why == Cause.DAMAGE;
    }
}
