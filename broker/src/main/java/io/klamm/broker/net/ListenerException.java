/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/** A listener could not be opened. The message names it and says why, in one line. */
public final class ListenerException extends Exception {
    public ListenerException(String message, Throwable cause) {
        super(message, cause);
    }
}
