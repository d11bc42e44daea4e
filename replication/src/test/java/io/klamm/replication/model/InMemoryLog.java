/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.log.AppendResult;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.EpochGate;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.OffsetOutOfRangeException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.PreparedBatches;
import io.klamm.storage.log.RecordsRange;
import io.klamm.storage.log.RejectedBatchException;
import io.klamm.storage.log.TimestampOffset;
import io.klamm.storage.producer.EndMarker;
import io.klamm.storage.producer.ProducerStates;
import io.klamm.storage.producer.SequenceVerdict;
import io.klamm.storage.producer.SequencedBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/**
 * A partition log in memory, as {@link PartitionLog} describes it. Its disk can lag behind ({@link #holdFlushes}), lose what was not
 * synced ({@link #reopen}) and fail ({@link #fail}).
 */
public final class InMemoryLog implements PartitionLog {
    private record Flush(long endOffset, CompletableFuture<Void> done) {}

    private final String topic;
    private final Uuid topicId;
    private final int partition;
    private final Uuid directoryId;
    /** Also those below the log start, which producers are remembered by. */
    private final BatchFile file = new BatchFile();

    private final ProducerStates producers = new ProducerStates(Integer.MAX_VALUE, Long.MAX_VALUE);
    private final RecordBatch view = new RecordBatch();
    private final TreeMap<Integer, Long> epochs = new TreeMap<>();
    private final List<Flush> flushes = new ArrayList<>();
    private LogConfig config;
    private long start;
    private long end;
    private long flushedEnd;
    private long firstUnstable = Long.MAX_VALUE;
    private long toldHighWatermark;
    private boolean holdFlushes;
    private boolean failed;
    private Runnable beforeRead = () -> {};
    private long damaged = -1;

    public InMemoryLog(String topic, Uuid topicId, int partition, Uuid directoryId, LogConfig config) {
        this.topic = topic;
        this.topicId = topicId;
        this.partition = partition;
        this.directoryId = directoryId;
        this.config = config;
    }

    // ---- the disk
    // --------------------------------------------------------------------------------------------------------------

    /** From now on nothing reaches the disk but by {@link #flush}. */
    public void holdFlushes() {
        holdFlushes = true;
    }

    /** The batch with this offset cannot be read from now on; the disk works. */
    public void damage(long offset) {
        damaged = offset;
    }

    private void checkSound(long offset) throws LogDirOfflineException {
        if (offset == damaged) {
            throw LogDirOfflineException.damaged("no sound batch at offset " + offset, null);
        }
    }

    /** Every call fails from now on. */
    public void fail() {
        failed = true;
        flushes.forEach(flush -> flush.done.completeExceptionally(offline()));
        flushes.clear();
    }

    /**
     * What the next process finds.
     *
     * @param powerLost what was not synced is gone
     */
    public InMemoryLog reopen(boolean powerLost) {
        InMemoryLog next = new InMemoryLog(topic, topicId, partition, directoryId, config);
        file.all().forEach(next.file::add);
        next.epochs.putAll(epochs);
        next.start = start;
        next.end = end;
        next.firstUnstable = firstUnstable;
        if (powerLost) {
            next.cut(Math.max(start, flushedEnd));
        }
        next.rebuildProducers();
        next.flushedEnd = next.end;
        next.holdFlushes = holdFlushes;
        return next;
    }

    /** Told of one record. */
    @FunctionalInterface
    public interface Visitor {
        void record(long offset, int epoch, long value);
    }

    /** Shows every record in [from, to). */
    public void visit(long from, long to, Visitor visitor) {
        for (int i = file.indexOf(from); i < file.count(); i++) {
            BatchFile.Batch batch = file.get(i);
            if (batch.base() >= to) {
                return;
            }
            for (long offset = Math.max(from, batch.base()); offset <= Math.min(batch.last(), to - 1); offset++) {
                visitor.record(offset, batch.epoch(), Batches.value(batch.bytes(), (int) (offset - batch.base())));
            }
        }
    }

