/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** An event loop that runs when the test says so, in virtual time. */
final class ManualLoop extends AbstractExecutorService implements ScheduledExecutorService {
    private final Queue<Runnable> ready = new ArrayDeque<>();
    private final List<Timer> timers = new ArrayList<>();
    private long nowMs;
    boolean gone;

    /** Runs what is ready, and what that makes ready. */
    void run() {
        int steps = 0;
        for (Runnable task = ready.poll(); task != null; task = ready.poll()) {
            task.run();
            if (++steps > 10_000) {
                throw new AssertionError("the loop spins");
            }
        }
    }

    /** Lets time pass and runs what is due. */
    void advance(long ms) {
        run();
        nowMs += ms;
        timers.stream()
                .filter(timer -> timer.dueMs <= nowMs)
                .sorted(Comparator.comparingLong(timer -> timer.dueMs))
                .toList()
                .forEach(timer -> {
                    if (timers.remove(timer)) {
                        timer.run();
                    }
                });
        run();
    }

    int timers() {
        timers.removeIf(FutureTask::isCancelled);
        return timers.size();
    }

    @Override
    public void execute(Runnable command) {
        if (gone) {
            throw new RejectedExecutionException();
        }
        ready.add(command);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        Timer timer = new Timer(command, nowMs + unit.toMillis(delay));
        timers.add(timer);
        return timer;
    }

    private final class Timer extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long dueMs;

        Timer(Runnable task, long dueMs) {
            super(task, null);
            this.dueMs = dueMs;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueMs - nowMs, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
        gone = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        gone = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return gone;
    }

    @Override
    public boolean isTerminated() {
        return gone;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return gone;
    }
}
