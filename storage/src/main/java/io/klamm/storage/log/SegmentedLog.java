/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** A partition's log in segments: the front of {@link LogState} (which see for locks and invariants) and its workers. */
final class SegmentedLog implements PartitionLog {
    private final LogState state;
    private final LogDurability durability;
    private final LogWriter writer;
    private final LogReader reader;
    private final LogTruncation truncation;
    private final Retention retention;
    private final CleanableLog cleanable;

    SegmentedLog(LogContext context, LogConfig config, OpenedLog opened) {
        this.state = new LogState(context, config, opened);
        this.durability = new LogDurability(state);
        this.writer = new LogWriter(state, durability);
        this.reader = new LogReader(state);
        this.retention = new Retention(state, writer);
        this.truncation = new LogTruncation(state, retention);
        this.cleanable = new CleanableLog(state, durability);
    }

    @Override
    public String topic() {
        return state.identity.topic();
    }

    @Override
    public Uuid topicId() {
        return state.identity.topicId();
    }

    @Override
    public int partition() {
        return state.identity.partition();
    }

    @Override
    public Uuid directoryId() {
        return state.dir.id();
    }

    /** What is on disk speaks of records that are gone: it is written anew before the log grows. */
    void owes() {
        state.owes();
    }

    Segments segments() {
        return state.segments;
    }

    /** The log as its cleaner sees it. */
    CleanableLog cleanable() {
        return cleanable;
    }

    LogFolder folder() {
        return state.folder;
    }

    @Override
    public LogConfig config() {
        return state.config;
    }

    @Override
    public void configure(LogConfig config) {
        state.config = config;
    }

    @Override
    public long logStartOffset() {
        return state.logStartOffset;
    }

    @Override
    public long localLogStartOffset() {
        return Math.max(state.logStartOffset, state.segments.first().baseOffset());
    }

    @Override
    public long logEndOffset() {
        return state.logEndOffset;
    }

    @Override
    public long flushedEndOffset() {
        return state.flushedEnd;
    }

    @Override
    public int lastEpoch() {
        return state.epochs.last();
    }

    @Override
    public long firstUnstableOffset() {
        return state.firstUnstableOffset;
    }

    @Override
    public long sizeInBytes() {
        return state.segments.sizeInBytes();
    }

    List<Long> segmentBases() {
        return state.segments.all().stream().map(Segment::baseOffset).toList();
    }

    RecoveryPoint recoveryPoint() {
        return state.recoveryPoint;
    }

    @Override
    public void startEpoch(int epoch) throws LogDirOfflineException {
        state.appendLock.lock();
        try {
            state.checkOpen();
            if (epoch > state.epochs.last()) {
                state.epochs.assign(epoch, state.logEndOffset);
                // Without room it is written later: as long as the epoch has no record, nothing anywhere depends on it.
                state.beforeGrowth(state.epochs::write);
            }
        } catch (IOException e) {
            throw state.dir.failed("writing the leader epochs of " + state.identity, e);
        } finally {
            state.appendLock.unlock();
        }
    }

    @Override
    public AppendResult append(ByteBuffer batches, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        return writer.append(batches, leaderEpoch);
    }

    @Override
    public boolean needsPreparing(ByteBuffer batches) {
        return AppendValidator.needsCodec(batches, state.config);
    }

    @Override
    public PreparedBatches prepare(ByteBuffer batches) throws RejectedBatchException {
        return writer.prepare(batches);
    }

    @Override
    public AppendResult append(PreparedBatches prepared, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        return writer.append(prepared, leaderEpoch);
    }

    @Override
    public AppendResult appendEndMarker(long producerId, short producerEpoch, EndMarker marker, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        return writer.appendEndMarker(producerId, producerEpoch, marker, leaderEpoch);
    }

    @Override
    public AppendResult appendReplicated(ByteBuffer batches, EpochGate gate)
            throws RejectedBatchException, LogDirOfflineException {
        return writer.appendReplicated(batches, gate);
    }

    /** How often it has been cut, for {@link #isCutSince}; waits for a truncation that is under way. */
    int truncations() {
        return state.settledTruncations();
    }

    /** Whether what was found in it since then may be gone, or have made room for something else. */
    boolean isCutSince(int truncations) {
        return state.truncations.get() != truncations;
    }

    @Override
    public RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException {
        return reader.read(offset, maxBytes, endOffset, atLeastOne);
    }

    @Override
    public boolean isCached(long offset) {
        return offset >= state.logEndOffset || offset < state.logStartOffset || state.recentWrites.contains(offset);
    }

    @Override
    public void readThrough(long offset, int maxBytes) throws LogDirOfflineException {
        reader.readThrough(offset, maxBytes);
    }

