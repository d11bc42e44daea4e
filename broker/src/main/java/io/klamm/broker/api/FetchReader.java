/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import org.apache.kafka.common.message.FetchRequestData;

/**
 * Who fetches, and within which limits.
 *
 * @param replicaId node id of a follower, negative for a consumer
 * @param replicaEpoch broker epoch of the follower, -1 when not known (KIP-903)
 * @param readCommitted a consumer reads below the last stable offset only
 * @param minBytes answer as soon as there is so much
 * @param maxBytes bound of the answer's records; the first batch may exceed it
 * @param maxWaitMs answer after this time at the latest
 * @param anyReplica a consumer that may be sent to a follower, and read there (KIP-392)
 * @param rack where the consumer says it is, empty when it does not
 */
record FetchReader(
        int replicaId,
        long replicaEpoch,
        boolean readCommitted,
        int minBytes,
        int maxBytes,
        int maxWaitMs,
        boolean anyReplica,
        String rack) {
    private static final int FIRST_VERSION_WITH_RACK = 11;
    private static final int FIRST_VERSION_WITH_REPLICA_STATE = 15;
    /** A wait is always bounded, whatever the client asks for. */
    private static final int LONGEST_WAIT_MS = 60_000;

    /** @param mostBytes bound of every answer (fetch.max.bytes) */
    static FetchReader of(FetchRequestData request, short version, int mostBytes) {
        boolean newer = version >= FIRST_VERSION_WITH_REPLICA_STATE;
        int replicaId = newer ? request.replicaState().replicaId() : request.replicaId();
        int maxBytes = Math.max(0, Math.min(request.maxBytes(), mostBytes));
        return new FetchReader(
                replicaId,
                newer ? request.replicaState().replicaEpoch() : -1,
                request.isolationLevel() == 1 && replicaId < 0,
                Math.min(request.minBytes(), maxBytes),
                maxBytes,
                Math.min(request.maxWaitMs(), LONGEST_WAIT_MS),
                replicaId < 0 && version >= FIRST_VERSION_WITH_RACK,
                request.rackId());
    }

    boolean follower() {
        return replicaId >= 0;
    }
}
