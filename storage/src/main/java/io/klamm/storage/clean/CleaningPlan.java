/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.log.CleanableLog.View;
import io.klamm.storage.log.CleanableSegment;
import io.klamm.storage.log.CleaningAbortedException;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import java.util.List;

/**
 * What there is to clean in a log, and whether it is time to.
 *
 * @param segments those that a cleaning may touch, from the log's first on
 * @param dirtyOffset from here on no cleaning has been through
 * @param endOffset exclusive end of the segments
 * @param cleanBytes bytes of the segments below {@code dirtyOffset}
 * @param dirtyBytes bytes of the others
 * @param due not to be put off any longer (max.compaction.lag.ms)
 * @param expired nothing need be new: delete horizons have passed (delete.retention.ms, KIP-534)
 */
record CleaningPlan(
        List<CleanableSegment> segments,
        long dirtyOffset,
        long endOffset,
        long cleanBytes,
        long dirtyBytes,
        boolean due,
        boolean expired) {
    CleaningPlan {
        segments = List.copyOf(segments);
    }

    static CleaningPlan of(View view, LogConfig.Compaction rules, long nowMs)
            throws CleaningAbortedException, LogDirOfflineException {
        long dirtyOffset = Math.max(view.cleanedEnd(), view.logStartOffset());
        long cleanBytes = 0;
        long dirtyBytes = 0;
        boolean due = false;
        int n = 0;
        for (CleanableSegment segment : view.segments()) {
            if (segment.endOffset() <= dirtyOffset) {
                cleanBytes += segment.sizeInBytes();
            } else {
                if (rules.minLagMs() > 0 && nowMs - segment.newestTimestampMs() < rules.minLagMs()) {
                    break;
                }
                if (dirtyBytes == 0 && rules.maxLagMs() < Long.MAX_VALUE) {
                    due |= nowMs - segment.firstTimestampMs() > rules.maxLagMs();
                }
                dirtyBytes += segment.sizeInBytes();
            }
            n++;
        }
        List<CleanableSegment> segments = view.segments().subList(0, n);
        long endOffset = n == 0 ? dirtyOffset : segments.get(n - 1).endOffset();
        // The latest horizon, so that what a cleaning has left costs one more at most, when all of it may go.
        boolean expired = cleanBytes > 0 && nowMs >= view.latestHorizonMs();
        return new CleaningPlan(segments, dirtyOffset, endOffset, cleanBytes, dirtyBytes, due, expired);
    }

    /** Part of the bytes that no cleaning has been through. */
    double dirtyRatio() {
        return dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
    }

    boolean isWorthwhile(LogConfig.Compaction rules) {
        return expired || (dirtyBytes > 0 && (due || dirtyRatio() > rules.minDirtyRatio()));
    }
}
