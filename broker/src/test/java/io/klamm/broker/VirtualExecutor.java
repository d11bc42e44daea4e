/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One thread and its clock, both in the hands of the test: tasks run on its thread, those due at the same time in the order of submission, and
 * what they throw fails it.
 */
public final class VirtualExecutor extends AbstractExecutorService implements ScheduledExecutorService {
    private static final class Task implements ScheduledFuture<Object> {
        final long dueNanos;
        final long order;
        final Runnable work;
        final CompletableFuture<Object> result = new CompletableFuture<>();

        Task(long dueNanos, long order, Runnable work) {
            this.dueNanos = dueNanos;
            this.order = order;
            this.work = work;
        }

        void run() {
            if (!result.isDone()) {
                work.run();
                result.complete(null);
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            return result.cancel(mayInterrupt);
        }

        @Override
        public boolean isCancelled() {
            return result.isCancelled();
        }

        @Override
        public boolean isDone() {
            return result.isDone();
        }

        @Override
        public Object get() throws InterruptedException, ExecutionException {
            return result.get();
        }

        @Override
        public Object get(long timeout, TimeUnit unit)
                throws InterruptedException, ExecutionException, TimeoutException {
            return result.get(timeout, unit);
        }
    }

    private static final int MOST_AT_ONCE = 1_000_000;

    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.<Task>comparingLong(task -> task.dueNanos).thenComparingLong(task -> task.order));
    private long nowNanos = 1_000;
    private long order;
    private boolean stopped;

    public long nanoTime() {
        return nowNanos;
    }

    /** Runs what is due now, and what that makes due. */
    public void runDue() {
        int ran = 0;
        while (!tasks.isEmpty() && tasks.peek().dueNanos <= nowNanos) {
            tasks.remove().run();
            if (++ran > MOST_AT_ONCE) {
                throw new AssertionError("no end of tasks that are due at once");
            }
        }
    }

    /** Tasks that wait for their time. */
    public int timers() {
        return (int) tasks.stream()
                .filter(task -> task.dueNanos > nowNanos && !task.isDone())
                .count();
    }

    /** Lets time pass, running everything at its time. */
    public void advance(long ms) {
        long end = nowNanos + TimeUnit.MILLISECONDS.toNanos(ms);
        runDue();
        while (!tasks.isEmpty() && tasks.peek().dueNanos <= end) {
            nowNanos = tasks.peek().dueNanos;
            runDue();
        }
        nowNanos = end;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the work is the test's own
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        if (stopped) {
            throw new RejectedExecutionException();
        }
        Task task = new Task(nowNanos + unit.toNanos(delay), order++, command);
        tasks.add(task);
        return task;
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
        stopped = true;
        tasks.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return stopped;
    }

    @Override
    public boolean isTerminated() {
        return stopped;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return stopped;
    }
}
