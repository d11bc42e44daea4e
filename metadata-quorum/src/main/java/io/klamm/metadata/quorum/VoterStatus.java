/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * What a voter says of itself to another voter that wants to form the quorum.
 *
 * @param nodeId who answers
 * @param directoryId id of its metadata directory
 * @param state how far it is
 * @param voters when FORMED: the voters with their directory ids as the log has them; else empty
 * @param endOffset when FORMED: end (exclusive) of the facts that it has applied, which {@code voters} follows from; else 0
 */
public record VoterStatus(int nodeId, Uuid directoryId, State state, List<Voter> voters, long endOffset) {
    public enum State {
        EMPTY,
        FORMING,
        /** It waits to be taken into a quorum that others have formed; it has no vote. */
        JOINING,
        FORMED
    }
}
