/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * The log of a replica, from its files, after the last heal and when all replicas were in sync.
 *
 * @param process the node
 * @param highWatermark offset behind the last record known to be committed
 * @param batches in order of offsets
 */
public record ReplicaLog(
        Span span, String process, TopicPartition partition, long highWatermark, List<StoredBatch> batches)
        implements Event {
    /**
     * A batch on disk.
     *
     * @param lastOffset inclusive
     * @param crc as stored: it covers all but offset, length, leader epoch and magic
     */
    public record StoredBatch(long baseOffset, long lastOffset, int leaderEpoch, long crc) {}
}
