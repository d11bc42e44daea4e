/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.OffsetIndex;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/** Which segments of one log are old or too many, and the removal of their files. Guarded by the log's locks. */
final class Retention {
    private final ArrayDeque<Doomed> doomed = new ArrayDeque<>();

    private record Doomed(Segment segment, long dueMs) {}

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

    static boolean isOldByClock(Segment active, LogConfig config, LogIdentity identity, long nowMs) throws IOException {
        return nowMs - active.firstAppendMs() > maxAge(active, config, identity);
    }

    /** The jitter is drawn from who and where it is, so that it stays the same and needs no state. */
    private static long maxAge(Segment active, LogConfig config, LogIdentity identity) {
        long jitter = config.segmentJitterMs() <= 0
                ? 0
                : Math.floorMod(
                        identity.hashCode() * 31L + Long.hashCode(active.baseOffset()) * 17L, config.segmentJitterMs());
        return Math.max(1, config.maxSegmentAgeMs() - jitter);
    }

    /**
     * Number of leading segments that may go: below the high watermark, and below the log start, or too old, or more than
     * retention.bytes allows. May be all of them; the caller then rolls first.
     */
    static int expired(Segments segments, LogConfig config, long highWatermark, long logStartOffset, long nowMs)
            throws IOException {
        LogConfig.Retention rules = config.retention();
        List<Segment> all = segments.all();
        long excess =
                rules.delete() && rules.retentionBytes() >= 0 ? segments.sizeInBytes() - rules.retentionBytes() : 0;
        int n = 0;
        for (Segment segment : all) {
            boolean active = segment == segments.active();
            if (segment.nextOffset() > highWatermark || (active && segment.isEmpty())) {
                break;
            }
            boolean behindStart = !active && all.get(n + 1).baseOffset() <= logStartOffset;
            boolean tooMuch = !active && excess >= segment.size() && excess > 0;
            boolean tooOld =
                    rules.delete() && rules.retentionMs() >= 0 && isTooOld(segment, rules.retentionMs(), nowMs);
            if (!behindStart && !tooMuch && !tooOld) {
                break;
            }
            excess -= segment.size();
            n++;
        }
        return n;
    }

    private static boolean isTooOld(Segment segment, long retentionMs, long nowMs) throws IOException {
        long newest = segment.indexes().maxTimestamp();
        return nowMs - (newest >= 0 ? newest : segment.firstAppendMs()) > retentionMs;
    }

    /** The segments have left the log: their files get another name now and go later. */
    void remove(List<Segment> segments, long dueMs) throws IOException {
        for (Segment segment : segments) {
            segment.markDeleted();
            doomed.add(new Doomed(segment, dueMs));
        }
    }

    void deleteDue(long nowMs) throws IOException {
        Doomed first = doomed.peekFirst();
        while (first != null && first.dueMs() <= nowMs) {
            doomed.removeFirst();
            first.segment().deleteFiles();
            first = doomed.peekFirst();
        }
    }

    void close() throws IOException {
        for (Doomed each : doomed) {
            each.segment().close();
        }
        doomed.clear();
    }
}
