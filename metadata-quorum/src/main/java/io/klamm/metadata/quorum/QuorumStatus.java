/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * The quorum as this voter sees it.
 *
 * @param leaderId node id of the leader, -1 when not known
 * @param term current term
 * @param appliedOffset end offset (exclusive) of the facts applied here
 * @param voters per voter; next log index is -1 where only the leader would know
 */
public record QuorumStatus(int leaderId, int term, long appliedOffset, List<VoterProgress> voters) {
    /**
     * @param lastContactMs ms since the leader last heard of it, -1 when not known
     * @param nextIndex next Raft log index the leader will send, -1 when not known
     */
    public record VoterProgress(int nodeId, Uuid directoryId, long nextIndex, long lastContactMs) {}
}
