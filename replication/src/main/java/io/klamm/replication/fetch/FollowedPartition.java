/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.LocalReplica;
import java.util.concurrent.CompletableFuture;

/** One partition of a fetcher. Written under the fetcher's lock. */
final class FollowedPartition {
    enum State {
        /** Fetched, or to be fetched with the next request. */
        ACTIVE,
        /** Rests after an error until {@link #resumeAtNanos}. */
        RESTING,
        /** Waits for its appends to be flushed (design D8). */
        FLUSHING,
        /** The role has ended or the log is offline: nothing until it is assigned anew. */
        STOPPED
    }

    final LocalReplica replica;
    final Backoff backoff = new Backoff();
    int leaderEpoch;
    volatile State state = State.ACTIVE;
    long resumeAtNanos;

    /** Where the newest request that named it, and the session since, fetches from. */
    long askedOffset;

    /** Number of that request: what answers to earlier ones say of this partition is not asked for any more. */
    long askedRound;

    /** Number of the last request that could name it under an earlier leader epoch. */
    long earlierRounds;

    /**
     * Something that the source has told of it was not taken in, and would not be told again: the session must forget the partition and
     * take it up anew.
     */
    boolean missed;

    /** Whether what it holds is on disk as far as it must be; looked up for each request. */
    volatile CompletableFuture<Void> durable = CompletableFuture.completedFuture(null);

    FollowedPartition(LocalReplica replica, int leaderEpoch) {
        this.replica = replica;
        this.leaderEpoch = leaderEpoch;
    }

    PartitionId id() {
        return replica.id();
    }
}
