/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.EndMarker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The log of one partition: batches in segments, with their indexes, the leader epochs and the producer states.
 *
 * <p>Appends, truncations and epoch assignments are serialised by the log itself; reads take no lock that an append holds while
 * it does I/O. Offsets named "end" are exclusive. An I/O error takes the log's dir offline and surfaces as
 * {@link LogDirOfflineException}, from then on for every call.
 */
public interface PartitionLog {
    String topic();

    Uuid topicId();

    int partition();

    /** Id of the log dir it lives in. */
    Uuid directoryId();

    LogConfig config();

    void configure(LogConfig config);

    /** First offset a client can read. */
    long logStartOffset();

    /** First offset held on this node's disk (the log start, until old segments are tiered away). */
    long localLogStartOffset();

    /** Offset the next record gets. */
    long logEndOffset();

    /** Everything below is known to be on disk. */
    long flushedEndOffset();

    /** Leader epoch of the last batch or of the last epoch assigned, -1 when there is none. */
    int lastEpoch();

    /** First offset of the earliest open transaction, or {@link Long#MAX_VALUE} when none is open. */
    long firstUnstableOffset();

    /** Sum of the segments' sizes in bytes. */
    long sizeInBytes();

    /**
     * Records that {@code epoch} starts at the log end (design D5.2), before the new leader serves. It outlives the process; it is forced
     * to disk before any record of the epoch is called durable. No effect when the epoch is already there.
     */
    void startEpoch(int epoch) throws LogDirOfflineException;

    /**
     * Appends what a client sent: validates, stamps base offsets and the leader epoch in place (the buffer's content changes),
     * writes. All batches or none.
     *
     * @param batches v2 record batches from position to limit; read before this returns, not kept
     * @param leaderEpoch the epoch of the leader
     * @throws RejectedBatchException when a batch is not acceptable
     */
    AppendResult append(ByteBuffer batches, int leaderEpoch) throws RejectedBatchException, LogDirOfflineException;

    /**
     * Whether a codec has to run before these batches can be appended: for the key check of a compacted topic, or because the topic has a codec
     * of its own. That takes too long for an event loop, or under a lock that others wait for. Looks at headers only, which need not be sound.
     */
    default boolean needsPreparing(ByteBuffer batches) {
        return false;
    }

    /**
     * The part of an {@link #append(ByteBuffer, int)} that depends on the topic's settings only. Takes no lock.
     *
     * @param batches v2 record batches from position to limit; not changed, kept by the result
     * @throws RejectedBatchException when a batch is not acceptable
     */
    PreparedBatches prepare(ByteBuffer batches) throws RejectedBatchException;

    /**
     * The rest of it.
     *
     * @param prepared to be appended once
     */
    AppendResult append(PreparedBatches prepared, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException;

    /**
     * Appends the marker that ends a transaction, as the partition's leader.
     *
     * @throws RejectedBatchException INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED when a newer producer or coordinator was
     *     here before
     */
    AppendResult appendEndMarker(long producerId, short producerEpoch, EndMarker marker, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException;

    /**
     * Appends what the leader sent: offsets and epochs stay as they are; they must follow the log end without a gap in what the
     * leader holds (a compacted leader may leave holes). A torn batch at the end is left out, as is everything from the first batch on
     * whose epoch is older than the one before it, or that {@code gate} does not let in.
     *
     * @return the new end of the log; {@code baseOffset} is that of the first batch, or the end when all was left out
     * @throws RejectedBatchException CORRUPT_MESSAGE when a CRC or the order is wrong
     */
    AppendResult appendReplicated(ByteBuffer batches, EpochGate gate)
            throws RejectedBatchException, LogDirOfflineException;

    /**
     * Whole batches from the one that holds {@code offset}, within one segment.
     *
     * @param maxBytes bound of the range's length, whole batches only
     * @param endOffset no batch at or above this offset is returned
     * @param atLeastOne return the first batch even when it is larger than {@code maxBytes}
     */
    RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException;

    /**
     * Whether a {@link #read} at {@code offset}, and the use of its range, need not wait for the disk, in all likelihood: there is nothing to
     * read, or it was written a short while ago. Never blocks.
     */
    boolean isCached(long offset);

    /**
     * Brings into the page cache what a {@link #read} at {@code offset} would return, and what it needs to find it. Blocks on the disk: not
     * for event loops. Out of range there is nothing to do.
     *
     * @param maxBytes as for {@link #read}, but one batch at least
     */
    void readThrough(long offset, int maxBytes) throws LogDirOfflineException;

    /** Where an epoch ends in this log (OffsetForLeaderEpoch, KIP-101/279). */
    EpochEnd epochEnd(int epoch);

    /** The first record at or after the timestamp, or null when there is none below {@code endOffset}. */
    @Nullable
    TimestampOffset findByTimestamp(long timestampMs, long endOffset) throws LogDirOfflineException;

    /** The record with the largest timestamp below {@code endOffset} (KIP-734), or null when the log is empty. */
    @Nullable
    TimestampOffset maxTimestamp(long endOffset) throws LogDirOfflineException;

    /**
     * The aborted transactions that reach into a range of offsets below the last stable offset, in the order of their markers: what a
     * read_committed fetch of this range must be told (KIP-98).
     *
     * @param from inclusive
     * @param to exclusive
     */
    List<AbortedTransaction> abortedTransactions(long from, long to) throws LogDirOfflineException;

    /** Removes everything at and above {@code endOffset}: batches, index entries, epochs, producer states. */
    void truncateTo(long endOffset) throws LogDirOfflineException;

    /** Empties the log and lets it start at {@code offset} (the follower is below the leader's log start). */
    void truncateFullyAndStartAt(long offset) throws LogDirOfflineException;

    /**
     * Raises the log start offset (DeleteRecords, or the leader's log start); never lowers it. It outlives the process when this returns: on
     * a disk without room for a line it stays where it was, so look at {@link #logStartOffset}.
     */
    void advanceLogStart(long offset) throws LogDirOfflineException;

    /**
     * The same, but never waits for a disk: while the log is being forced, cleaned or cut it stays where it was. For event loops, which come
     * again with the next answer of the leader.
     */
    void advanceLogStartUnlessBusy(long offset) throws LogDirOfflineException;

    /** Told by the replica: retention and cleaning must not pass the high watermark. Cheap. */
    void updateHighWatermark(long highWatermark);

    /**
     * Completes when {@link #flushedEndOffset} has reached {@code endOffset}, by one of the store's flush rounds (design D8), or when
     * the log has been cut below {@code endOffset}: look at {@link #flushedEndOffset}. Fails with {@link LogDirOfflineException} when
     * the log dir goes offline or the log is closed before. Never blocks, always completes; dependents run on a flusher's thread.
     *
     * @param endOffset exclusive, not above the log end
     */
    CompletableFuture<Void> durableUpTo(long endOffset);

    /** Forces everything up to the current end to disk. */
    void flush() throws LogDirOfflineException;
}
