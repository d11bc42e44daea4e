/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.util.List;

/** Takes records away from either end of a log, together with all that was remembered of them. */
final class LogTruncation {
    private final LogState log;
    private final Retention retention;

    LogTruncation(LogState log, Retention retention) {
        this.log = log;
        this.retention = retention;
    }

    /** @see PartitionLog#truncateTo */
    void truncateTo(long endOffset) throws LogDirOfflineException {
        log.change("truncating", () -> {
            if (endOffset < log.logStartOffset) {
                emptyAndStartAt(endOffset);
            } else if (endOffset <= log.logEndOffset) {
                truncateWithin(endOffset);
            }
        });
    }

    /** @see PartitionLog#truncateFullyAndStartAt */
    void truncateFullyAndStartAt(long offset) throws LogDirOfflineException {
        log.change("emptying", () -> emptyAndStartAt(offset));
    }

    /** @see PartitionLog#advanceLogStart */
    void advanceLogStart(long offset) throws LogDirOfflineException {
        if (offset > log.logStartOffset) {
            log.change("moving the start of", () -> {
                long start = Math.min(offset, log.logEndOffset);
                if (start > log.logStartOffset && log.moveLogStartUnlessFull(start)) {
                    log.epochs.startAt(start);
                }
            });
        }
    }

    private void truncateWithin(long endOffset) throws IOException {
        Segment last = log.segments.floor(endOffset);
        long cut = last.locate(endOffset, last.tail());
        long newEnd = Math.min(endOffset, last.offsetOf(cut));
        if (newEnd < log.logStartOffset) {
            emptyAndStartAt(log.logStartOffset); // the batch that is cut holds the log start
            return;
        }
        if (newEnd < log.logEndOffset) {
            log.truncations.incrementAndGet();
            try {
                cut(last, newEnd, Segment.positionOf(cut));
            } finally {
                log.truncations.incrementAndGet();
            }
            log.waiters.truncated(() -> log.logEndOffset);
        }
        log.epochs.truncateFrom(newEnd);
        log.beforeGrowth(log.epochs::persist);
    }

    private void cut(Segment last, long newEnd, int position) throws IOException {
        retention.finishDrops();
        log.beforeCut(newEnd);
        if (newEnd < log.recoveryPoint.offset()) {
            RecoveryPoint back =
                    new RecoveryPoint(newEnd, last.baseOffset(), position, log.epochs.epochAt(newEnd - 1), true);
            log.beforeGrowth(() -> log.moveRecoveryPointBack(back));
        }
        List<Segment> all = log.segments.all();
        int kept = all.indexOf(last) + 1;
        // First, so that whoever recovers from a half of this reads again what the indexes lose below.
        List<Long> snapshots = log.history.snapshots();
        boolean deleted = log.dir
                .space()
                .evenIfFull("truncating " + log.identity, () -> log.history.deleteAbove(snapshots, newEnd));
        if (deleted) {
            log.context.files().syncDirectory(log.folder.path());
        }
        log.logEndOffset = newEnd;
        log.segments = log.segments.firstOnly(kept);
        // From the end, so that a crash leaves no hole.
        for (int i = all.size() - 1; i >= kept; i--) {
            log.deleteFiles(all.get(i));
        }
        if (kept < all.size()) {
            // A loss of power must not bring back what does not belong to the log that grows from here; and if the
            // recovery point could not
            // be written, it must not find a segment that the point names behind one that has been cut.
            log.context.files().syncDirectory(log.folder.path());
        }
        last.truncateTo(Segment.boundary(newEnd - last.baseOffset(), position));
        log.flushedEnd = Math.min(log.flushedEnd, newEnd);
        log.highWatermark = Math.min(log.highWatermark, newEnd);
        if (log.producers.reaches(newEnd)) {
            log.history.rebuild(log.producers, log.segments, snapshots, newEnd, -1, log.nowMs());
            log.producers.highWatermarkAdvanced(log.highWatermark);
        }
        log.firstUnstableOffset = log.producers.firstUnstableOffset();
    }

    private void emptyAndStartAt(long offset) throws IOException {
        log.truncations.incrementAndGet();
        try {
            retention.finishDrops();
            log.beforeCut(offset);
            log.folder.ensureDurable();
            // What is written here must hold until it is written again, whatever the log holds then.
            log.beforeGrowth(() -> log.moveRecoveryPointBack(new RecoveryPoint(0, 0, 0, -1, true)));
            List<Segment> old = log.segments.all();
            log.logEndOffset = offset;
            log.segments = Segments.of(List.of(log.newSegment(offset)));
            for (int i = old.size() - 1; i >= 0; i--) {
                log.deleteFiles(old.get(i));
            }
            log.dir
                    .space()
                    .evenIfFull("emptying " + log.identity, () -> log.history.deleteAbove(log.history.snapshots(), -1));
            log.producers.clear();
            log.firstUnstableOffset = Long.MAX_VALUE;
            log.epochs.clear();
            log.beforeGrowth(log.epochs::persist);
            log.logStartOffset = offset;
            log.beforeGrowth(() -> {
                log.moveLogStart(offset);
                log.forceLogStart();
            });
            // Creates the file, so that the next start finds where the log begins; and in any case the others stay
            // deleted.
            if (log.beforeGrowth(log.segments.active()::create)) {
                log.segments.active().force();
            } else {
                log.context.files().syncDirectory(log.folder.path());
            }
            log.moveRecoveryPoint(RecoveryPoint.emptyAt(offset));
            log.flushedEnd = offset;
            log.highWatermark = offset;
        } finally {
            log.truncations.incrementAndGet();
        }
        log.waiters.truncated(() -> log.logEndOffset);
    }
}
