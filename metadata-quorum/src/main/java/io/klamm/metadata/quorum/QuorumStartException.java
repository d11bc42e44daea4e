/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import org.jspecify.annotations.Nullable;

/** The voter must not start. The message is one line for the operator: what is wrong, where, what to do. */
public final class QuorumStartException extends RuntimeException {
    public QuorumStartException(String message) {
        super(message);
    }

    public QuorumStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