    /** The values in [from, to). */
    public List<Long> values(long from, long to) {
        List<Long> values = new ArrayList<>();
        visit(from, to, (offset, epoch, value) -> values.add(value));
        return values;
    }

    /** Epoch and value of every record in [from, to), as "offset:epoch:value". */
    public List<String> describe(long from, long to) {
        List<String> lines = new ArrayList<>();
        visit(from, to, (offset, epoch, value) -> lines.add(offset + ":" + epoch + ":" + value));
        return lines;
    }

    /**
     * A cleaning: whole batches without a producer go when all their records may. Of what is committed and on the disk, the last batch
     * stays, so that everybody finds the end of it, and so does the first batch of each epoch.
     *
     * @return whether there are fewer now
     */
    public boolean clean(LongPredicate removable) {
        return file.clean(start, Math.min(toldHighWatermark, flushedEnd), removable);
    }

    public Map<Integer, Long> epochs() {
        return new TreeMap<>(epochs);
    }

    /** Something happens just before the next read. */
    public void beforeRead(Runnable surprise) {
        beforeRead = surprise;
    }

    public void openTransactionAt(long offset) {
        firstUnstable = offset;
    }

    public long toldHighWatermark() {
        return toldHighWatermark;
    }

    // ---- PartitionLog
    // ----------------------------------------------------------------------------------------------------------

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public Uuid topicId() {
        return topicId;
    }

    @Override
    public int partition() {
        return partition;
    }

    @Override
    public Uuid directoryId() {
        return directoryId;
    }

    @Override
    public LogConfig config() {
        return config;
    }

    @Override
    public void configure(LogConfig newConfig) {
        config = newConfig;
    }

    @Override
    public long logStartOffset() {
        return start;
    }

    @Override
    public long localLogStartOffset() {
        return start;
    }

    @Override
    public long logEndOffset() {
        return end;
    }

    @Override
    public long flushedEndOffset() {
        return flushedEnd;
    }

    @Override
    public int lastEpoch() {
        return epochs.isEmpty() ? -1 : epochs.lastKey();
    }

    @Override
    public long firstUnstableOffset() {
        return firstUnstable;
    }

    @Override
    public long sizeInBytes() {
        return file.sizeInBytes();
    }

    @Override
    public void startEpoch(int epoch) throws LogDirOfflineException {
        check();
        beginEpoch(epoch, end);
    }

    /** Earlier epochs without a record are forgotten. */
    private void beginEpoch(int epoch, long offset) {
        if (epoch > lastEpoch()) {
            epochs.values().removeIf(startOffset -> startOffset >= offset);
            epochs.put(epoch, offset);
        }
    }

    @Override
    public AppendResult append(ByteBuffer buffer, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        check();
        view.wrap(buffer, buffer.position());
        if (view.hasProducerId()) {
            SequenceVerdict verdict = producers.check(view, start == 0);
            SequencedBatch first = verdict.duplicate();
            if (first != null) {
                return new AppendResult(first.firstOffset(), first.lastOffset() + 1, -1, true);
            }
            if (verdict.error() != Errors.NONE) {
                throw new RejectedBatchException(verdict.error(), verdict.reason());
            }
        }
        long base = end;
        for (int at = buffer.position(); at < buffer.limit(); at += Batches.sizeAt(buffer, at)) {
            if (Batches.sizeAt(buffer, at) > config.validation().maxMessageBytes()) {
                throw new RejectedBatchException(Errors.MESSAGE_TOO_LARGE, "too large");
            }
            buffer.putLong(at + Batches.BASE_OFFSET, end);
            buffer.putInt(at + Batches.EPOCH, leaderEpoch);
            add(buffer, at);
        }
        return new AppendResult(base, end, -1, false);
    }

    @Override
    public PreparedBatches prepare(ByteBuffer batches) {
        return new PreparedBatches(batches, config);
    }

    @Override
    public AppendResult append(PreparedBatches prepared, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        return append(prepared.bytes(), leaderEpoch);
    }

    @Override
    public AppendResult appendEndMarker(long producerId, short producerEpoch, EndMarker marker, int leaderEpoch) {
        throw new UnsupportedOperationException("no transactions here");
    }

