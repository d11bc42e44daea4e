/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import org.jspecify.annotations.Nullable;

/**
 * The other side sent bytes that are no frame or no message of the protocol. Where it happens nothing after it on the connection can
 * be trusted, so the connection is closed. It carries no stack trace: bad input is an ordinary day.
 */
public final class MalformedMessageException extends RuntimeException {
    public MalformedMessageException(String message) {
        this(message, null);
    }

    public MalformedMessageException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
