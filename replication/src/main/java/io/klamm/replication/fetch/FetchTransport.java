/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.FetchPosition;
import io.klamm.replication.partition.FetchedPartition;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The way to one source node. One request at a time. */
public interface FetchTransport extends AutoCloseable {
    /**
     * A fetch as the protocol has it (KIP-227, KIP-516, KIP-903).
     *
     * @param replicaId node id of the follower
     * @param replicaEpoch its broker epoch, -1 when not known yet
     * @param sessionId 0 when there is no session
     * @param sessionEpoch 0 opens a session (and closes the one named), above 0 continues it
     * @param partitions what to fetch; in a continued session only what has changed
     * @param forgotten what the session no longer holds
     * @param maxWaitMs how long the source may wait for {@code minBytes}
     */
    record Request(
            int replicaId,
            long replicaEpoch,
            int sessionId,
            int sessionEpoch,
            List<PartitionFetch> partitions,
            List<PartitionId> forgotten,
            int maxWaitMs,
            int minBytes,
            int maxBytes) {}

    /** @param maxBytes bound of this partition's records */
    record PartitionFetch(PartitionId id, int currentLeaderEpoch, FetchPosition position, int maxBytes) {}

    /**
     * @param error of the request as a whole
     * @param sessionId 0 when the source keeps no session
     * @param partitions in a continued session only those with news
     */
    record Response(Errors error, int sessionId, List<FetchedPartition> partitions) {}

    /** Told once how a fetch ended. */
    @FunctionalInterface
    interface Listener {
        /** Exactly one is not null. Records in the response are valid only until this returns. */
        void done(@Nullable Response response, @Nullable Throwable failure);
    }

    /** Sends the request; {@code listener} is told by any thread, within a bounded time, perhaps before this returns. */
    void fetch(Request request, Listener listener);

    /** Fails what is outstanding. */
    @Override
    void close();
}