    @Override
    public List<AbortedTransaction> abortedTransactions(long from, long to) {
        return List.of();
    }

    @Override
    public AppendResult appendReplicated(ByteBuffer buffer, EpochGate gate)
            throws RejectedBatchException, LogDirOfflineException {
        check();
        long first = buffer.getLong(buffer.position());
        boolean holdsStart = file.count() == 0 && lastOf(buffer, buffer.position()) >= end;
        if (first < end && !holdsStart) {
            throw new RejectedBatchException(Errors.CORRUPT_MESSAGE, "batch at " + first + ", end " + end);
        }
        int limit = limitOf(buffer, gate);
        for (int at = buffer.position(); at < limit; at += Batches.sizeAt(buffer, at)) {
            if (buffer.getLong(at) < end && at > buffer.position()) {
                throw new RejectedBatchException(Errors.CORRUPT_MESSAGE, "batch at " + buffer.getLong(at));
            }
            add(buffer, at);
        }
        return new AppendResult(first, end, -1, false);
    }

    private static long lastOf(ByteBuffer buffer, int at) {
        return buffer.getLong(at) + buffer.getInt(at + Batches.LAST_OFFSET_DELTA);
    }

    private int limitOf(ByteBuffer buffer, EpochGate gate) {
        int epoch = lastEpoch();
        int limit = buffer.limit();
        for (int at = buffer.position(); at < buffer.limit(); at += Batches.sizeAt(buffer, at)) {
            if (buffer.limit() - at < Batches.HEADER || buffer.limit() - at < Batches.sizeAt(buffer, at)) {
                return Math.min(limit, at); // torn
            }
            int next = buffer.getInt(at + Batches.EPOCH);
            if (next < epoch) {
                return Math.min(limit, at);
            }
            if (next > epoch && !gate.lets(next, buffer.getLong(at))) {
                limit = Math.min(limit, at);
            }
            epoch = next;
        }
        return limit;
    }

    private void add(ByteBuffer buffer, int at) {
        byte[] bytes = new byte[Batches.sizeAt(buffer, at)];
        buffer.duplicate().position(at).get(bytes);
        long base = buffer.getLong(at);
        int epoch = buffer.getInt(at + Batches.EPOCH);
        BatchFile.Batch added = new BatchFile.Batch(
                base,
                base + buffer.getInt(at + Batches.LAST_OFFSET_DELTA),
                epoch,
                buffer.getLong(at + Batches.MAX_TIMESTAMP),
                ByteBuffer.wrap(bytes),
                file.end());
        file.add(added);
        beginEpoch(epoch, base);
        remember(added);
        end = added.last() + 1;
    }

    private void remember(BatchFile.Batch batch) {
        producers.appended(view.wrap(batch.bytes(), 0), 0);
    }

    private void rebuildProducers() {
        producers.clear();
        file.all().forEach(this::remember);
    }

    @Override
    public boolean isCached(long offset) {
        return true;
    }

    @Override
    public void readThrough(long offset, int maxBytes) {
        throw new UnsupportedOperationException("all of it is in memory");
    }

    @Override
    public RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException {
        check();
        Runnable surprise = beforeRead;
        beforeRead = () -> {};
        surprise.run();
        if (offset < start || offset > end) {
            throw new OffsetOutOfRangeException(offset, start, end);
        }
        checkSound(offset);
        int first = file.indexOf(offset);
        int behind = file.behind(first, maxBytes, endOffset, atLeastOne);
        ByteBuffer bytes = file.bytes(first, behind);
        if (behind == first) {
            return new InMemoryRange(bytes, -1, () -> bytes);
        }
        return new InMemoryRange(bytes, file.get(first).base(), file.later(first, bytes));
    }

    @Override
    public EpochEnd epochEnd(int epoch) {
        Map.Entry<Integer, Long> floor = epochs.floorEntry(epoch);
        if (floor == null) {
            return EpochEnd.NONE;
        }
        Map.Entry<Integer, Long> next = epochs.higherEntry(floor.getKey());
        return new EpochEnd(floor.getKey(), next == null ? end : next.getValue());
    }

