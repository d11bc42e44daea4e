/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.log.EpochEnd;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What a leader answered to a follower's fetch of one partition.
 *
 * @param error NONE or the leader's error
 * @param highWatermark of the leader, -1 when not known
 * @param logStartOffset of the leader, -1 when not known; with OFFSET_OUT_OF_RANGE where the follower may start anew
 * @param diverging where the follower's log leaves the leader's, else null
 * @param records batches to append, null or empty when there are none; valid only while the answer is handled
 */
public record FetchedPartition(
        PartitionId id,
        Errors error,
        long highWatermark,
        long logStartOffset,
        @Nullable EpochEnd diverging,
        @Nullable ByteBuffer records) {}
