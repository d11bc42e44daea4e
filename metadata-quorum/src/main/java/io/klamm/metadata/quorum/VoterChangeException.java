/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import org.apache.kafka.common.protocol.Errors;

/**
 * A change of the quorum's members that is refused or has not come about. REQUEST_TIMED_OUT: it may be asked for again (and may have
 * happened); any other error: nothing has changed, and asking again is no use until something is different.
 */
public final class VoterChangeException extends RuntimeException {
    private final Errors error;

    VoterChangeException(Errors error, String message) {
        super(message);
        this.error = error;
    }

    public Errors error() {
        return error;
    }
}
