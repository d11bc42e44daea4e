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
    private final Retention retention = new Retention();

    SegmentedLog(LogContext context, LogConfig config, OpenedLog opened) {
        this.state = new LogState(context, config, opened);
        this.durability = new LogDurability(state);
        this.writer = new LogWriter(state, durability);
        this.reader = new LogReader(state);
        this.truncation = new LogTruncation(state);
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
                state.epochs.write();
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
    public AppendResult appendEndMarker(long producerId, short producerEpoch, EndMarker marker, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        return writer.appendEndMarker(producerId, producerEpoch, marker, leaderEpoch);
    }

    @Override
    public AppendResult appendReplicated(ByteBuffer batches) throws RejectedBatchException, LogDirOfflineException {
        return writer.appendReplicated(batches);
    }

    @Override
    public RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException {
        return reader.read(offset, maxBytes, endOffset, atLeastOne);
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

    /** Brings everything to disk that the next start needs; see {@link LogDurability#checkpoint}. */
    void checkpoint() throws LogDirOfflineException {
        durability.checkpoint();
    }

    /** Work that time demands: rolls, retention, expiry, flush.ms. Never on an event loop. */
    void maintain() throws LogDirOfflineException {
        long nowMs = state.nowMs();
        LogConfig settings = state.config;
        state.change("maintaining", () -> {
            Segment active = state.segments.active();
            boolean old = !active.isEmpty() && Retention.isOldByClock(active, settings, state.identity, nowMs);
            int doomed = Retention.expired(state.segments, settings, state.highWatermark, state.logStartOffset, nowMs);
            if (old || doomed == state.segments.count()) {
                writer.roll(state.logEndOffset);
            }
            if (doomed > 0 && state.segments.count() == doomed + 1) {
                // The file whose name says where the log ends must be there before the others go.
                state.segments.active().force();
            }
            if (doomed > 0) {
                List<Segment> gone = state.segments.all().subList(0, doomed);
                state.dropFirstSegments(doomed);
                retention.remove(gone, nowMs + settings.retention().fileDeleteDelayMs());
            }
            state.producers.expire(nowMs);
            retention.deleteDue(nowMs);
        });
        durability.maintain(nowMs, settings.flush());
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

    @Override
    public String toString() {
        return state.identity.toString();
    }
}
