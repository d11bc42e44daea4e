/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.OffsetIndex;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes segments out of a log: rolls the active one when it is old, drops from the front what is below the log start, too old or too
 * much, and deletes the files some time later. {@code cleanup.policy} decides: what a topic only compacts is dropped for no other reason
 * than the log start. Guarded by the flush lock.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final LogState log;
    private final LogWriter writer;
    /** They are out of the log, and their files have the names that they had. */
    private final ArrayDeque<Segment> dropped = new ArrayDeque<>();

    private final ArrayDeque<Doomed> doomed = new ArrayDeque<>();
    private volatile boolean waiting;

    private record Doomed(Segment segment, long dueMs) {}

    Retention(LogState log, LogWriter writer) {
        this.log = log;
        this.writer = writer;
    }

    static int maxIndexEntries(LogConfig config) {
        return Math.max(1, config.indexMaxBytes() / OffsetIndex.ENTRY_BYTES);
    }

    /**
     * segment.ms by the producers' time, so that old records being copied in do not roll at every append: the new batch lies too
     * far behind the first one.
     */
    static boolean isOld(Segment active, LogConfig config, LogIdentity identity, long batchTimestampMs, long nowMs)
            throws IOException {
        long first = active.firstTimestamp();
        long age = first >= 0 && batchTimestampMs >= 0 ? batchTimestampMs - first : nowMs - active.firstAppendMs();
        return age > maxAge(active, config, identity);
    }

    /** The jitter is drawn from who and where it is, so that it stays the same and needs no state. */
    private static long maxAge(Segment active, LogConfig config, LogIdentity identity) {
        long ageMs = config.maxSegmentAgeMs();
        long bound = Math.min(config.segmentJitterMs(), ageMs);
        if (bound <= 0) {
            return ageMs;
        }
        // Multiplied by an odd number near 2^64 / golden ratio, so that neighbours lie far apart.
        long drawn = (identity.hashCode() + 31 * active.baseOffset()) * 0x9e3779b97f4a7c15L;
        return Math.max(1, ageMs - Math.floorMod(drawn ^ (drawn >>> 32), bound));
    }

    /** Whether segment.ms, or max.compaction.lag.ms, may have passed by the clock, for a log that gets no appends. Any thread; looks at no file. */
    boolean mayBeRollDue(long nowMs) {
        Segment active = log.segments.active();
        long first = active.knownFirstAppendMs();
        return !active.isEmpty() && (first == 0 || nowMs - first > maxAge(active, log.config, log.identity));
    }

    void rollIfDue(long nowMs) throws IOException {
        log.appendLock.lock();
        try {
            Segment active = log.segments.active();
            if (!active.isEmpty() && nowMs - active.firstAppendMs() > maxAge(active, log.config, log.identity)) {
                writer.roll(log.logEndOffset);
            }
        } finally {
            log.appendLock.unlock();
        }
    }

    /** Drops what may go, and marks its files. */
    void enforce(long nowMs) throws IOException {
        // What an earlier call has begun comes first: files go in the order of their offsets.
        if (!markDropped(nowMs) || !log.unfinishedSwaps.finish()) {
            return;
        }
        Segments seen = log.segments;
        int n = expired(seen, nowMs);
        if (n == 0) {
            return;
        }
        List<Segment> gone = seen.all().subList(0, n);
        long end = gone.get(n - 1).nextOffset();
        log.appendLock.lock();
        try {
            if (n == log.segments.count()) {
                if (log.logEndOffset > end) {
                    gone = gone.subList(0, n - 1); // the active one has grown meanwhile
                } else {
                    writer.roll(log.logEndOffset);
                }
            }
            log.dropFirstSegments(gone.size());
        } finally {
            log.appendLock.unlock();
        }
        if (gone.isEmpty()) {
            return;
        }
        LOG.info(
                "{}: {} segments dropped, {} to {}: the log starts at {}",
                log.identity,
                gone.size(),
                gone.get(0).baseOffset(),
                gone.get(gone.size() - 1).baseOffset(),
                log.logStartOffset);
        dropped.addAll(gone);
        waiting = true;
        markDropped(nowMs);
    }

    /**
     * Renames the files of what was dropped; on a full disk they are deleted at once.
     *
     * @return false when something has to wait for room: the files that are left belong to the log again if it is opened before
     */
    private boolean markDropped(long nowMs) throws IOException {
        if (dropped.isEmpty()) {
            return true;
        }
        DirSpace space = log.dir.space();
        String doing = "dropping segments of " + log.identity;
        space.unlessFull(doing, log::forceLogStart); // the name of the first file says it too
        boolean last = log.segments.count() == 1;
        // The file whose name says where the log ends must be there before the last of the others goes.
        boolean lastMayGo = !last || space.unlessFull(doing, log.segments.active()::create);
        if (last && lastMayGo) {
            log.segments.active().force();
        }
        long dueMs = nowMs + log.config.retention().fileDeleteDelayMs();
        while (dropped.size() > (lastMayGo ? 0 : 1)) {
            Segment first = dropped.element();
            if (space.unlessFull(doing, first::markDeleted)) {
                doomed.add(new Doomed(first, dueMs));
            } else {
                log.deleteFiles(first);
            }
            dropped.remove();
        }
        log.context.files().syncDirectory(log.folder.path());
        return lastMayGo;
    }

    /**
     * Before a truncation, which cannot wait: where the log begins anew, its segments may get the names that these files still have. Deleting
     * and creating give the ballast away, and if there is still no room, the log dir goes offline. Both locks.
     */
    void finishDrops() throws IOException {
        if (dropped.isEmpty()) {
            return;
        }
        if (log.segments.count() == 1) {
            Segment only = log.segments.active(); // as in markDropped: its name says where the log ends
            log.dir.space().evenIfFull("dropping segments of " + log.identity, () -> {
                only.create();
                return true;
            });
            only.force();
        }
        for (Segment first = dropped.peek(); first != null; first = dropped.peek()) {
            log.deleteFiles(first);
            dropped.remove();
        }
        log.context.files().syncDirectory(log.folder.path());
    }

    /**
     * Number of leading segments that may go: below the high watermark, and below the log start, or too old, or more than
     * retention.bytes allows. May be all of them; the caller then rolls first.
     */
    private int expired(Segments segments, long nowMs) throws IOException {
        LogConfig.Retention rules = log.config.retention();
        List<Segment> all = segments.all();
        long excess =
                rules.delete() && rules.retentionBytes() >= 0 ? segments.sizeInBytes() - rules.retentionBytes() : 0;
        int n = 0;
        for (Segment segment : all) {
            boolean active = segment == segments.active();
            if (segment.nextOffset() > log.highWatermark || (active && segment.isEmpty())) {
                break;
            }
            boolean behindStart = !active && all.get(n + 1).baseOffset() <= log.logStartOffset;
            boolean tooMuch = !active && excess >= segment.size() && excess > 0;
            if (!behindStart && !tooMuch && !isTooOld(segment, rules, nowMs)) {
                break;
            }
            excess -= segment.size();
            n++;
        }
        return n;
    }

    private static boolean isTooOld(Segment segment, LogConfig.Retention rules, long nowMs) throws IOException {
        if (!rules.delete() || rules.retentionMs() < 0) {
            return false;
        }
        long newest = segment.indexes().maxTimestamp();
        return nowMs - (newest >= 0 ? newest : segment.firstAppendMs()) > rules.retentionMs();
    }

    /** Whether files wait for their deletion, or for their new names. Any thread. */
    boolean hasDoomed() {
        return waiting;
    }

    /** Deletes the files whose delay is over. */
    void deleteDue(long nowMs) throws IOException {
        markDropped(nowMs);
        Doomed first = doomed.peekFirst();
        while (first != null && first.dueMs() <= nowMs) {
            doomed.removeFirst();
            log.deleteFiles(first.segment());
            first = doomed.peekFirst();
        }
        waiting = !doomed.isEmpty() || !dropped.isEmpty();
    }

    void close() throws IOException {
        for (Segment each : dropped) {
            each.close();
        }
        dropped.clear();
        for (Doomed each : doomed) {
            each.segment().close();
        }
        doomed.clear();
    }
}
