/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs things later; real in a node, virtual in a simulation. */
@FunctionalInterface
public interface Scheduler {
    /**
     * Runs {@code task} once, after the delay, on a thread of the scheduler.
     *
     * @return cancels it; idempotent, no effect once it runs
     */
    Runnable schedule(long delayNanos, Runnable task);

    /** On a JDK scheduler. What is scheduled after its shutdown never runs. */
    static Scheduler on(ScheduledExecutorService executor) {
        return (delayNanos, task) -> {
            Future<?> future = executor.schedule(task, Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        };
    }
}