    @Override
    public EpochEnd epochEnd(int epoch) {
        return state.epochs.endOf(epoch, state.logEndOffset);
    }

    @Override
    public @Nullable TimestampOffset findByTimestamp(long timestampMs, long endOffset) throws LogDirOfflineException {
        return reader.findByTimestamp(timestampMs, endOffset);
    }

    @Override
    public @Nullable TimestampOffset maxTimestamp(long endOffset) throws LogDirOfflineException {
        return reader.maxTimestamp(endOffset);
    }

    @Override
    public List<AbortedTransaction> abortedTransactions(long from, long to) throws LogDirOfflineException {
        return reader.abortedTransactions(from, to);
    }

    @Override
    public void truncateTo(long endOffset) throws LogDirOfflineException {
        truncation.truncateTo(endOffset);
    }

    @Override
    public void truncateFullyAndStartAt(long offset) throws LogDirOfflineException {
        truncation.truncateFullyAndStartAt(offset);
    }

    @Override
    public void advanceLogStart(long offset) throws LogDirOfflineException {
        truncation.advanceLogStart(offset);
    }

    @Override
    public void advanceLogStartUnlessBusy(long offset) throws LogDirOfflineException {
        if (state.flushLock.tryLock()) {
            try {
                truncation.advanceLogStart(offset);
            } finally {
                state.flushLock.unlock();
            }
        }
    }

    @Override
    public void updateHighWatermark(long highWatermark) {
        if (highWatermark <= state.highWatermark) {
            return;
        }
        state.highWatermark = highWatermark;
        if (state.firstUnstableOffset != Long.MAX_VALUE) {
            state.appendLock.lock();
            try {
                state.producers.highWatermarkAdvanced(highWatermark);
                state.firstUnstableOffset = state.producers.firstUnstableOffset();
            } finally {
                state.appendLock.unlock();
            }
        }
    }

    @Override
    public CompletableFuture<Void> durableUpTo(long endOffset) {
        return durability.durableUpTo(endOffset);
    }

    @Override
    public void flush() throws LogDirOfflineException {
        durability.flush();
    }

    LogDirOfflineException readFailed(IOException error) {
        return state.dir.failed("reading " + state.identity, error);
    }

    LogIdentity identity() {
        return state.identity;
    }

    /** Brings everything to disk that the next start needs; see {@link LogDurability#checkpoint}. */
    boolean checkpoint() throws LogDirOfflineException {
        return durability.checkpoint();
    }

    /** What time demands often: rolls, flush.ms, files to delete. Takes no lock when there is nothing to do. Never on an event loop. */
    void maintain() throws LogDirOfflineException {
        long nowMs = state.ageNowMs();
        durability.maintain(nowMs, state.config.flush());
        if (retention.mayBeRollDue(nowMs)) {
            state.underFlushLock("rolling", () -> retention.rollIfDue(nowMs));
        }
        durability.settle();
        if (!state.unfinishedSwaps.isEmpty()) {
            state.underFlushLock("exchanging segments of", state.unfinishedSwaps::finish);
        }
        if (retention.hasDoomed()) {
            state.underFlushLock("deleting segments of", () -> retention.deleteDue(nowMs));
        }
    }

    /** What time demands rarely: retention, and producers to forget. Never on an event loop. */
    void enforceRetention() throws LogDirOfflineException {
        long nowMs = state.ageNowMs();
        state.underFlushLock("enforcing retention of", () -> retention.enforce(nowMs));
        state.appendLock.lock();
        try {
            state.producers.expire(nowMs);
        } finally {
            state.appendLock.unlock();
        }
    }

    /** Bytes that a recovery would have to check if the process died now. */
    long bytesToRecover() {
        return durability.bytesToRecover();
    }

    /** The recovery point moves to the end of the log some time after this call. */
    void requestCheckpoint() {
        durability.requestCheckpoint();
    }

    /** Closes the files; whoever waits is told. Ranges in flight stay readable. */
    void close() {
        state.flushLock.lock();
        state.appendLock.lock();
        try {
            if (state.closed) {
                return;
            }
            state.closed = true;
            for (Segment segment : state.segments.all()) {
                segment.close();
            }
            retention.close();
        } catch (IOException e) {
            state.dir.closeFailed(state.identity, e);
        } finally {
            state.appendLock.unlock();
            state.flushLock.unlock();
        }
        state.waiters.failed(state.offline());
    }

    /** Tells whoever waits for a disk that hangs. Takes no lock. */
    void giveUp() {
        state.waiters.failed(state.offline());
    }

    @Override
    public String toString() {
        return state.identity.toString();
    }
}
