/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Who waits for news of a partition: fetches that are parked, and fetch sessions between two requests, so that a request need not look at
 * partitions without news. A fetch whose end has passed its offset is woken once and leaves; its owner looks again and waits anew. There
 * are no more of them than fetch requests in memory and partitions in sessions, which are both bounded. Guarded by the partition's lock.
 */
final class FetchWaiters {
    /** Which end a fetch reads to. */
    enum End {
        LOG,
        HIGH_WATERMARK,
        STABLE;

        static End of(FetchSpec spec) {
            return spec.fromFollower() ? LOG : spec.readCommitted() ? STABLE : HIGH_WATERMARK;
        }
    }

    /** One waiting fetch; identity counts. */
    static final class Waiter {
        private final End end;
        private final long fetchOffset;
        private final long seenHighWatermark;
        private final long seenStable;
        private final long seenStart;
        private final FetchWatcher watcher;
        private boolean told;

        /** @param seen what its latest read returned */
        Waiter(FetchSpec spec, FetchOutcome seen, FetchWatcher watcher) {
            this.end = End.of(spec);
            this.fetchOffset = spec.fetchOffset();
            this.seenHighWatermark = seen.highWatermark();
            this.seenStable = seen.lastStableOffset();
            this.seenStart = seen.logStartOffset();
            this.watcher = watcher;
        }

        private boolean canReadOn(Ends ends) {
            long readable =
                    switch (end) {
                        case LOG -> ends.log;
                        case HIGH_WATERMARK -> ends.highWatermark;
                        case STABLE -> ends.stable;
                    };
            // A follower lets its own log start there, which whoever deletes records waits for.
            return readable > fetchOffset || (end == End.LOG && ends.start != seenStart);
        }

        private boolean hasMoved(Ends ends) {
            return ends.highWatermark != seenHighWatermark || ends.stable != seenStable || ends.start != seenStart;
        }
    }

    /** Where a log starts, and the ends of what may be read, exclusive. */
    record Ends(long start, long log, long highWatermark, long stable) {}

    private final Set<Waiter> waiters = new LinkedHashSet<>();

    /** Lets one wait, unless there is what it waits for already. Costs the same however many wait. */
    void park(Waiter waiter, Ends ends, Effects effects) {
        if (!wakes(waiter, ends, effects)) {
            waiters.add(waiter);
        }
    }

    void cancel(Waiter waiter) {
        waiters.remove(waiter);
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    /** Wakes those that can read on, and tells the others what else has moved. */
    void advance(Ends ends, Effects effects) {
        waiters.removeIf(waiter -> wakes(waiter, ends, effects));
    }

    private static boolean wakes(Waiter waiter, Ends ends, Effects effects) {
        if (waiter.canReadOn(ends)) {
            effects.add(waiter.watcher::wake);
            return true;
        }
        if (!waiter.told && waiter.hasMoved(ends)) {
            waiter.told = true;
            effects.add(waiter.watcher::stateMoved);
        }
        return false;
    }

    /** The role has changed: each must look again. */
    void wakeAll(Effects effects) {
        waiters.forEach(waiter -> effects.add(waiter.watcher::wake));
        waiters.clear();
    }
}
