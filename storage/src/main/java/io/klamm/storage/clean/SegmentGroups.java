/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.log.CleanableSegment;
import io.klamm.storage.log.CleaningAbortedException;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import java.util.ArrayList;
import java.util.List;

/** Which segments become one: as many neighbours as fit into a segment by size, index and range of offsets. */
final class SegmentGroups {
    private SegmentGroups() {}

    static List<List<CleanableSegment>> of(List<CleanableSegment> segments, LogConfig config) throws CleaningAbortedException, LogDirOfflineException {
        List<List<CleanableSegment>> groups = new ArrayList<>();
        List<CleanableSegment> group = new ArrayList<>();
        long bytes = 0;
        long indexBytes = 0;
        for (CleanableSegment segment : segments) {
            boolean fits = group.isEmpty()
                    || (bytes + segment.sizeInBytes() <= config.segmentBytes()
                            && indexBytes + segment.indexBytes() <= config.indexMaxBytes()
                            && segment.endOffset() - 1 - group.get(0).baseOffset() <= Integer.MAX_VALUE);
            if (!fits) {
                groups.add(List.copyOf(group));
                group.clear();
                bytes = 0;
                indexBytes = 0;
            }
            group.add(segment);
            bytes += segment.sizeInBytes();
            indexBytes += segment.indexBytes();
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
