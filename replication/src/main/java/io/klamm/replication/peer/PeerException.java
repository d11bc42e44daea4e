/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import org.jspecify.annotations.Nullable;

/** A request to another node has no answer: not connected, connection lost, timed out, closed. */
public final class PeerException extends RuntimeException {
    private final boolean sent;

    /** The outcome is unknown: the request may have been acted on. */
    public PeerException(String message) {
        this(message, null, true);
    }

    /** The outcome is unknown: the request may have been acted on. */
    public PeerException(String message, Throwable cause) {
        this(message, cause, true);
    }

    /** @param sent false when no byte of the request can have reached the other node */
    public PeerException(String message, @Nullable Throwable cause, boolean sent) {
        super(message, cause);
        this.sent = sent;
    }

    /**
     * Whether the request may have reached the other node. False is certain (it refused, was not connected in time, or the
     * channel was closed before the request was written): the request can be repeated elsewhere without harm.
     */
    public boolean sent() {
        return sent;
    }
}
