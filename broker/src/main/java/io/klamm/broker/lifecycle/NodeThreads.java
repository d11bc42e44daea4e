/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.replication.wire.Transport;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All threads of a node, by what they are for (design D7). The control event loop and the control thread carry heartbeats, the
 * CONTROLLER listener and what is asked of the controller: nothing that has to do with data, so that they never wait for it.
 */
final class NodeThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeThreads.class);
    private static final int MAX_BLOCKING_TASKS = 100_000;
    private static final int GROUP_THREADS = 2;
    private static final int COLD_READ_THREADS = 4;
    /** One for each range of a fetch that is to be brought into memory. */
    private static final int MAX_COLD_READS = 1_000;

    private static final long STOP_TIMEOUT_MS = 5_000;

    private final int nodeId;
    private final Consumer<Throwable> fault;
    private final Deque<ExecutorService> executors = new ArrayDeque<>();
    private final Deque<EventLoopGroup> loops = new ArrayDeque<>();
    private volatile boolean closing;

    final Transport transport = Transport.best();
    /** Heartbeats, the CONTROLLER listener, questions to the controller. */
    final EventLoopGroup controlLoop;
    /** Client and inter-broker listeners, follower fetches. */
    final EventLoopGroup dataLoops;
    /** The broker's life cycle and retries of questions to the controller. */
    final ScheduledExecutorService control;
    /** Deadlines of replicas and of parked requests. */
    final ScheduledExecutorService timer;
    /** What is done from time to time and waits for no disk; what has to do with a log dir that has failed. */
    final ScheduledExecutorService maintenance;
    /** Group coordinators: what they do is short and never blocks but in the page cache. */
    final ExecutorService groups;
    /** Brings old records from disk into memory for those who fetch them; rejects what is too much. */
    final ExecutorService coldReads;
    /** Decompresses and compresses what producers send, where that is needed; rejects what is too much. */
    final ExecutorService codecs;
    /** What may block on a disk or on a name look-up. */
    final ExecutorService blocking;

    /**
     * @param networkThreads num.network.threads
     * @param ioThreads num.io.threads
     * @param fault told when a task of a thread fails that the node cannot do without
     */
    NodeThreads(int nodeId, int networkThreads, int ioThreads, Consumer<Throwable> fault) {
        this.nodeId = nodeId;
        this.fault = fault;
        this.controlLoop = eventLoops(1, "control-loop-" + nodeId);
        this.dataLoops = eventLoops(networkThreads, "data-loop-" + nodeId);
        this.control = vital("control");
        this.timer = single("timer", failure -> {});
        this.maintenance = single("maintenance", failure -> {});
        this.groups = pool(GROUP_THREADS, MAX_BLOCKING_TASKS, "groups");
        this.coldReads = pool(COLD_READ_THREADS, MAX_COLD_READS, "cold-reads");
        this.codecs = pool(Runtime.getRuntime().availableProcessors(), MAX_BLOCKING_TASKS, "codecs");
        this.blocking = pool(ioThreads, MAX_BLOCKING_TASKS, "blocking");
    }

    private ExecutorService pool(int threads, int mostTasks, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(mostTasks),
                factory(name),
                new ThreadPoolExecutor.AbortPolicy());
        pool.allowCoreThreadTimeOut(true);
        executors.push(pool);
        return pool;
    }

    private EventLoopGroup eventLoops(int threads, String name) {
        EventLoopGroup group = transport.newEventLoops(threads, name);
        loops.push(group);
        return group;
    }

    /**
     * One more single thread, stopped with the others. What one of its tasks throws is a fault of the node: the loops of
     * tasks that run here (heartbeats, sessions, following the metadata) would end without a word.
     */
    ScheduledExecutorService vital(String purpose) {
        return single(purpose, fault);
    }

    /** What is done from time to time for one log dir: a disk that hangs keeps only its own thread waiting. */
    ScheduledExecutorService upkeep(Path logDir) {
        return single("upkeep-" + logDir.getFileName(), failure -> {});
    }

    private ScheduledExecutorService single(String purpose, Consumer<Throwable> failed) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, factory(purpose)) {
            @Override
            protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
                Throwable failure = thrown == null ? failureOf(task) : thrown;
                if (closing && failure instanceof RejectedExecutionException) {
                    return; // it wanted to go on, or others to, on a node that stops
                }
                if (failure != null) {
                    LOG.error("A task of {}-{} failed", purpose, nodeId, failure);
                    failed.accept(failure);
                }
            }
        };
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        executors.push(executor);
        return executor;
    }

    /** A scheduled task keeps what it threw to itself until somebody asks. */
    private static @Nullable Throwable failureOf(Runnable task) {
        if (!(task instanceof Future<?> future) || !future.isDone() || future.isCancelled()) {
            return null;
        }
        try {
            future.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private ThreadFactory factory(String purpose) {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, purpose + "-" + nodeId + "-" + number.getAndIncrement());
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler(
                    (failed, failure) -> LOG.error("Thread {} failed", failed.getName(), failure));
            return thread;
        };
    }

    /** Event loops first: what their connections still complete finds the executors running. */
    @Override
    public void close() {
        closing = true;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS);
        List<io.netty.util.concurrent.Future<?>> ends = new ArrayList<>();
        loops.forEach(group -> ends.add(group.shutdownGracefully(0, STOP_TIMEOUT_MS / 2, TimeUnit.MILLISECONDS)));
        ends.forEach(end -> end.awaitUninterruptibly(leftMs(deadline)));
        executors.forEach(ExecutorService::shutdown);
        for (ExecutorService executor : executors) {
            try {
                if (!executor.awaitTermination(leftMs(deadline), TimeUnit.MILLISECONDS)) {
                    LOG.warn("A thread of node {} did not stop in time", nodeId);
                    executor.shutdownNow();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                executor.shutdownNow();
            }
        }
    }

    private static long leftMs(long deadlineNanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
    }
}
