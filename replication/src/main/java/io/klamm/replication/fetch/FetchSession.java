/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import org.apache.kafka.common.protocol.Errors;

/**
 * The follower's end of a fetch session (KIP-227): its id, and the epoch of the next request. A session is opened by a full request;
 * after that each request names only what has changed. After any doubt it is opened anew, naming the old one so that the source can
 * drop it.
 */
final class FetchSession {
    static final int NO_SESSION = 0;
    static final int OPENING_EPOCH = 0;

    private int id = NO_SESSION;
    private int nextEpoch = OPENING_EPOCH;
    private boolean refused;

    int id() {
        return id;
    }

    /** The epoch of the request that goes out now; the one after it has the next. */
    int takeEpoch() {
        int epoch = nextEpoch;
        if (!opening()) {
            nextEpoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        }
        return epoch;
    }

    /** Whether the next request must name everything. */
    boolean opening() {
        return nextEpoch == OPENING_EPOCH;
    }

    /** Whether the source had no room for a session when it was last asked. */
    boolean refused() {
        return refused;
    }

    /** The next request names everything and opens a new session in place of this one. */
    void reopen() {
        nextEpoch = OPENING_EPOCH;
    }

    /**
     * An answer without error.
     *
     * @param opened whether its request was to open the session
     */
    void accepted(boolean opened, int answeredId) {
        refused = opened && answeredId == NO_SESSION;
        if (answeredId == NO_SESSION) {
            id = NO_SESSION;
            nextEpoch = OPENING_EPOCH;
        } else if (opened) {
            id = answeredId;
            nextEpoch = 1;
        }
    }

    /** The request failed as a whole: what the source remembers is not known, or nothing. */
    void failed(Errors error) {
        if (error == Errors.FETCH_SESSION_ID_NOT_FOUND) {
            id = NO_SESSION;
        }
        nextEpoch = OPENING_EPOCH;
    }
}