    @Override
    public TimestampOffset findByTimestamp(long timestampMs, long endOffset) throws LogDirOfflineException {
        check();
        checkSound(start);
        return file.all().stream()
                .filter(batch ->
                        batch.maxTimestamp() >= timestampMs && batch.base() < endOffset && batch.last() >= start)
                .findFirst()
                .map(InMemoryLog::timestampOf)
                .orElse(null);
    }

    @Override
    public TimestampOffset maxTimestamp(long endOffset) throws LogDirOfflineException {
        check();
        return file.all().stream()
                .filter(batch -> batch.base() < endOffset && batch.last() >= start)
                .reduce((a, b) -> b.maxTimestamp() > a.maxTimestamp() ? b : a)
                .map(InMemoryLog::timestampOf)
                .orElse(null);
    }

    private static TimestampOffset timestampOf(BatchFile.Batch batch) {
        return new TimestampOffset(batch.maxTimestamp(), batch.base(), batch.epoch());
    }

    @Override
    public void truncateTo(long endOffset) throws LogDirOfflineException {
        check();
        if (endOffset < start) {
            emptyAndStartAt(endOffset);
        } else {
            cut(endOffset);
        }
    }

    /** Whole batches go. */
    private void cut(long endOffset) {
        int kept = file.indexOf(endOffset);
        long newEnd = kept < file.count() ? Math.min(endOffset, file.get(kept).base()) : Math.min(end, endOffset);
        if (newEnd < start) {
            emptyAndStartAt(start);
            return;
        }
        if (kept < file.count()) {
            file.cut(kept);
            rebuildProducers();
        }
        epochs.values().removeIf(startOffset -> startOffset >= newEnd);
        end = newEnd;
        flushedEnd = Math.min(flushedEnd, end);
    }

    @Override
    public void truncateFullyAndStartAt(long offset) throws LogDirOfflineException {
        check();
        emptyAndStartAt(offset);
    }

    private void emptyAndStartAt(long offset) {
        file.clear();
        producers.clear();
        epochs.clear();
        start = offset;
        end = offset;
        flushedEnd = offset;
    }

    @Override
    public void advanceLogStartUnlessBusy(long offset) throws LogDirOfflineException {
        advanceLogStart(offset);
    }

    @Override
    public void advanceLogStart(long offset) throws LogDirOfflineException {
        check();
        long newStart = Math.min(offset, end);
        if (newStart > start) {
            start = newStart;
            Map.Entry<Integer, Long> current = epochs.floorEntry(epochAt(newStart));
            epochs.values().removeIf(startOffset -> startOffset <= newStart);
            if (current != null) {
                epochs.put(current.getKey(), newStart);
            }
        }
    }

    private int epochAt(long offset) {
        int found = -1;
        for (Map.Entry<Integer, Long> epoch : epochs.entrySet()) {
            found = epoch.getValue() <= offset ? epoch.getKey() : found;
        }
        return found;
    }

    @Override
    public void updateHighWatermark(long highWatermark) {
        toldHighWatermark = highWatermark;
    }

    @Override
    public CompletableFuture<Void> durableUpTo(long endOffset) {
        if (!holdFlushes) {
            flushedEnd = end;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (failed) {
            done.completeExceptionally(offline());
        } else if (flushedEnd >= endOffset) {
            done.complete(null);
        } else {
            flushes.add(new Flush(endOffset, done));
        }
        return done;
    }

    @Override
    public void flush() throws LogDirOfflineException {
        check();
        flushedEnd = end;
        List<Flush> covered = List.copyOf(flushes);
        flushes.clear();
        covered.forEach(flush -> flush.done.complete(null));
    }

    private void check() throws LogDirOfflineException {
        if (failed) {
            throw offline();
        }
    }

    private static LogDirOfflineException offline() {
        return new LogDirOfflineException("the disk has failed", new IOException("Input/output error"));
    }
}
