/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/**
 * A handler's way to say that the protocol has no answer and the client must notice all the same (a failed produce with
 * acks=0): the server answers what came before and closes the connection. No stack trace: it is an ordinary event.
 */
public final class CloseConnectionException extends RuntimeException {
    public CloseConnectionException(String message) {
        super(message, null, false, false);
    }
}
