/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Sends ISR changes to the active controller (AlterPartition), many partitions in one request. Implemented by the broker module.
 */
public interface IsrChangeSender {
    /** One proposal; compared and set on {@code partitionEpoch}. */
    record Proposal(PartitionId id, int leaderEpoch, int partitionEpoch, List<Member> isr) {}

    /** @param brokerEpoch epoch under which the member fetched, -1 when not known */
    record Member(int nodeId, long brokerEpoch) {}

    /** @param state what the controller committed, null on error */
    record Reply(Errors error, @Nullable PartitionState state) {}

    /**
     * Completes with the controller's answer; exceptionally or with NETWORK_EXCEPTION / REQUEST_TIMED_OUT when the outcome is
     * unknown: then the very same proposal is sent again. A proposal that leaves the ISR as it
     * is may be answered with the very same state.
     */
    CompletableFuture<Reply> propose(Proposal proposal);
}
