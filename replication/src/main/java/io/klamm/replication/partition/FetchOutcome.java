/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.RecordsRange;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param error NONE or the protocol's error
 * @param highWatermark -1 when not known
 * @param lastStableOffset -1 when not known
 * @param logStartOffset -1 when not known
 * @param records to be released by the caller; null on error, on divergence or when there is nothing
 * @param diverging where the follower's log leaves the leader's: it truncates to it and asks again; else null
 * @param leaderId leader by the image of this replica, -1 when not known; for KIP-951 hints on errors
 * @param leaderEpoch its epoch, -1 when not known
 */
public record FetchOutcome(
        Errors error,
        long highWatermark,
        long lastStableOffset,
        long logStartOffset,
        @Nullable RecordsRange records,
        @Nullable EpochEnd diverging,
        int leaderId,
        int leaderEpoch) {
    public static FetchOutcome failed(Errors error, int leaderId, int leaderEpoch) {
        return new FetchOutcome(error, -1, -1, -1, null, null, leaderId, leaderEpoch);
    }
}
