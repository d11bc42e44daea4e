/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of the controller. An executor keeps what a task throws in a future that nobody reads; here it is told to
 * {@code failed}, on the same thread.
 */
final class ControllerThread implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerThread.class);

    private final ScheduledExecutorService executor;
    private final Consumer<Throwable> failed;

    ControllerThread(ScheduledExecutorService executor, Consumer<Throwable> failed) {
        this.executor = executor;
        this.failed = failed;
    }

    /** @throws RejectedExecutionException when the executor is stopped */
    @Override
    public void execute(Runnable task) {
        executor.execute(guarded(task));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // guarded, and never cancelled
    void schedule(Runnable task, long delayMs) {
        try {
            executor.schedule(guarded(task), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The controller's executor is stopped; nothing is scheduled any more");
        }
    }

    /** Goes on, on this thread, when {@code future} is complete; one of the two arguments is null. */
    @SuppressWarnings("FutureReturnValueIgnored") // what follows is guarded
    <T> void then(CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> next) {
        future.whenComplete((result, error) -> execute(() -> next.accept(result, error)));
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable e) {
                failed.accept(e);
            }
        };
    }
}
