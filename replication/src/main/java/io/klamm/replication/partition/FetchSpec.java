/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

/**
 * One partition of a fetch.
 *
 * @param replicaId node id of the fetching follower, -1 for a consumer
 * @param replicaEpoch broker epoch of the follower, -1 when unknown (KIP-903)
 * @param currentLeaderEpoch the leader epoch the fetcher knows, -1 when it does not check
 * @param fetchOffset first offset wanted
 * @param lastFetchedEpoch epoch of the last record the follower has, -1 when it has none or is a consumer
 * @param logStartOffset log start of the follower, -1 for a consumer
 * @param maxBytes bound for this partition
 * @param atLeastOne return one batch even when larger than {@code maxBytes}
 * @param readCommitted read only below the last stable offset
 * @param anyReplica a consumer that may read from a follower (KIP-392)
 */
public record FetchSpec(
        int replicaId,
        long replicaEpoch,
        int currentLeaderEpoch,
        long fetchOffset,
        int lastFetchedEpoch,
        long logStartOffset,
        int maxBytes,
        boolean atLeastOne,
        boolean readCommitted,
        boolean anyReplica) {
    /** Of the leader only. */
    public FetchSpec(
            int replicaId,
            long replicaEpoch,
            int currentLeaderEpoch,
            long fetchOffset,
            int lastFetchedEpoch,
            long logStartOffset,
            int maxBytes,
            boolean atLeastOne,
            boolean readCommitted) {
        this(
                replicaId,
                replicaEpoch,
                currentLeaderEpoch,
                fetchOffset,
                lastFetchedEpoch,
                logStartOffset,
                maxBytes,
                atLeastOne,
                readCommitted,
                false);
    }

    public boolean fromFollower() {
        return replicaId >= 0;
    }
}
