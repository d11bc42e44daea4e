/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.EndMarker;
import io.klamm.storage.producer.SequenceVerdict;
import io.klamm.storage.producer.SequencedBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/**
 * Appends to a log: validates, stamps, rolls, writes. Of a batch it reads the header and the CRC, and of a client's uncompressed one how
 * its records fit together ({@link AppendValidator}); records are decoded only for compacted topics ({@link KeyCheck}) and for those
 * with a codec of their own.
 */
final class LogWriter {
    private final LogState log;
    private final LogDurability durability;

    LogWriter(LogState log, LogDurability durability) {
        this.log = log;
        this.durability = durability;
    }

    /** @see PartitionLog#append */
    AppendResult append(ByteBuffer batches, int leaderEpoch) throws RejectedBatchException, LogDirOfflineException {
        log.checkOpen();
        LogConfig settings = log.config;
        long nowMs = log.nowMs();
        return append(checked(batches, settings, nowMs), settings, nowMs, leaderEpoch);
    }

    /** @see PartitionLog#prepare */
    PreparedBatches prepare(ByteBuffer batches) throws RejectedBatchException {
        LogConfig settings = log.config;
        return new PreparedBatches(checked(batches, settings, log.nowMs()), settings);
    }

    /** @see PartitionLog#append */
    AppendResult append(PreparedBatches prepared, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        log.checkOpen();
        return append(prepared.bytes().duplicate(), prepared.settings(), log.nowMs(), leaderEpoch);
    }

    /** @return what is to be written */
    private static ByteBuffer checked(ByteBuffer batches, LogConfig settings, long nowMs)
            throws RejectedBatchException {
        ByteBuffer bytes = batches.duplicate(); // big-endian, with a position of its own
        AppendValidator.validate(bytes, settings.validation(), settings.segmentBytes(), nowMs);
        if (settings.retention().compact()) {
            KeyCheck.check(bytes, settings.validation().maxDecompressedBytes());
        }
        return AppendValidator.recompress(bytes, settings.validation(), settings.segmentBytes());
    }

    private AppendResult append(ByteBuffer bytes, LogConfig settings, long nowMs, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        AppendResult result;
        log.appendLock.lock();
        try {
            log.checkOpen();
            SequenceVerdict verdict = verdictOn(bytes);
            SequencedBatch first = verdict.duplicate();
            if (first != null) {
                return repeated(first, settings); // it is on disk, however full that is
            }
            log.dir.space().checkLeader();
            if (verdict.error() != Errors.NONE) {
                throw new RejectedBatchException(verdict.error(), verdict.reason());
            }
            long baseOffset = log.logEndOffset;
            long timestampMs = settings.validation().logAppendTime() ? nowMs : RecordBatch.NO_TIMESTAMP;
            stamp(bytes, baseOffset, leaderEpoch, timestampMs);
            result = new AppendResult(baseOffset, write(bytes, settings, nowMs), timestampMs, false);
        } catch (IOException e) {
            throw takenBack(e);
        } finally {
            log.appendLock.unlock();
        }
        durability.appended(settings.flush());
        return result;
    }

    /** @see PartitionLog#appendEndMarker */
    AppendResult appendEndMarker(long producerId, short producerEpoch, EndMarker marker, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        log.checkOpen();
        LogConfig settings = log.config;
        long nowMs = log.nowMs();
        ByteBuffer bytes = marker.toBatch(producerId, producerEpoch, nowMs);
        AppendResult result;
        log.appendLock.lock();
        try {
            log.checkOpen();
            SequenceVerdict verdict = log.producers.check(producerId, producerEpoch, marker);
            if (verdict.error() != Errors.NONE) {
                throw new RejectedBatchException(verdict.error(), verdict.reason());
            }
            long baseOffset = log.logEndOffset;
            stamp(bytes, baseOffset, leaderEpoch, RecordBatch.NO_TIMESTAMP);
            result = new AppendResult(baseOffset, write(bytes, settings, nowMs), RecordBatch.NO_TIMESTAMP, false);
        } catch (IOException e) {
            throw takenBack(e);
        } finally {
            log.appendLock.unlock();
        }
        durability.appended(settings.flush());
        return result;
    }

