/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import org.jspecify.annotations.Nullable;

/**
 * A running voter cannot go on, and the message says why in one line: its disk, its log, a long pause, or an operator who removed it.
 * Where in the program it was noticed adds nothing.
 */
public final class VoterFaultException extends RuntimeException {
    VoterFaultException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
