/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A daemon thread that keeps its failure for those who ask: nobody's work ends without a word. Thread-safe. */
public final class WorkerThread {
    private final Thread thread;
    private volatile @Nullable Throwable failure;

    /** What a thread does until it is told, by other means, that it is over. */
    public interface Work {
        void run() throws Exception;
    }

    /** Makes it; {@link #start} starts it. */
    public WorkerThread(String name, Work work) {
        thread = new Thread(() -> run(work), name);
        thread.setDaemon(true);
    }

    private void run(Work work) {
        try {
            work.run();
        } catch (Exception | Error e) {
            failure = e;
        }
    }

    public WorkerThread start() {
        thread.start();
        return this;
    }

    /** @throws AssertionError when its work has failed */
    public void check() {
        Throwable cause = failure;
        if (cause != null) {
            throw new AssertionError(thread.getName() + " failed: " + cause, cause);
        }
    }

    /** Whether it still works. */
    public boolean isAlive() {
        return thread.isAlive();
    }

    /**
     * Waits until it has ended. One that was never started has.
     *
     * @throws AssertionError when it does not end in time, or its work has failed
     */
    public void end(Duration atMost) {
        join(atMost);
        if (thread.isAlive()) {
            throw new AssertionError(thread.getName() + " did not end within " + atMost.toSeconds() + " s");
        }
        check();
    }

    /** Waits until it has ended, or for so long, or until the caller is interrupted; a failure stays what {@link #check} tells. */
    public void join(Duration atMost) {
        try {
            thread.join(atMost.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a wait of it before its time, see LockSupport.unpark. */
    public void wake() {
        LockSupport.unpark(thread);
    }
}
