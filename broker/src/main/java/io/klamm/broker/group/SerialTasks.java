/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tasks that run one after the other on a pool that many share; what is offered is bounded. Thread-safe. */
final class SerialTasks {
    private static final Logger LOG = LoggerFactory.getLogger(SerialTasks.class);

    /** Others get a turn after so many. */
    private static final int TURN = 64;

    private final Executor pool;
    private final int bound;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    /** @param bound how many may wait when one more is offered */
    SerialTasks(Executor pool, int bound) {
        this.pool = pool;
        this.bound = bound;
    }

    /** For what somebody outside wants. False when too many wait, or the pool has been shut down: the task will not run. */
    boolean offer(Runnable task) {
        return add(task, bound);
    }

    /** For timers and news, of which there are only as many as there are things to watch. Nothing happens after a shutdown. */
    void execute(Runnable task) {
        add(task, Integer.MAX_VALUE);
    }

    private boolean add(Runnable task, int most) {
        synchronized (waiting) {
            if (waiting.size() >= most) {
                return false;
            }
            waiting.add(task);
            if (running) {
                return true;
            }
            running = true;
        }
        return submit();
    }

    private boolean submit() {
        try {
            pool.execute(this::turn);
            return true;
        } catch (RejectedExecutionException e) {
            synchronized (waiting) {
                running = false;
                waiting.clear();
            }
            return false;
        }
    }

    private void turn() {
        for (int i = 0; i < TURN; i++) {
            Runnable task = next();
            if (task == null) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("a task failed", e); // the others, and whoever waits for them, go on
            }
        }
        submit();
    }

    private @Nullable Runnable next() {
        synchronized (waiting) {
            Runnable task = waiting.poll();
            running = task != null;
            return task;
        }
    }
}
