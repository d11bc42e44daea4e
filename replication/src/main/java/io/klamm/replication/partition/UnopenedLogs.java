/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.log.LogPlace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicas whose logs found no room on their disks. They are tried again from time to time, one after the other, until one finds no room
 * again, which is the last to be tried next time. Bounded by the number of replicas. Thread-safe.
 */
final class UnopenedLogs {
    private static final Logger logger = LoggerFactory.getLogger(UnopenedLogs.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Scheduler scheduler;
    private final Executor workers;
    private final BiPredicate<PartitionId, LogPlace> opening;
    private final Map<PartitionId, LogPlace> waiting = new LinkedHashMap<>();
    private boolean scheduled;

    /**
     * @param workers where logs are opened
     * @param opening opens the log of a replica that was taken out of here before; if there is no room it adds it again and says false
     */
    UnopenedLogs(Scheduler scheduler, Executor workers, BiPredicate<PartitionId, LogPlace> opening) {
        this.scheduler = scheduler;
        this.workers = workers;
        this.opening = opening;
    }

    /** @param place where it was expected when it was asked for first */
    synchronized void add(PartitionId id, LogPlace place) {
        waiting.put(id, place);
        schedule();
    }

    synchronized boolean contains(PartitionId id) {
        return waiting.containsKey(id);
    }

    synchronized void remove(PartitionId id) {
        waiting.remove(id);
    }

    private synchronized void schedule() {
        if (!scheduled && !waiting.isEmpty()) {
            scheduled = true;
            scheduler.schedule(PAUSE_NANOS, this::begin);
        }
    }

    /** On the scheduler's thread, which must not wait for a disk. */
    private void begin() {
        try {
            workers.execute(this::tryAll);
        } catch (RejectedExecutionException e) {
            logger.debug("the workers are busy: {}", e.getMessage());
            again();
        }
    }

    private void tryAll() {
        try {
            boolean room = true;
            List<PartitionId> all;
            synchronized (this) {
                all = new ArrayList<>(waiting.keySet());
            }
            for (int i = 0; i < all.size() && room; i++) {
                LogPlace place;
                synchronized (this) {
                    place = waiting.remove(all.get(i));
                }
                room = place == null || opening.test(all.get(i), place);
            }
        } finally {
            again();
        }
    }

    private void again() {
        synchronized (this) {
            scheduled = false;
        }
        schedule();
    }
}
