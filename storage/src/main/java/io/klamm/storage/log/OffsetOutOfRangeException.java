/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/** Asked for an offset below the log start or above the log end. */
public final class OffsetOutOfRangeException extends Exception {
    public OffsetOutOfRangeException(long offset, long logStartOffset, long logEndOffset) {
        super("offset " + offset + " is outside of " + logStartOffset + " to " + logEndOffset, null, false, false);
    }
}
