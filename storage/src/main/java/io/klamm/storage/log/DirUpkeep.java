/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done from time to time for the logs of one log dir. It waits for that dir's disk and for no other: where each dir has a thread of
 * its own for it, a disk that hangs keeps nothing waiting but what is on it. Never on an event loop.
 */
public final class DirUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(DirUpkeep.class);
    /** Checked in a fraction of a second by one thread. */
    private static final long MAX_BYTES_TO_RECOVER = 256L << 20;

    private final Collection<OpenLog> logs;
    private final StoreDir dir;

    /** @param logs a live view of all of the store, those in other dirs included */
    DirUpkeep(Collection<OpenLog> logs, StoreDir dir) {
        this.logs = logs;
        this.dir = dir;
    }

    public Path directory() {
        return dir.dir().path();
    }

    private interface Task {
        void run(SegmentedLog log) throws LogDirOfflineException;
    }

    private void forAll(Task task) {
        for (OpenLog open : logs) {
            if (open.dir() == dir && !dir.isUpkeepEnded()) {
                try {
                    task.run(open.log());
                } catch (LogDirOfflineException e) {
                    LOG.debug("{} is left alone: {}", open.log(), e.getMessage()); // logged when its dir went offline
                }
            }
        }
    }

    /** What is due often: flush.ms, rolls by time, files whose delay is over, checkpoints. Cheap where there is nothing to do. */
    public void maintain() {
        dir.upkeep(() -> {
            forAll(SegmentedLog::maintain);
            dir.maintain();
        });
    }

    /** Drops segments by retention.ms, retention.bytes and log start, and forgets idle producers (log.retention.check.interval.ms). */
    public void enforceRetention() {
        dir.upkeep(() -> forAll(SegmentedLog::enforceRetention));
    }

    /** Moves recovery points so that a recovery stays short (log.flush.offset.checkpoint.interval.ms). */
    public void boundRecovery() {
        dir.upkeep(() -> boundRecovery(MAX_BYTES_TO_RECOVER));
    }

    /**
     * Lets the recovery points of those logs move that have the most behind them, so that what is left stays below a bound: the fewest
     * forces for a short recovery, whatever the number of logs.
     */
    void boundRecovery(long maxBytes) {
        List<Lagging> lagging = new ArrayList<>();
        long total = 0;
        for (OpenLog open : logs) {
            long bytes = open.dir() == dir ? open.log().bytesToRecover() : 0;
            if (bytes > 0) {
                lagging.add(new Lagging(open.log(), bytes));
                total += bytes;
            }
        }
        lagging.sort(Comparator.comparingLong(Lagging::bytes).reversed());
        for (Lagging each : lagging) {
            if (total <= maxBytes) {
                break;
            }
            each.log().requestCheckpoint();
            total -= each.bytes();
        }
    }

    private record Lagging(SegmentedLog log, long bytes) {}

    /**
     * Looks how full the disk is; from then on appends are refused, or go on.
     *
     * @return when to look again, in ms
     */
    public long checkSpace() {
        return dir.checkSpace();
    }
}
