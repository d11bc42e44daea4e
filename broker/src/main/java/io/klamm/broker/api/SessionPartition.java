/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.replication.partition.FetchOutcome;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.Errors;

/** A partition of a fetch session: what the client wants of it, and what it has been told. Guarded by its session. */
final class SessionPartition {
    private static final long UNTOLD = -1;

    private final FetchTarget target;
    private FetchPartition wanted;
    private long toldHighWatermark = UNTOLD;
    private long toldLastStableOffset = UNTOLD;
    private long toldLogStartOffset = UNTOLD;

    SessionPartition(FetchTarget target, FetchPartition wanted) {
        this.target = target;
        this.wanted = wanted;
    }

    FetchTarget target() {
        return target;
    }

    /** Never changed in place: a later request replaces it. */
    FetchPartition wanted() {
        return wanted;
    }

    /** Who asks under another leader epoch has ignored what came under the old one. */
    void want(FetchPartition newer) {
        if (newer.currentLeaderEpoch() != wanted.currentLeaderEpoch()) {
            toldNothing();
        }
        wanted = newer;
    }

    /** Whether an incremental answer must contain the partition (KIP-227). */
    boolean isNews(FetchOutcome outcome) {
        return outcome.error() != Errors.NONE
                || outcome.diverging() != null
                || (outcome.records() != null && outcome.records().length() > 0)
                || outcome.highWatermark() != toldHighWatermark
                || outcome.lastStableOffset() != toldLastStableOffset
                || outcome.logStartOffset() != toldLogStartOffset;
    }

    /**
     * The client is being told of this outcome. Of one with an error or a diverging epoch it takes in nothing else: it is told again
     * whatever comes next.
     */
    void told(FetchOutcome outcome) {
        if (outcome.error() != Errors.NONE || outcome.diverging() != null) {
            toldNothing();
            return;
        }
        toldHighWatermark = outcome.highWatermark();
        toldLastStableOffset = outcome.lastStableOffset();
        toldLogStartOffset = outcome.logStartOffset();
    }

    private void toldNothing() {
        toldHighWatermark = UNTOLD;
        toldLastStableOffset = UNTOLD;
        toldLogStartOffset = UNTOLD;
    }
}
