/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import java.util.HashMap;
import java.util.Map;

/**
 * Logs that have a record of the same epoch at the same offset are equal up to it. That follows when every record that is ever appended
 * anywhere has the value, and the epoch before it, which the first one of that epoch and offset had. And an epoch starts at the same offset
 * in all of them, whatever is cleaned away.
 */
final class LogMatching {
    private static final int UNKNOWN = -1;

    private record Appended(long value, int previousEpoch) {}

    private final PartitionId id;
    /** By offset and epoch. */
    private final Map<Long, Appended> records = new HashMap<>();

    /** By epoch. */
    private final Map<Integer, Long> starts = new HashMap<>();

    private int previousEpoch;
    private long previousOffset;

    LogMatching(PartitionId id) {
        this.id = id;
    }

    /** The log has grown behind this end, or has another end. */
    void appended(InMemoryLog log, long before) {
        long from = Math.max(log.logStartOffset(), before);
        previousEpoch = UNKNOWN;
        if (from > log.logStartOffset()) {
            log.visit(from - 1, from, (offset, epoch, value) -> previousEpoch = epoch);
        }
        previousOffset = from - 1;
        log.visit(from, log.logEndOffset(), this::record);
        epochs(log);
    }

    /** But for the first one that a log knows: it may begin in the middle of that. */
    private void epochs(InMemoryLog log) {
        boolean first = true;
        for (Map.Entry<Integer, Long> epoch : log.epochs().entrySet()) {
            Long other = first ? null : starts.putIfAbsent(epoch.getKey(), epoch.getValue());
            if (other != null && !other.equals(epoch.getValue())) {
                throw Broken.promise("epoch %s of %s starts at %s and %s", epoch.getKey(), id, other, epoch.getValue());
            }
            first = false;
        }
    }

    private void record(long offset, int epoch, long value) {
        // What was between is cleaned away.
        Appended now = new Appended(value, offset == previousOffset + 1 ? previousEpoch : UNKNOWN);
        Appended first = records.putIfAbsent(offset << 20 | epoch, now);
        if (first != null) {
            boolean sameBefore = first.previousEpoch == now.previousEpoch
                    || first.previousEpoch == UNKNOWN
                    || now.previousEpoch == UNKNOWN;
            if (first.value != value || !sameBefore) {
                throw Broken.promise("at %s of %s in epoch %s: %s and %s", offset, id, epoch, first, now);
            }
        }
        previousEpoch = epoch;
        previousOffset = offset;
    }
}
