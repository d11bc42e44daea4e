/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs the flushes of all logs of one dir on a small pool of its own, so that a disk that is slow, or hangs, delays only what is on it. A log
 * asks through a {@link Slot}: however often it asks, it waits in the queue at most once, so the queue is bounded by the number of logs,
 * and what is asked for while a round is running is covered by the next one (group commit): each file is forced once a round, different
 * files in parallel.
 */
final class LogFlusher {
    private final ExecutorService pool;

    LogFlusher(ExecutorService pool) {
        this.pool = pool;
    }

    Slot slot(Runnable work) {
        return new Slot(work);
    }

    /** Runs something once; completes when it has run. */
    CompletableFuture<Void> run(Runnable work) {
        return CompletableFuture.runAsync(work, pool);
    }

    /** Takes nothing more; what waits still runs. */
    void shutdown() {
        pool.shutdown();
    }

    /** @return whether everything has run */
    boolean awaitEnd(long timeoutMs) throws InterruptedException {
        return pool.awaitTermination(timeoutMs, TimeUnit.MILLISECONDS);
    }

    /** One kind of work of one log. */
    final class Slot {
        private final Runnable work;
        private final AtomicBoolean queued = new AtomicBoolean();

        private Slot(Runnable work) {
            this.work = work;
        }

        /** The work runs, from its beginning, some time after this call. Nothing happens once the pool has been shut down. */
        void request() {
            if (!queued.compareAndSet(false, true)) {
                return;
            }
            try {
                pool.execute(() -> {
                    queued.set(false); // before the work: later requests need another round
                    work.run();
                });
            } catch (RejectedExecutionException e) {
                queued.set(false); // shut down: closing a log completes those who wait for it
            }
        }
    }
}
