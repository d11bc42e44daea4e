/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

/** The node must not or cannot start. The message is one line for the operator: what is wrong, where, what to do. */
public final class BrokerStartException extends RuntimeException {
    public BrokerStartException(String message) {
        super(message);
    }

    public BrokerStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
