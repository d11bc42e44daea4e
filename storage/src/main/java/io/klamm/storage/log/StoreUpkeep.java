/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done for all logs of a store from time to time. */
final class StoreUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(StoreUpkeep.class);

    private final Collection<OpenLog> logs;
    private final Iterable<StoreDir> dirs;

    /** @param logs a live view */
    StoreUpkeep(Collection<OpenLog> logs, Iterable<StoreDir> dirs) {
        this.logs = logs;
        this.dirs = dirs;
    }

    private interface Task {
        void run(SegmentedLog log) throws LogDirOfflineException;
    }

    private void forAll(Task task) {
        for (OpenLog open : logs) {
            try {
                task.run(open.log());
            } catch (LogDirOfflineException e) {
                LOG.debug("{} is left alone: {}", open.log(), e.getMessage()); // logged when its dir went offline
            }
        }
    }

    void maintain() {
        forAll(SegmentedLog::maintain);
        dirs.forEach(StoreDir::maintain);
    }

    void enforceRetention() {
        forAll(SegmentedLog::enforceRetention);
    }

    /**
     * Lets the recovery points of those logs move that have the most behind them, so that what is left in each dir stays below a bound:
     * the fewest forces for a short recovery, whatever the number of logs.
     */
    void boundRecovery(long maxBytesPerDir) {
        for (StoreDir dir : dirs) {
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
                if (total <= maxBytesPerDir) {
                    break;
                }
                each.log().requestCheckpoint();
                total -= each.bytes();
            }
        }
    }

    private record Lagging(SegmentedLog log, long bytes) {}
}
