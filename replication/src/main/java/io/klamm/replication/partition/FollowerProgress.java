/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a leader knows of one follower, by its fetches in this leader epoch. Guarded by the partition's lock.
 */
final class FollowerProgress {
    /** End offset of a follower that has not fetched in this epoch. */
    static final long UNKNOWN = -1;

    private final int nodeId;
    private long endOffset = UNKNOWN;
    private long brokerEpoch = -1;
    private long caughtUpNanos;
    private long lastFetchNanos;
    private long leaderEndAtLastFetch = UNKNOWN;
    private long logStart = UNKNOWN;
    private boolean inMaximalIsr;

    /** @param nowNanos a new leader gives every follower its full lag time */
    FollowerProgress(int nodeId, long nowNanos) {
        this.nodeId = nodeId;
        this.caughtUpNanos = nowNanos;
        this.lastFetchNanos = nowNanos;
    }

    int nodeId() {
        return nodeId;
    }

    /** Everything below is in the follower's log; {@link #UNKNOWN} before its first fetch in this epoch. */
    long endOffset() {
        return endOffset;
    }

    boolean fetchedInEpoch() {
        return endOffset != UNKNOWN;
    }

    /** Broker epoch its latest fetch carried, -1 when unknown (KIP-903). */
    long brokerEpoch() {
        return brokerEpoch;
    }

    boolean inMaximalIsr() {
        return inMaximalIsr;
    }

    void inMaximalIsr(boolean member) {
        inMaximalIsr = member;
    }

    /**
     * A fetch at {@code fetchOffset}: all before it matches the leader's log. The follower counts as caught up at the time of a
     * fetch that reaches the leader's end, and at the time of its previous fetch when it reaches the end of that time.
     *
     * @return false when a later fetch has come before it
     */
    boolean onFetch(long fetchOffset, long fetchBrokerEpoch, long leaderEndOffset, long nowNanos) {
        if (fetchOffset < endOffset && fetchBrokerEpoch >= 0 && fetchBrokerEpoch == brokerEpoch) {
            // A request that was long on its way: within an epoch a process loses nothing. It must not undo a later
            // one,
            // which nothing might repeat.
            return false;
        }
        if (fetchOffset >= leaderEndOffset) {
            caughtUpNanos = nowNanos;
        } else if (leaderEndAtLastFetch != UNKNOWN && fetchOffset >= leaderEndAtLastFetch) {
            caughtUpNanos = lastFetchNanos;
        }
        endOffset = fetchOffset;
        brokerEpoch = fetchBrokerEpoch;
        leaderEndAtLastFetch = leaderEndOffset;
        lastFetchNanos = nowNanos;
        return true;
    }

    /** The leader appends at {@code firstOffset}: a follower that has everything below was caught up until now. */
    void onAppend(long firstOffset, long nowNanos) {
        if (endOffset >= firstOffset) {
            caughtUpNanos = nowNanos;
        }
    }

    /** Where its log starts, by its latest fetch in this epoch; {@link #UNKNOWN} before the first. */
    long logStart() {
        return logStart;
    }

    void startsAt(long offset) {
        logStart = offset;
    }

    /**
     * What a fetch gets that does not come from the registered process (KIP-903), else NONE. Whoever knows a newer registration than the
     * image here is told to ask again; one that has been replaced, or tells no broker epoch, is not served.
     */
    Errors refusalOf(long fetchBrokerEpoch, MetadataImage image) {
        BrokerImage registered = image.broker(nodeId);
        long known = registered == null ? -1 : registered.brokerEpoch();
        if (fetchBrokerEpoch > known) {
            return Errors.UNKNOWN_LEADER_EPOCH;
        }
        return fetchBrokerEpoch < 0 || fetchBrokerEpoch < known ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.NONE;
    }

    /** Whether it holds everything, or did so not longer than {@code lagNanos} ago. */
    boolean caughtUp(long leaderEndOffset, long nowNanos, long lagNanos) {
        return endOffset >= leaderEndOffset || nowNanos - caughtUpNanos <= lagNanos;
    }

    @Override
    public String toString() {
        return nodeId + "@" + endOffset;
    }
}
