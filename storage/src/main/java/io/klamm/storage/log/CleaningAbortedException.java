/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * The log has changed so that its cleaning makes no sense any more, or there is no room for it; nothing is wrong with the log. No stack
 * trace.
 */
public final class CleaningAbortedException extends Exception {
    private static final long OTHERWISE = -1;

    private final long bytesWanted;

    public CleaningAbortedException(String message) {
        this(message, OTHERWISE);
    }

    private CleaningAbortedException(String message, long bytesWanted) {
        super(message, null, false, false);
        this.bytesWanted = bytesWanted;
    }

    /** @param bytesWanted what it needs beside the log; 0 when that is not known */
    static CleaningAbortedException noRoom(String message, long bytesWanted) {
        return new CleaningAbortedException(message, bytesWanted);
    }

    /** Whether it would end in the same way until there is room. */
    public boolean isForWantOfRoom() {
        return bytesWanted != OTHERWISE;
    }

    /** What there must be room for before it makes sense to try again, see {@link CleanableLog#hasRoomFor}. */
    public long bytesWanted() {
        return Math.max(0, bytesWanted);
    }
}