    /**
     * An append that found the disk full is taken back: nothing of it counts yet, only its first bytes may be in the file. Any other
     * error leaves the file in doubt. Append lock.
     */
    private RejectedBatchException takenBack(IOException error) throws LogDirOfflineException {
        Segment active = log.segments.active();
        boolean nothingCounts = active.isEmpty() || active.nextOffset() == log.logEndOffset;
        if (!nothingCounts || !log.dir.space().isLackingAfter(error)) {
            throw log.dir.failed("appending to " + log.identity, error);
        }
        try {
            active.dropGarbage();
            if (active.isEmpty()) {
                replaceEmptySegment(log.logEndOffset); // the append may have begun it behind a hole
            }
        } catch (IOException e) {
            throw log.dir.failed("cutting off what did not fit into " + log.identity, e);
        }
        return log.dir.space().exhausted("appending to " + log.identity, error);
    }

    private SequenceVerdict verdictOn(ByteBuffer bytes) {
        RecordBatch batch = new RecordBatch().wrap(bytes, bytes.position());
        return batch.hasProducerId() ? log.producers.check(batch, log.logStartOffset == 0) : SequenceVerdict.ACCEPTED;
    }

    /** The result of the append that this one repeats. */
    private static AppendResult repeated(SequencedBatch first, LogConfig settings) {
        long timestampMs = settings.validation().logAppendTime() ? first.timestampMs() : RecordBatch.NO_TIMESTAMP;
        return new AppendResult(first.firstOffset(), first.lastOffset() + 1, timestampMs, true);
    }

