/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The log of a replica, from its files, after the last heal and when all replicas were in sync.
 *
 * @param process the node
 * @param highWatermark offset behind the last record known to be committed
 * @param batches in order of offsets, each whole and with the checksum that it says, up to the damage
 * @param records of a compacted topic, in order of offsets; of others empty
 * @param damage what was found in place of a whole batch, or of the files; null when there is none
 */
public record ReplicaLog(
        Span span,
        String process,
        TopicPartition partition,
        long highWatermark,
        List<StoredBatch> batches,
        List<StoredRecord> records,
        @Nullable String damage)
        implements Event {
    /**
     * A batch on disk.
     *
     * @param lastOffset inclusive
     * @param crc computed from its bytes: it covers all but offset, length, leader epoch and magic
     */
    public record StoredBatch(long baseOffset, long lastOffset, int leaderEpoch, long crc) {}

    /**
     * A record on disk.
     *
     * @param key its bytes in Base64
     * @param digest of timestamp, key, value and headers
     * @param tombstone whether it has no value, and so may go with its key
     */
    public record StoredRecord(long offset, String key, String digest, boolean tombstone) {}

    /** A log without damage, of a topic that keeps everything. */
    public static ReplicaLog whole(
            Span span, String process, TopicPartition partition, long highWatermark, List<StoredBatch> batches) {
        return new ReplicaLog(span, process, partition, highWatermark, batches, List.of(), null);
    }
}
