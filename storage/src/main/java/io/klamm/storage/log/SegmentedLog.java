/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.producer.ProducerSnapshot;
import io.klamm.storage.producer.ProducerStates;
import io.klamm.storage.producer.SequenceVerdict;
import io.klamm.storage.producer.SequencedBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A partition's log in segments.
 *
 * <p>Locks: {@code flushLock} before {@code appendLock}. The append lock guards everything that changes the log's content, the
 * producer states included, and is held while batches are written to the page cache, never while a file is forced (but for an
 * epoch that a leader starts, and for a truncation). The flush lock is held while files are forced. Reads take neither: they go by
 * {@link #logEndOffset}, which is published last, the immutable {@link #segments}, and the segments' own tails. A truncation counts
 * {@link #truncations} up before (to an odd number) and after (to an even one); a read that saw it move tries again.
 *
 * <p>Recovery starts from {@link #recoveryPoint}: it advances only when records, index entries, epochs and producers below it are
 * on disk, and it goes back, on disk, before a truncation touches a file.
 */
final class SegmentedLog implements PartitionLog {
    private final LogContext context;
    private final LogIdentity identity;
    private final LogDir dir;
    private final LogFolder folder;
    private final DirCheckpoints checkpoints;
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final ProducerHistory history;
    private final ReentrantLock appendLock = new ReentrantLock();
    private final ReentrantLock flushLock = new ReentrantLock();
    private final FlushWaiters waiters = new FlushWaiters();
    private final LogFlusher.Slot flushSlot;
    private final LogFlusher.Slot checkpointSlot;
    private final Retention retention;

    private volatile LogConfig config;
    private volatile Segments segments;
    private volatile long logStartOffset;
    private volatile long logEndOffset;
    private volatile long flushedEnd;
    private volatile long highWatermark;
    private volatile long firstUnstableOffset;
    private volatile RecoveryPoint recoveryPoint;
    private volatile long lastFlushMs;
    private volatile int truncations;
    private volatile boolean closed;

    SegmentedLog(LogContext context, LogConfig config, OpenedLog opened) {
        this.context = context;
        this.identity = opened.identity();
        this.dir = opened.dir();
        this.folder = opened.folder();
        this.checkpoints = opened.checkpoints();
        this.epochs = opened.epochs();
        this.producers = opened.producers();
        this.history = new ProducerHistory(context.files(), folder.path());
        this.config = config;
        this.segments = opened.segments();
        this.logEndOffset = segments.active().nextOffset();
        this.logStartOffset = opened.logStartOffset();
        this.highWatermark = logStartOffset;
        this.recoveryPoint = opened.recoveryPoint();
        this.flushedEnd = recoveryPoint.offset();
        producers.highWatermarkAdvanced(highWatermark);
        this.firstUnstableOffset = producers.firstUnstableOffset();
        this.lastFlushMs = context.wallClock().millis();
        this.flushSlot = context.flusher().slot(this::flushRound);
        this.checkpointSlot = context.flusher().slot(this::checkpointInBackground);
        this.retention = new Retention(context.files());
    }

    @Override
    public String topic() {
        return identity.topic();
    }

    @Override
    public Uuid topicId() {
        return identity.topicId();
    }

    @Override
    public int partition() {
        return identity.partition();
    }

    @Override
    public Uuid directoryId() {
        return dir.id();
    }

    LogDir dir() {
        return dir;
    }

    LogFolder folder() {
        return folder;
    }

    @Override
    public LogConfig config() {
        return config;
    }

    @Override
    public void configure(LogConfig config) {
        this.config = config;
    }

    @Override
    public long logStartOffset() {
        return logStartOffset;
    }

    @Override
    public long localLogStartOffset() {
        return Math.max(logStartOffset, segments.first().baseOffset());
    }

    @Override
    public long logEndOffset() {
        return logEndOffset;
    }

    @Override
    public long flushedEndOffset() {
        return flushedEnd;
    }

    @Override
    public int lastEpoch() {
        return epochs.last();
    }

    @Override
    public long firstUnstableOffset() {
        return firstUnstableOffset;
    }

    @Override
    public long sizeInBytes() {
        return segments.sizeInBytes();
    }

    RecoveryPoint recoveryPoint() {
        return recoveryPoint;
    }

    // ---- appends

    @Override
    public AppendResult append(ByteBuffer batches, int leaderEpoch)
            throws RejectedBatchException, LogDirOfflineException {
        checkOpen();
        LogConfig settings = config;
        long nowMs = context.wallClock().millis();
        ByteBuffer bytes = batches.duplicate(); // big-endian, with a position of its own
        AppendValidator.validate(bytes, settings.validation(), settings.segmentBytes(), nowMs);
        long timestampMs = settings.validation().logAppendTime() ? nowMs : RecordBatch.NO_TIMESTAMP;
        boolean flush;
        AppendResult result;
        appendLock.lock();
        try {
            checkOpen();
            RecordBatch batch = new RecordBatch().wrap(bytes, bytes.position());
            if (batch.hasProducerId()) {
                SequenceVerdict verdict = producers.check(batch);
                if (verdict.error() != Errors.NONE) {
                    throw new RejectedBatchException(verdict.error(), verdict.reason());
                }
                SequencedBatch duplicate = verdict.duplicate();
                if (duplicate != null) {
                    return new AppendResult(
                            duplicate.firstOffset(),
                            duplicate.lastOffset() + 1,
                            timestampMs < 0 ? timestampMs : duplicate.timestampMs(),
                            true);
                }
            }
            long baseOffset = logEndOffset;
            long next = baseOffset;
            for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
                batch.wrap(bytes, at);
                batch.stamp(next, leaderEpoch);
                if (timestampMs >= 0) {
                    batch.stampLogAppendTime(timestampMs);
                }
                next = batch.nextOffset();
            }
            write(bytes, settings, nowMs);
            result = new AppendResult(baseOffset, next, timestampMs, false);
            flush = next - flushedEnd >= settings.flush().messages();
        } catch (IOException e) {
            throw dir.failed("append to " + identity, e);
        } finally {
            appendLock.unlock();
        }
        if (flush) {
            flushSlot.request();
        }
        return result;
    }

    @Override
    public AppendResult appendReplicated(ByteBuffer batches) throws RejectedBatchException, LogDirOfflineException {
        checkOpen();
        LogConfig settings = config;
        ByteBuffer bytes = batches.duplicate();
        checkReplicated(bytes);
        boolean flush;
        AppendResult result;
        appendLock.lock();
        try {
            checkOpen();
            long end = logEndOffset;
            if (!bytes.hasRemaining()) {
                return new AppendResult(end, end, RecordBatch.NO_TIMESTAMP, false);
            }
            RecordBatch first = new RecordBatch().wrap(bytes, bytes.position());
            long baseOffset = first.baseOffset();
            if (baseOffset < end) {
                // The leader's log may start inside of a batch; then the batch is the first thing this log gets.
                if (segments.sizeInBytes() > 0 || first.nextOffset() <= end) {
                    throw new RejectedBatchException(
                            Errors.CORRUPT_MESSAGE, "batch at " + baseOffset + " behind the log end " + end);
                }
                replaceEmptySegments(baseOffset);
            }
            long next = write(bytes, settings, context.wallClock().millis());
            result = new AppendResult(baseOffset, next, RecordBatch.NO_TIMESTAMP, false);
            flush = next - flushedEnd >= settings.flush().messages();
        } catch (IOException e) {
            throw dir.failed("append to " + identity, e);
        } finally {
            appendLock.unlock();
        }
        if (flush) {
            flushSlot.request();
        }
        return result;
    }

    /** Sets the limit behind the last whole batch. */
    private static void checkReplicated(ByteBuffer bytes) throws RejectedBatchException {
        RecordBatch batch = new RecordBatch();
        long next = 0;
        int at = bytes.position();
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
        }
        bytes.limit(at);
    }

    /** Append lock. @return the new end */
    private long write(ByteBuffer bytes, LogConfig settings, long nowMs) throws IOException {
        Segment active = segmentFor(bytes, settings, nowMs);
        active.append(bytes, settings.indexIntervalBytes(), nowMs);
        RecordBatch batch = new RecordBatch();
        boolean transactional = false;
        for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
            if (batch.leaderEpoch() > epochs.last()) {
                epochs.assign(batch.leaderEpoch(), batch.baseOffset());
            }
            if (batch.isControl()) {
                ProducerHistory.applyControl(producers, batch, bytes, at, nowMs);
            } else {
                producers.appended(batch, nowMs);
            }
            transactional |= batch.isTransactional();
        }
        if (transactional) {
            firstUnstableOffset = producers.firstUnstableOffset();
        }
        long end = active.nextOffset();
        logEndOffset = end;
        return end;
    }

    /** The active segment, rolled when these batches should not or cannot go into it. */
    private Segment segmentFor(ByteBuffer bytes, LogConfig settings, long nowMs) throws IOException {
        Segment active = segments.active();
        RecordBatch batch = new RecordBatch().wrap(bytes, bytes.position());
        long baseOffset = batch.baseOffset();
        long maxTimestamp = batch.maxTimestamp();
        for (int at = bytes.position(); at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
        }
        if (active.isEmpty()) {
            if (!active.canHold(batch.lastOffset())) {
                replaceEmptySegments(baseOffset);
            }
            return segments.active();
        }
        boolean full = (long) active.size() + bytes.remaining() > settings.segmentBytes()
                || !active.canHold(batch.lastOffset())
                || active.indexes().entries() >= retention.maxIndexEntries(settings)
                || retention.isOld(active, settings, identity, maxTimestamp, nowMs);
        return full ? roll(baseOffset) : active;
    }

    /** Append lock. The old segment is forced and its index sealed in the background. */
    private Segment roll(long baseOffset) {
        Segment next = new Segment(context.files(), folder.path(), baseOffset, 0, baseOffset, true);
        segments = segments.with(next);
        checkpointSlot.request();
        return next;
    }

    /** The last segment holds nothing, but its base offset does not fit. Append lock. */
    private void replaceEmptySegments(long baseOffset) throws IOException {
        Segment empty = segments.active();
        Segment fitting = new Segment(context.files(), folder.path(), baseOffset, 0, baseOffset, true);
        segments = segments.count() == 1
                ? Segments.of(List.of(fitting))
                : segments.firstOnly(segments.count() - 1).with(fitting);
        if (empty.baseOffset() != baseOffset) {
            empty.deleteFiles();
        }
    }

    // ---- reads

    @Override
    public RecordsRange read(long offset, int maxBytes, long endOffset, boolean atLeastOne)
            throws OffsetOutOfRangeException, LogDirOfflineException {
        try {
            while (true) {
                checkOpen();
                int seen = truncations;
                long end = logEndOffset;
                long start = logStartOffset;
                if (offset < start || offset > end) {
                    throw new OffsetOutOfRangeException(offset, start, end);
                }
                if ((seen & 1) != 0) {
                    awaitTruncation();
                    continue;
                }
                RecordsRange range;
                try {
                    range = read(segments, offset, maxBytes, Math.min(endOffset, end), atLeastOne);
                } catch (IOException e) {
                    if (seen != truncations || closed) {
                        continue;
                    }
                    throw e;
                }
                if (seen == truncations) {
                    return range;
                }
                range.release();
            }
        } catch (IOException e) {
            throw dir.failed("read of " + identity, e);
        }
    }

    private static RecordsRange read(Segments segments, long offset, int maxBytes, long limit, boolean atLeastOne)
            throws IOException {
        if (offset >= limit) {
            return new EmptyRange(offset);
        }
        Segment segment = segments.floor(offset);
        while (segment != null && segment.baseOffset() < limit) {
            RecordsRange range = segment.read(offset, maxBytes, limit, atLeastOne);
            if (range != null) {
                return range;
            }
            segment = segments.after(segment);
        }
        return new EmptyRange(offset);
    }

    /** A truncation holds the append lock from beginning to end. */
    private void awaitTruncation() {
        appendLock.lock();
        appendLock.unlock();
    }

    @Override
    public EpochEnd epochEnd(int epoch) {
        return epochs.endOf(epoch, logEndOffset);
    }

    @Override
    public @Nullable TimestampOffset findByTimestamp(long timestampMs, long endOffset) throws LogDirOfflineException {
        return search(endOffset, (search, in) -> search.first(in, timestampMs));
    }

    @Override
    public @Nullable TimestampOffset maxTimestamp(long endOffset) throws LogDirOfflineException {
        return search(endOffset, TimestampSearch::latest);
    }

    private interface Search {
        @Nullable
        TimestampOffset in(TimestampSearch search, Segments segments) throws IOException;
    }

    private @Nullable TimestampOffset search(long endOffset, Search query) throws LogDirOfflineException {
        while (true) {
            checkOpen();
            int seen = truncations;
            if ((seen & 1) != 0) {
                awaitTruncation();
                continue;
            }
            try {
                TimestampOffset found =
                        query.in(new TimestampSearch(logStartOffset, Math.min(endOffset, logEndOffset)), segments);
                if (seen == truncations) {
                    return found;
                }
            } catch (IOException e) {
                if (seen == truncations && !closed) {
                    throw dir.failed("search by time in " + identity, e);
                }
            }
        }
    }

    // ---- epochs, truncation, log start

    @Override
    public void startEpoch(int epoch) throws LogDirOfflineException {
        appendLock.lock();
        try {
            checkOpen();
            if (epoch > epochs.last()) {
                epochs.assign(epoch, logEndOffset);
                epochs.persist();
            }
        } catch (IOException e) {
            throw dir.failed("writing the leader epochs of " + identity, e);
        } finally {
            appendLock.unlock();
        }
    }

    @Override
    public void truncateTo(long endOffset) throws LogDirOfflineException {
        if (endOffset < logStartOffset) {
            truncateFullyAndStartAt(endOffset);
            return;
        }
        change("truncating " + identity, () -> {
            if (endOffset <= logEndOffset) {
                truncateWithin(endOffset);
            }
        });
    }

    private void truncateWithin(long endOffset) throws IOException {
        Segments before = segments;
        Segment last = before.floor(endOffset);
        long cut = last.locate(endOffset, last.tail());
        long newEnd = Math.min(endOffset, last.offsetOf(cut));
        if (newEnd < logStartOffset) {
            emptyAndStartAt(logStartOffset); // the batch that is cut holds the log start
            return;
        }
        if (newEnd < logEndOffset) {
            truncations++;
            try {
                int position = Segment.positionOf(cut);
                if (newEnd < recoveryPoint.offset()) {
                    moveRecoveryPoint(new RecoveryPoint(newEnd, last.baseOffset(), position, true));
                    checkpoints.writeRecoveryPoints();
                }
                List<Segment> all = before.all();
                int kept = all.indexOf(last) + 1;
                logEndOffset = newEnd;
                segments = before.firstOnly(kept);
                // From the end, so that a crash leaves no hole.
                for (int i = all.size() - 1; i >= kept; i--) {
                    all.get(i).deleteFiles();
                }
                last.truncateTo(Segment.boundary(newEnd - last.baseOffset(), position));
                flushedEnd = Math.min(flushedEnd, newEnd);
                highWatermark = Math.min(highWatermark, newEnd);
                history.deleteAbove(newEnd);
                if (producers.reaches(newEnd)) {
                    history.rebuild(
                            producers, segments, newEnd, -1, context.wallClock().millis());
                    producers.highWatermarkAdvanced(highWatermark);
                }
                firstUnstableOffset = producers.firstUnstableOffset();
            } finally {
                truncations++;
            }
            waiters.truncated(newEnd);
        }
        epochs.truncateFrom(newEnd);
        epochs.persist();
    }

    @Override
    public void truncateFullyAndStartAt(long offset) throws LogDirOfflineException {
        change("emptying " + identity, () -> emptyAndStartAt(offset));
    }

    private void emptyAndStartAt(long offset) throws IOException {
        truncations++;
        try {
            // What is written here must hold until the next time it is written, whatever the log holds then.
            moveRecoveryPoint(new RecoveryPoint(0, 0, 0, true));
            checkpoints.writeRecoveryPoints();
            List<Segment> old = segments.all();
            Segment fresh = new Segment(context.files(), folder.path(), offset, 0, offset, true);
            logEndOffset = offset;
            segments = Segments.of(List.of(fresh));
            for (int i = old.size() - 1; i >= 0; i--) {
                old.get(i).deleteFiles();
            }
            history.deleteAbove(-1);
            producers.clear();
            firstUnstableOffset = Long.MAX_VALUE;
            epochs.clear();
            epochs.persist();
            moveLogStart(offset);
            fresh.force(); // creates the file, so that the next start finds where the log begins
            moveRecoveryPoint(new RecoveryPoint(offset, offset, 0, false));
            flushedEnd = offset;
            highWatermark = offset;
        } finally {
            truncations++;
        }
        waiters.truncated(offset);
    }

    @Override
    public void advanceLogStart(long offset) throws LogDirOfflineException {
        if (offset > logStartOffset) {
            change("moving the start of " + identity, () -> {
                long start = Math.min(offset, logEndOffset);
                if (start > logStartOffset) {
                    moveLogStart(start);
                    epochs.startAt(start);
                }
            });
        }
    }

    private void moveLogStart(long offset) throws IOException {
        checkpoints.logStartMoved(folder.name(), identity.topicId(), offset);
        checkpoints.writeLogStarts();
        logStartOffset = offset;
    }

    private void moveRecoveryPoint(RecoveryPoint point) {
        recoveryPoint = point;
        checkpoints.recoveryPointMoved(folder.name(), identity.topicId(), point);
    }

    private interface Change {
        void run() throws IOException;
    }

    private void change(String doing, Change change) throws LogDirOfflineException {
        flushLock.lock();
        appendLock.lock();
        try {
            checkOpen();
            change.run();
        } catch (IOException e) {
            throw dir.failed(doing, e);
        } finally {
            appendLock.unlock();
            flushLock.unlock();
        }
    }

    @Override
    public void updateHighWatermark(long highWatermark) {
        if (highWatermark <= this.highWatermark) {
            return;
        }
        this.highWatermark = highWatermark;
        if (firstUnstableOffset != Long.MAX_VALUE) {
            appendLock.lock();
            try {
                producers.highWatermarkAdvanced(highWatermark);
                firstUnstableOffset = producers.firstUnstableOffset();
            } finally {
                appendLock.unlock();
            }
        }
    }

    // ---- durability

    @Override
    public CompletableFuture<Void> durableUpTo(long endOffset) {
        if (flushedEnd >= endOffset) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> future = waiters.add(endOffset);
        flushSlot.request();
        if (closed || !dir.isOnline()) {
            waiters.failed(offline());
        }
        return future;
    }

    private void flushRound() {
        try {
            flush();
            if (waiters.flushed(flushedEnd)) {
                long end = logEndOffset;
                waiters.truncated(end);
                if (flushedEnd < end) {
                    flushSlot.request();
                }
            }
        } catch (LogDirOfflineException e) {
            waiters.failed(e);
        }
    }

    @Override
    public void flush() throws LogDirOfflineException {
        flushLock.lock();
        try {
            checkOpen();
            long end = logEndOffset;
            if (end > flushedEnd) {
                folder.ensureDurable();
                for (Segment segment : segments.from(flushedEnd)) {
                    segment.force();
                }
                flushedEnd = end;
            }
            lastFlushMs = context.wallClock().millis();
        } catch (IOException e) {
            throw dir.failed("flushing " + identity, e);
        } finally {
            flushLock.unlock();
        }
    }

    /** Brings records, indexes, epochs and producers to disk and moves the recovery point to where the log ends now. */
    void checkpoint() throws LogDirOfflineException {
        flushLock.lock();
        try {
            checkOpen();
            long end;
            Segment active;
            int position;
            List<Segment> dirty;
            ByteBuffer snapshot;
            appendLock.lock();
            try {
                end = logEndOffset;
                active = segments.active();
                position = active.size();
                dirty = segments.from(recoveryPoint.segmentBase());
                active.indexes().mark();
                snapshot = producers.size() == 0 ? null : ProducerSnapshot.encode(producers);
            } finally {
                appendLock.unlock();
            }
            if (end == recoveryPoint.offset() && active.baseOffset() == recoveryPoint.segmentBase()) {
                epochs.persist();
                return;
            }
            folder.ensureDurable();
            for (Segment segment : dirty) {
                segment.force();
                if (segment == active) {
                    segment.indexes().persist();
                } else {
                    segment.indexes().seal();
                }
            }
            epochs.persist();
            if (snapshot != null) {
                history.write(end, snapshot);
                history.prune(segments);
            }
            flushedEnd = Math.max(flushedEnd, end);
            lastFlushMs = context.wallClock().millis();
            moveRecoveryPoint(new RecoveryPoint(end, active.baseOffset(), position, snapshot != null));
        } catch (IOException e) {
            throw dir.failed("flushing " + identity, e);
        } finally {
            flushLock.unlock();
        }
        waiters.flushed(flushedEnd);
    }

    private void checkpointInBackground() {
        try {
            checkpoint();
        } catch (LogDirOfflineException e) {
            waiters.failed(e); // logged and told where it happened
        }
    }

    /** Time-based work; never on an event loop. */
    void maintain() throws LogDirOfflineException {
        long nowMs = context.wallClock().millis();
        LogConfig settings = config;
        change("maintaining " + identity, () -> {
            Segment active = segments.active();
            boolean old = !active.isEmpty() && retention.isOldByClock(active, settings, identity, nowMs);
            int doomed = retention.expired(segments, settings, highWatermark, logStartOffset, nowMs);
            if (old || doomed == segments.count()) {
                roll(logEndOffset);
            }
            if (doomed > 0) {
                List<Segment> gone = segments.all().subList(0, doomed);
                segments = segments.withoutFirst(doomed);
                long start = segments.first().baseOffset();
                if (start > logStartOffset) {
                    // The name of the first file says it as well, so this needs no file of its own to be written now.
                    checkpoints.logStartMoved(folder.name(), identity.topicId(), start);
                    logStartOffset = start;
                    epochs.startAt(start);
                }
                retention.remove(gone, nowMs + settings.retention().fileDeleteDelayMs());
            }
            producers.expire(nowMs);
        });
        try {
            retention.deleteDue(nowMs);
        } catch (IOException e) {
            throw dir.failed("deleting segments of " + identity, e);
        }
        if (flushedEnd < logEndOffset && nowMs - lastFlushMs >= settings.flush().ms()) {
            flushSlot.request();
        }
        if (recoveryPoint.offset() < flushedEnd) {
            checkpointSlot.request();
        }
    }

    // ---- end

    /** Closes the files; whoever waits is told. Ranges in flight stay readable. */
    void close() {
        flushLock.lock();
        appendLock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            for (Segment segment : segments.all()) {
                segment.close();
            }
            retention.close();
        } catch (IOException e) {
            dir.failed("closing " + identity, e);
        } finally {
            appendLock.unlock();
            flushLock.unlock();
        }
        waiters.failed(offline());
    }

    private LogDirOfflineException offline() {
        return new LogDirOfflineException(identity + " is closed or its log dir " + dir.path() + " is offline", null);
    }

    private void checkOpen() throws LogDirOfflineException {
        dir.checkOnline();
        if (closed) {
            throw new LogDirOfflineException(identity + " is closed", null);
        }
    }

    @Override
    public String toString() {
        return identity.toString();
    }
}
