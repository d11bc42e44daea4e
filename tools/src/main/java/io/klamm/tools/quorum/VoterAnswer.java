/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import org.jspecify.annotations.Nullable;

/**
 * What a voter says when it is asked directly.
 *
 * @param host of its CONTROLLER listener
 * @param port of its CONTROLLER listener
 * @param leaderId node id of the leader as it knows it, -1 when it knows none
 * @param term its term, 0 when the quorum has not formed
 * @param endOffset end (exclusive) of the metadata that it has applied, -1 when it has none
 * @param failure why there is no answer, in words; null when there is one, and then the rest counts
 */
public record VoterAnswer(
        int nodeId,
        String host,
        int port,
        State state,
        int leaderId,
        int term,
        long endOffset,
        @Nullable String failure) {
    /** How far a voter is. */
    public enum State {
        silent,
        /** Its directory is empty, or it has not heard yet that the quorum has formed. */
        forming,
        follower,
        leader
    }

    static VoterAnswer silent(int nodeId, String host, int port, String failure) {
        return new VoterAnswer(nodeId, host, port, State.silent, -1, 0, -1, failure);
    }

    public boolean answers() {
        return state != State.silent;
    }

    public String address() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
