/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A scheduler in virtual time: tasks run on the test's thread, only while it advances. */
final class VirtualScheduler extends AbstractExecutorService implements ScheduledExecutorService {
    private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>(
            Comparator.comparingLong((Task<?> task) -> task.atNanos).thenComparing(task -> task.order));
    private long nowNanos = 1_000_000_000L;
    private long order;

    long nanoTime() {
        return nowNanos;
    }

    /** Runs everything that is due within the next {@code ms}, in order. */
    void advance(long ms) {
        long end = nowNanos + TimeUnit.MILLISECONDS.toNanos(ms);
        while (!tasks.isEmpty() && tasks.peek().atNanos <= end) {
            Task<?> task = tasks.remove();
            nowNanos = Math.max(nowNanos, task.atNanos);
            task.run();
            task.rethrow();
        }
        nowNanos = end;
    }

    private final class Task<T> extends FutureTask<T> implements ScheduledFuture<T> {
        private final long atNanos;
        private final long order;
        private @Nullable Throwable failure;

        Task(Callable<T> work, long atNanos, long order) {
            super(work);
            this.atNanos = atNanos;
            this.order = order;
        }

        @Override
        protected void setException(Throwable thrown) {
            failure = thrown;
            super.setException(thrown);
        }

        void rethrow() {
            if (failure != null) {
                throw new AssertionError("a scheduled task failed", failure);
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(atNanos - nowNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // advance rethrows
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return schedule(
                () -> {
                    command.run();
                    return null;
                },
                delay,
                unit);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        Task<V> task = new Task<>(callable, nowNanos + unit.toNanos(delay), order++);
        tasks.add(task);
        return task;
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
        tasks.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
        List<Runnable> left = new ArrayList<>(tasks);
        tasks.clear();
        return left;
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }
}
