/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

/** A disk has failed that this node cannot go on without. The message is one line for the operator. */
final class LogDirFaultException extends RuntimeException {
    LogDirFaultException(String message) {
        super(message);
    }
}
