/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * The log has changed so that its cleaning makes no sense any more, or there is no room for it; nothing is wrong with the log. No stack
 * trace.
 */
public final class CleaningAbortedException extends Exception {
    private final boolean forWantOfRoom;

    public CleaningAbortedException(String message) {
        this(message, false);
    }

    private CleaningAbortedException(String message, boolean forWantOfRoom) {
        super(message, null, false, false);
        this.forWantOfRoom = forWantOfRoom;
    }

    static CleaningAbortedException noRoom(String message) {
        return new CleaningAbortedException(message, true);
    }

    /** Whether it would end in the same way at once. */
    public boolean isForWantOfRoom() {
        return forWantOfRoom;
    }
}
