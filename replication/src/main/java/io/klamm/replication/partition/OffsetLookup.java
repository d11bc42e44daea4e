/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.PartitionReplica.OffsetOutcome;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.TimestampOffset;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** ListOffsets of one partition: the special timestamps of the protocol, and the search by time. */
final class OffsetLookup {
    static final long LATEST = -1;
    static final long EARLIEST = -2;
    /** KIP-734. */
    static final long MAX_TIMESTAMP = -3;
    /** KIP-405. */
    static final long EARLIEST_LOCAL = -4;

    private OffsetLookup() {}

    /**
     * @param end what the asker may read to, exclusive
     * @param lagging the high watermark has not reached the start of the leader's epoch: what is committed may lie above it, and an
     *     end given now could be below one that an earlier leader gave (rule D5.6, KIP-207)
     */
    static OffsetOutcome find(PartitionLog log, long timestamp, long end, boolean lagging, int leaderEpoch)
            throws LogDirOfflineException {
        if (timestamp == LATEST) {
            return lagging ? failed(Errors.OFFSET_NOT_AVAILABLE) : new OffsetOutcome(Errors.NONE, end, -1, leaderEpoch);
        }
        if (timestamp == EARLIEST) {
            return new OffsetOutcome(Errors.NONE, log.logStartOffset(), -1, -1);
        }
        if (timestamp == EARLIEST_LOCAL) {
            return new OffsetOutcome(Errors.NONE, log.localLogStartOffset(), -1, -1);
        }
        if (timestamp < 0 && timestamp != MAX_TIMESTAMP) {
            return new OffsetOutcome(Errors.NONE, -1, -1, -1); // tiered storage, of which there is none
        }
        TimestampOffset found =
                timestamp == MAX_TIMESTAMP ? log.maxTimestamp(end) : log.findByTimestamp(timestamp, end);
        return found(found, lagging);
    }

    private static OffsetOutcome found(@Nullable TimestampOffset found, boolean lagging) {
        if (found == null) {
            return lagging ? failed(Errors.OFFSET_NOT_AVAILABLE) : new OffsetOutcome(Errors.NONE, -1, -1, -1);
        }
        return new OffsetOutcome(Errors.NONE, found.offset(), found.timestampMs(), found.leaderEpoch());
    }

    static OffsetOutcome failed(Errors error) {
        return new OffsetOutcome(error, -1, -1, -1);
    }
}
