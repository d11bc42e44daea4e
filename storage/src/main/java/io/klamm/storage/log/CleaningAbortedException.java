/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/** The log has changed so that its cleaning makes no sense any more; nothing is wrong with it. No stack trace. */
public final class CleaningAbortedException extends Exception {
    public CleaningAbortedException(String message) {
        super(message, null, false, false);
    }
}
