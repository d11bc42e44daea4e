/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.log.AppendResult;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.OffsetOutOfRangeException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import io.klamm.storage.log.RejectedBatchException;
import io.klamm.storage.log.TimestampOffset;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/**
 * A partition log in memory, as {@link PartitionLog} describes it. Its disk can lag behind ({@link #holdFlushes}), lose what was not
 * synced ({@link #reopen}) and fail ({@link #fail}).
 */
public final class InMemoryLog implements PartitionLog {
    private record Batch(long base, long last, int epoch, long maxTimestamp, ByteBuffer bytes) {}

    private record Flush(long endOffset, CompletableFuture<Void> done) {}

    private final String topic;
    private final Uuid topicId;
    private final int partition;
    private final Uuid directoryId;
    private final List<Batch> batches = new ArrayList<>();
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
        next.batches.addAll(batches);
        next.epochs.putAll(epochs);
        next.start = start;
        next.end = end;
        next.firstUnstable = firstUnstable;
        if (powerLost) {
            next.cut(Math.max(start, flushedEnd));
        }
        next.flushedEnd = next.end;
        next.holdFlushes = holdFlushes;
        return next;
    }

    /** The values in [from, to). */
    public List<Long> values(long from, long to) {
        List<Long> values = new ArrayList<>();
        for (Batch batch : batches) {
            List<Long> inBatch = Batches.values(batch.bytes);
            for (int i = 0; i < inBatch.size(); i++) {
                long offset = batch.base + i;
                if (offset >= from && offset < to) {
                    values.add(inBatch.get(i));
                }
            }
        }
        return values;
    }

    /** Epoch and value of every record in [from, to), as "offset:epoch:value". */
    public List<String> describe(long from, long to) {
        List<String> lines = new ArrayList<>();
        for (Batch batch : batches) {
            List<Long> inBatch = Batches.values(batch.bytes);
            for (int i = 0; i < inBatch.size(); i++) {
                long offset = batch.base + i;
                if (offset >= from && offset < to) {
                    lines.add(offset + ":" + batch.epoch + ":" + inBatch.get(i));
                }
            }
        }
        return lines;
    }

    public Map<Integer, Long> epochs() {
        return new TreeMap<>(epochs);
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
        return batches.stream().mapToLong(batch -> batch.bytes.remaining()).sum();
    }

    @Override
    public void startEpoch(int epoch) throws LogDirOfflineException {
        check();
        if (epoch > lastEpoch()) {
            epochs.put(epoch, end);
        }
    }

    @Override
    public AppendResult append(ByteBuffer buffer, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        check();
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
    public AppendResult appendEndMarker(long producerId, short producerEpoch, EndMarker marker, int leaderEpoch) {
        throw new UnsupportedOperationException("no transactions here");
    }

    @Override
    public List<AbortedTransaction> abortedTransactions(long from, long to) {
        return List.of();
    }

    @Override
    public AppendResult appendReplicated(ByteBuffer buffer) throws RejectedBatchException, LogDirOfflineException {
        check();
        long first = buffer.getLong(buffer.position());
        for (int at = buffer.position(); at < buffer.limit(); at += Batches.sizeAt(buffer, at)) {
            if (buffer.getLong(at) < end || buffer.getInt(at + Batches.EPOCH) < lastEpoch()) {
                throw new RejectedBatchException(
                        Errors.CORRUPT_MESSAGE, "batch at " + buffer.getLong(at) + ", end " + end);
            }
            add(buffer, at);
        }
        return new AppendResult(first, end, -1, false);
    }

    private void add(ByteBuffer buffer, int at) {
        byte[] bytes = new byte[Batches.sizeAt(buffer, at)];
        buffer.duplicate().position(at).get(bytes);
        long base = buffer.getLong(at);
        int epoch = buffer.getInt(at + Batches.EPOCH);
        batches.add(new Batch(
                base,
                base + buffer.getInt(at + Batches.LAST_OFFSET_DELTA),
                epoch,
                buffer.getLong(at + Batches.MAX_TIMESTAMP),
                ByteBuffer.wrap(bytes)));
        if (epoch > lastEpoch()) {
            epochs.put(epoch, base);
        }
        end = batches.get(batches.size() - 1).last + 1;
    }

    @Override
    public RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException {
        check();
        if (offset < start || offset > end) {
            throw new OffsetOutOfRangeException(offset, start, end);
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) sizeInBytes());
        long base = -1;
        for (Batch batch : batches) {
            if (batch.last < offset) {
                continue;
            }
            boolean fits = bytes.position() + batch.bytes.remaining() <= maxBytes;
            if (batch.last >= endOffset || !(fits || (atLeastOne && base < 0))) {
                break;
            }
            base = base < 0 ? batch.base : base;
            bytes.put(batch.bytes.duplicate());
        }
        return new InMemoryRange(bytes.flip(), base);
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
        return batches.stream()
                .filter(batch -> batch.maxTimestamp >= timestampMs && batch.base < endOffset)
                .findFirst()
                .map(batch -> new TimestampOffset(batch.maxTimestamp, batch.base, batch.epoch))
                .orElse(null);
    }

    @Override
    public TimestampOffset maxTimestamp(long endOffset) throws LogDirOfflineException {
        check();
        return batches.stream()
                .filter(batch -> batch.base < endOffset)
                .reduce((a, b) -> b.maxTimestamp > a.maxTimestamp ? b : a)
                .map(batch -> new TimestampOffset(batch.maxTimestamp, batch.base, batch.epoch))
                .orElse(null);
    }

    @Override
    public void truncateTo(long endOffset) throws LogDirOfflineException {
        check();
        cut(endOffset);
    }

    private void cut(long endOffset) {
        batches.removeIf(batch -> batch.last >= endOffset);
        epochs.values().removeIf(startOffset -> startOffset >= endOffset);
        end = Math.min(end, endOffset);
        flushedEnd = Math.min(flushedEnd, end);
    }

    @Override
    public void truncateFullyAndStartAt(long offset) throws LogDirOfflineException {
        check();
        batches.clear();
        epochs.clear();
        start = offset;
        end = offset;
        flushedEnd = offset;
    }

    @Override
    public void advanceLogStart(long offset) throws LogDirOfflineException {
        check();
        start = Math.max(start, offset);
        batches.removeIf(batch -> batch.last < start);
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
