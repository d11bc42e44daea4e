/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Fetches parked at a partition, by the end each of them reads to. A fetch whose end has passed its offset is woken once and leaves;
 * its owner looks again and parks anew. There are no more of them than fetch requests in memory, which the connections bound.
 * Guarded by the partition's lock.
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

    /** One parked fetch; identity counts. */
    static final class Waiter {
        private final End end;
        private final long fetchOffset;
        private final Runnable wake;

        Waiter(FetchSpec spec, Runnable wake) {
            this.end = End.of(spec);
            this.fetchOffset = spec.fetchOffset();
            this.wake = wake;
        }
    }

    private final Set<Waiter> waiters = new LinkedHashSet<>();

    void park(Waiter waiter) {
        waiters.add(waiter);
    }

    void cancel(Waiter waiter) {
        waiters.remove(waiter);
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    /** Wakes those whose end has passed their offset. */
    void advance(long logEndOffset, long highWatermark, long lastStableOffset, Effects effects) {
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            long end =
                    switch (waiter.end) {
                        case LOG -> logEndOffset;
                        case HIGH_WATERMARK -> highWatermark;
                        case STABLE -> lastStableOffset;
                    };
            if (end > waiter.fetchOffset) {
                all.remove();
                effects.add(waiter.wake);
            }
        }
    }

    /** The role has changed: each must look again. */
    void wakeAll(Effects effects) {
        waiters.forEach(waiter -> effects.add(waiter.wake));
        waiters.clear();
    }
}
