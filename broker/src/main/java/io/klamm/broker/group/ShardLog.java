/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/** The partition of {@code __consumer_offsets} that a shard is replicated through, under one leader epoch of this node. */
interface ShardLog {
    /**
     * Appends as one, under the leader epoch of the shard: a later epoch's log is never written to.
     *
     * @return NONE, or the error of the partition
     */
    Errors append(List<GroupRecord> records, long nowMs);

    /** End of the log, exclusive. */
    long endOffset();

    /** Everything below is committed. */
    long highWatermark();

    /**
     * Wakes once when the high watermark has reached {@code endOffset}, or when it may never do so here. Any thread, maybe at once.
     *
     * @return cancels it
     */
    Runnable awaitCommitted(long endOffset, Runnable wake);

    /**
     * Reads all records from the beginning to where the log ends now. Blocks on the disk.
     *
     * @throws IOException when the log cannot be read
     * @throws org.apache.kafka.common.errors.NotLeaderOrFollowerException when the replica does not lead in the shard's epoch: only a
     *     leader can be sure that nobody else adds to what is read
     */
    void readAll(Consumer<GroupRecord> each) throws IOException;
}