    private static void stamp(ByteBuffer bytes, long baseOffset, int leaderEpoch, long timestampMs) {
        RecordBatch batch = new RecordBatch();
        long next = baseOffset;
        for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
            batch.stamp(next, leaderEpoch);
            if (timestampMs >= 0) {
                batch.stampLogAppendTime(timestampMs);
            }
            next = batch.nextOffset();
        }
    }

    /** @see PartitionLog#appendReplicated */
    AppendResult appendReplicated(ByteBuffer batches, EpochGate gate)
            throws RejectedBatchException, LogDirOfflineException {
        log.checkOpen();
        log.dir.space().checkFollower();
        LogConfig settings = log.config;
        ByteBuffer bytes = batches.duplicate();
        checkReplicated(bytes);
        AppendResult result;
        log.appendLock.lock();
        try {
            log.checkOpen();
            long end = log.logEndOffset;
            if (!bytes.hasRemaining()) {
                return new AppendResult(end, end, RecordBatch.NO_TIMESTAMP, false);
            }
            RecordBatch first = new RecordBatch().wrap(bytes, bytes.position());
            long baseOffset = first.baseOffset();
            if (baseOffset < end) {
                // The leader's log may start inside of a batch; then that batch is the first thing this log gets.
                if (log.segments.sizeInBytes() > 0 || first.nextOffset() <= end) {
                    throw new RejectedBatchException(
                            Errors.CORRUPT_MESSAGE, "batch at " + baseOffset + " behind the log end " + end);
                }
            }
            leaveOutOtherHistories(bytes, log.epochs.last(), gate);
            if (!bytes.hasRemaining()) {
                return new AppendResult(end, end, RecordBatch.NO_TIMESTAMP, false);
            }
            if (baseOffset < end) {
                replaceEmptySegment(baseOffset);
            }
            result = new AppendResult(baseOffset, write(bytes, settings, log.nowMs()), RecordBatch.NO_TIMESTAMP, false);
        } catch (IOException e) {
            throw takenBack(e);
        } finally {
            log.appendLock.unlock();
        }
        durability.appended(settings.flush());
        return result;
    }

    /** Sets the limit before the first batch of an epoch that may not come next. */
    private static void leaveOutOtherHistories(ByteBuffer bytes, int lastEpoch, EpochGate gate) {
        RecordBatch batch = new RecordBatch();
        int epoch = lastEpoch;
        int taken = -1;
        for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
            int next = batch.leaderEpoch();
            boolean older = next < epoch;
            if (next != epoch && (older || !gate.lets(next, batch.baseOffset())) && taken < 0) {
                taken = at;
            }
            if (older) {
                break;
            }
            epoch = next;
        }
        if (taken >= 0) {
            bytes.limit(taken);
        }
    }

    /** Sets the limit behind the last whole batch. */
    private static void checkReplicated(ByteBuffer bytes) throws RejectedBatchException {
        RecordBatch batch = new RecordBatch();
        int at = bytes.position();
        long first = bytes.remaining() < RecordBatch.HEADER_BYTES
                ? 0
                : batch.wrap(bytes, at).baseOffset();
        long next = 0;
        while (bytes.limit() - at >= RecordBatch.HEADER_BYTES) {
            batch.wrap(bytes, at);
            int available = bytes.limit() - at;
            if (batch.sizeInBytes() > available) {
                break; // torn
            }
            String problem = BatchStructure.problem(batch, available);
            if (problem == null && !batch.crcIsValid()) {
                problem = "CRC mismatch";
            }
            if (problem == null && batch.baseOffset() < next) {
                problem = "offset " + batch.baseOffset() + " where at least " + next + " was expected";
            }
            if (problem != null) {
                throw new RejectedBatchException(Errors.CORRUPT_MESSAGE, problem);
            }
            next = batch.nextOffset();
            at += batch.sizeInBytes();
            if (next - first > 1L << 31) {
                throw new RejectedBatchException(
                        Errors.CORRUPT_MESSAGE, "offsets " + first + " to " + next + " do not fit into one segment");
            }
        }
        bytes.limit(at);
    }

    /** Append lock. @return the new end */
    private long write(ByteBuffer bytes, LogConfig settings, long nowMs) throws IOException {
        log.settle();
        Segment active = segmentFor(bytes, settings, nowMs);
        log.recentWrites.written(log.logEndOffset, bytes.remaining());
        active.append(bytes, settings.indexIntervalBytes(), nowMs);
        RecordBatch batch = new RecordBatch();
        boolean transactional = false;
        for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
            if (batch.leaderEpoch() > log.epochs.last()) {
                log.epochs.assign(batch.leaderEpoch(), batch.baseOffset());
            }
            if (batch.isControl()) {
                AbortedTransaction aborted = ProducerHistory.applyControl(log.producers, batch, bytes, at, nowMs);
                if (aborted != null) {
                    log.transactionsOf(active).add(aborted);
                }
            } else {
                log.producers.appended(batch, nowMs);
            }
            transactional |= batch.isTransactional();
        }
        if (transactional) {
            log.firstUnstableOffset = log.producers.firstUnstableOffset();
        }
        long end = active.nextOffset();
        log.logEndOffset = end;
        return end;
    }

    /** The active segment, rolled when these batches should not or cannot go into it. */
    private Segment segmentFor(ByteBuffer bytes, LogConfig settings, long nowMs) throws IOException {
        Segment active = log.segments.active();
        RecordBatch batch = new RecordBatch().wrap(bytes, bytes.position());
        long baseOffset = batch.baseOffset();
        long maxTimestamp = batch.maxTimestamp();
        for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
        }
        if (active.isEmpty()) {
            if (!active.canHold(batch.lastOffset())) {
                replaceEmptySegment(baseOffset);
            }
            return log.segments.active();
        }
        boolean full = (long) active.size() + bytes.remaining() > settings.segmentBytes()
                || !active.canHold(batch.lastOffset())
                || active.indexes().entries() >= Retention.maxIndexEntries(settings)
                || Retention.isOld(active, settings, log.identity, maxTimestamp, nowMs);
        if (!full) {
            return active;
        }
        // A segment begins where the one before ends, though the first batch in it may be further up: recovery tells by
        // this whether
        // the end of the one before has been lost.
        boolean reaches = batch.lastOffset() - active.nextOffset() <= Integer.MAX_VALUE;
        return roll(reaches ? active.nextOffset() : baseOffset);
    }

    /** Begins a new segment; the old one is forced and its index sealed in the background. Append lock. */
    Segment roll(long baseOffset) {
        Segment next = log.newSegment(baseOffset);
        log.segments = log.segments.with(next);
        durability.rolled();
        return next;
    }

    /** The last segment holds nothing, but its base offset does not fit. */
    private void replaceEmptySegment(long baseOffset) throws IOException {
        Segments segments = log.segments;
        Segment empty = segments.active();
        if (empty.baseOffset() == baseOffset) {
            return;
        }
        Segment fitting = log.newSegment(baseOffset);
        log.segments = segments.count() == 1
                ? Segments.of(List.of(fitting))
                : segments.firstOnly(segments.count() - 1).with(fitting);
        empty.deleteFiles();
    }
}
