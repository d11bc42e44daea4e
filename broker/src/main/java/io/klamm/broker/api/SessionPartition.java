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

    void want(FetchPartition newer) {
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

    /** The client is being told of this outcome. After an error it is told again whatever comes next. */
    void told(FetchOutcome outcome) {
        boolean error = outcome.error() != Errors.NONE;
        toldHighWatermark = error ? UNTOLD : outcome.highWatermark();
        toldLastStableOffset = error ? UNTOLD : outcome.lastStableOffset();
        toldLogStartOffset = error ? UNTOLD : outcome.logStartOffset();
    }
}
