/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.producer.ProducerSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Brings a log to disk: flush rounds for those who wait (design D8), and the recovery point. */
final class LogDurability {
    private final LogState log;
    private final LogFlusher.Slot flushSlot;
    private final LogFlusher.Slot checkpointSlot;
    private volatile long lastFlushMs;

    LogDurability(LogState log) {
        this.log = log;
        this.flushSlot = log.dir.flusher().slot(this::flushRound);
        this.checkpointSlot = log.dir.flusher().slot(this::checkpointInBackground);
        this.lastFlushMs = log.ageNowMs();
    }

    /** The log has grown: flush.messages may demand a flush. */
    void appended(LogConfig.Flush rules) {
        if (log.logEndOffset - log.flushedEnd >= rules.messages()) {
            flushSlot.request();
        }
    }

    void rolled() {
        checkpointSlot.request();
    }

    /** flush.ms. A clock that goes back must not put it off. */
    void maintain(long nowMs, LogConfig.Flush rules) {
        long elapsedMs = nowMs - lastFlushMs;
        if (log.flushedEnd < log.logEndOffset && (elapsedMs >= rules.ms() || elapsedMs < 0)) {
            flushSlot.request();
        }
    }

    /** Bytes behind the recovery point. */
    long bytesToRecover() {
        RecoveryPoint point = log.recoveryPoint;
        if (point.offset() >= log.logEndOffset) {
            return 0;
        }
        long bytes = -point.position();
        for (Segment segment : log.segments.from(point.segmentBase())) {
            bytes += segment.size();
        }
        return Math.max(0, bytes);
    }

    void requestCheckpoint() {
        checkpointSlot.request();
    }

    /** @see PartitionLog#durableUpTo */
    CompletableFuture<Void> durableUpTo(long endOffset) {
        if (log.flushedEnd >= endOffset) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> future = log.waiters.add(endOffset);
        flushSlot.request();
        if (log.closed) {
            log.waiters.failed(log.offline()); // closing may have looked before this one was there
        }
        return future;
    }

    private void flushRound() {
        try {
            flush();
            if (log.waiters.flushed(log.flushedEnd)) {
                log.waiters.truncated(() -> log.logEndOffset);
                if (log.flushedEnd < log.logEndOffset) {
                    flushSlot.request();
                }
            }
        } catch (LogDirOfflineException e) {
            log.waiters.failed(e);
        }
    }

    /** @see PartitionLog#flush */
    void flush() throws LogDirOfflineException {
        log.flushLock.lock();
        try {
            log.checkOpen();
            long end = log.logEndOffset;
            if (end > log.flushedEnd) {
                log.folder.ensureDurable();
                for (Segment segment : log.segments.from(log.flushedEnd)) {
                    force(segment);
                }
                log.flushedEnd = end;
            }
            lastFlushMs = log.ageNowMs();
        } catch (IOException e) {
            throw log.dir.failed("flushing " + log.identity, e);
        } finally {
            log.flushLock.unlock();
        }
    }

    /** The log at one moment. */
    private record Moment(
            long end,
            Segment active,
            int position,
            int lastEpoch,
            List<Segment> dirty,
            @Nullable ByteBuffer producers) {}

    private Moment captureMoment() {
        log.appendLock.lock();
        try {
            Segment active = log.segments.active();
            active.indexes().mark();
            return new Moment(
                    log.logEndOffset,
                    active,
                    active.size(),
                    log.epochs.epochAt(log.logEndOffset - 1),
                    log.segments.from(log.recoveryPoint.segmentBase()),
                    log.producers.size() > 0 || log.producers.hasForgotten()
                            ? ProducerSnapshot.encode(log.producers)
                            : null);
        } finally {
            log.appendLock.unlock();
        }
    }

    /**
     * Brings records, indexes, epochs and producers to disk and moves the recovery point to where the log ends now.
     *
     * @return false when the disk has no room for all but the records: they are on disk, the recovery point stays where it was
     */
    boolean checkpoint() throws LogDirOfflineException {
        boolean complete = true;
        log.flushLock.lock();
        try {
            log.checkOpen();
            if (isBehind(log.recoveryPoint)) {
                Moment moment = captureMoment();
                forceRecords(moment);
                complete = unlessFull(() -> checkpoint(moment));
            } else {
                // At most there is an epoch without a record. It need not be forced, and of thousands of logs that
                // would take seconds.
                complete = unlessFull(log.epochs::write);
            }
            complete &= log.unfinishedSwaps.finish() && settled();
        } catch (IOException e) {
            throw log.dir.failed("flushing " + log.identity, e);
        } finally {
            log.flushLock.unlock();
        }
        log.waiters.flushed(log.flushedEnd);
        return complete;
    }

    /** What it writes can be written again from what is in memory, or be built anew by recovery. */
    private boolean unlessFull(DirSpace.Step step) throws IOException {
        return log.dir.space().unlessFull("a checkpoint of " + log.identity, step);
    }

    /** Writes what a full disk has put off, if there is room again. */
    void settle() throws LogDirOfflineException {
        if (log.isOwing()) {
            log.underFlushLock("changing", this::settled);
        }
    }

    private boolean settled() throws IOException {
        if (!log.isOwing()) {
            return true;
        }
        log.appendLock.lock();
        try {
            return unlessFull(log::settle);
        } finally {
            log.appendLock.unlock();
        }
    }

    /** Once a force has failed, nobody knows what is on disk: for whatever reason, it is fatal. */
    private void forceRecords(Moment moment) throws IOException {
        log.folder.ensureDurable();
        for (Segment segment : moment.dirty()) {
            force(segment);
        }
        log.flushedEnd = Math.max(log.flushedEnd, moment.end());
        lastFlushMs = log.ageNowMs();
    }

    /** Of one that is empty there is nothing to force; that there was no room to make its file is not a failed force. */
    private void force(Segment segment) throws IOException {
        if (!segment.isEmpty() || unlessFull(segment::create)) {
            segment.force();
        }
    }

    private void checkpoint(Moment moment) throws IOException {
        for (Segment segment : moment.dirty()) {
            if (segment == moment.active()) {
                segment.indexes().persist();
            } else {
                segment.indexes().seal();
            }
        }
        log.epochs.persist();
        if (moment.producers() != null) {
            log.history.write(moment.end(), moment.producers());
            log.history.prune(log.segments);
        }
        log.moveRecoveryPoint(new RecoveryPoint(
                moment.end(),
                moment.active().baseOffset(),
                moment.position(),
                moment.lastEpoch(),
                moment.producers() != null));
    }

    private boolean isBehind(RecoveryPoint point) {
        return log.logEndOffset > point.offset() || log.segments.active().baseOffset() != point.segmentBase();
    }

    private void checkpointInBackground() {
        try {
            checkpoint();
        } catch (LogDirOfflineException e) {
            log.waiters.failed(e); // logged and told where it happened
        }
    }
}
