/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.PreparedBatches;
import io.klamm.storage.log.RejectedBatchException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * This node's replica of a partition, in whatever role it has now. Thread-safe; nothing here blocks besides page-cache
 * writes and reads of the log.
 */
public interface PartitionReplica {
    PartitionId id();

    String topic();

    /** Whether this node leads the partition now. */
    boolean isLeader();

    /** Leader epoch of the current role. */
    int leaderEpoch();

    /** The log; null while offline. */
    @Nullable
    PartitionLog log();

    /** High watermark, exclusive: everything below is committed. */
    long highWatermark();

    /**
     * Appends a produce request's batches for this partition.
     *
     * @param batches v2 record batches; read before this returns, changed in place, not kept
     * @param acks 0, 1 or -1 (all)
     * @param deadlineNanos by System.nanoTime-like monotonic clock: when to give up waiting (REQUEST_TIMED_OUT)
     * @param done called exactly once, at once or later, by any thread; must not block
     */
    default void append(ByteBuffer batches, short acks, long deadlineNanos, Consumer<AppendOutcome> done) {
        append(batches, acks, ANY_EPOCH, deadlineNanos, done);
    }

    /**
     * The same for a writer whose state belongs to one reign, as a coordinator's does: under another leader epoch nothing is appended.
     *
     * @param requiredEpoch the leader epoch, or {@link #ANY_EPOCH}; FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH under another
     */
    void append(ByteBuffer batches, short acks, int requiredEpoch, long deadlineNanos, Consumer<AppendOutcome> done);

    /** Stands for whatever leader epoch there is. */
    int ANY_EPOCH = -1;

    /** Appends batches that went through {@link #prepare}, in all other ways like {@link #append(ByteBuffer, short, long, Consumer)}. */
    void append(PreparedBatches prepared, short acks, long deadlineNanos, Consumer<AppendOutcome> done);

    /** Whether an append of these batches takes too long for an event loop unless they are prepared, see {@link PartitionLog#needsPreparing}. */
    default boolean needsPreparing(ByteBuffer batches) {
        PartitionLog log = log();
        return log != null && log.needsPreparing(batches);
    }

    /** The long part of such an append, see {@link PartitionLog#prepare}. Any thread but an event loop; no lock is held. */
    default PreparedBatches prepare(ByteBuffer batches) throws RejectedBatchException {
        PartitionLog log = log();
        if (log == null) {
            throw new RejectedBatchException(Errors.KAFKA_STORAGE_ERROR, "the replica is offline");
        }
        return log.prepare(batches);
    }

    /**
     * Whether records at {@code offset} are in memory, in all likelihood: a {@link #fetch} there does not wait for the disk. Never blocks.
     */
    default boolean isCached(long offset) {
        PartitionLog log = log();
        return log == null || log.isCached(offset);
    }

    /**
     * Brings into memory what a {@link #fetch} at {@code offset} would return. Blocks on the disk: not for event loops.
     *
     * @param maxBytes as for a fetch, but one batch at least
     */
    default void readThrough(long offset, int maxBytes) throws LogDirOfflineException {
        PartitionLog log = log();
        if (log != null) {
            log.readThrough(offset, maxBytes);
        }
    }

    /**
     * Reads for a consumer or a follower; never parks, and blocks only where records are not in memory ({@link #isCached}). One that asks for
     * no bytes, and not for one batch at least either, looks at no file.
     * The caller releases the range. A follower serves consumers that may
     * read from any replica, below its high watermark (KIP-392).
     */
    FetchOutcome fetch(FetchSpec spec);

    /**
     * Waits for news after a read: {@code watcher} is woken once, when the end that a fetch can read to has passed
     * {@code spec.fetchOffset()}, or the role has changed. News of the high watermark alone do not wake a follower; it is told of them. The
     * watcher may be called at once, by any thread, and must not block.
     *
     * @param seen what the read returned
     * @return cancels the waiting; idempotent
     */
    Runnable await(FetchSpec spec, FetchOutcome seen, FetchWatcher watcher);

    /** Node ids of the followers in sync that a consumer at {@code offset} could read from; sorted, empty when this node does not lead. */
    List<Integer> inSyncWith(long offset);

    /** ListOffsets for a consumer (or, with {@code replicaId >= 0}, a replica). */
    OffsetOutcome offsetFor(int currentLeaderEpoch, long timestamp, boolean readCommitted, int replicaId);

    /**
     * OffsetForLeaderEpoch. Checks the current leader epoch as rule D5.2 says.
     *
     * @param replicaId -2 lets a non-leader answer from its own recovered log (the controller's question of D5.7)
     */
    EpochOutcome epochEnd(int currentLeaderEpoch, int leaderEpoch, int replicaId);

    /**
     * DeleteRecords: lets the log start at an offset, and waits until every live replica's does. Blocks on the disk.
     *
     * @param beforeOffset first offset that stays; {@link #HIGH_WATERMARK} deletes everything committed
     * @param deadlineNanos when to give up waiting (REQUEST_TIMED_OUT); the records are deleted nevertheless
     * @param done called exactly once, at once or later, by any thread; must not block
     */
    void deleteRecords(long beforeOffset, long deadlineNanos, Consumer<DeleteOutcome> done);

    /** Stands for the high watermark in {@link #deleteRecords}. */
    long HIGH_WATERMARK = -1;

    /**
     * @param error NONE, OFFSET_OUT_OF_RANGE above the high watermark, or what the client gets
     * @param lowWatermark lowest log start of the live replicas, -1 on error
     */
    record DeleteOutcome(Errors error, long lowWatermark) {
        static DeleteOutcome failed(Errors error) {
            return new DeleteOutcome(error, -1);
        }
    }

    /** @param error NONE or what the client gets */
    record EpochOutcome(Errors error, EpochEnd end) {}

    /** @param offset -1 when nothing was found */
    record OffsetOutcome(Errors error, long offset, long timestampMs, int leaderEpoch) {}
}
