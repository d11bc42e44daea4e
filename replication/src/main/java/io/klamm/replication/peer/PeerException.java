/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

/** A request to another node has no answer: not connected, connection lost, timed out, closed. Its outcome is unknown. */
public final class PeerException extends RuntimeException {
    public PeerException(String message) {
        super(message);
    }

    public PeerException(String message, Throwable cause) {
        super(message, cause);
    }
}
