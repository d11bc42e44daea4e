/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.PartitionId;
import java.util.List;

/**
 * A leader asks to set the ISR of a partition, compared against the partition epoch (KIP-497, 841, 903).
 *
 * @param id the partition
 * @param leaderEpoch the leader's epoch
 * @param partitionEpoch the version the change was computed from
 * @param newIsr members with the broker epoch under which each fetched
 */
public record IsrChange(PartitionId id, int leaderEpoch, int partitionEpoch, List<Member> newIsr) {
    /** @param brokerEpoch epoch of the incarnation that caught up, -1 when the leader does not know it */
    public record Member(int nodeId, long brokerEpoch) {}
}
