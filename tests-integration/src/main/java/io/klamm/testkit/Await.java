/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits for conditions: the only place of the kit that polls. */
public final class Await {
    private static final long POLL_NANOS = 20_000_000;

    private Await() {}

    /**
     * Waits until {@code condition} is true. An exception of the condition counts as "not yet" and is the cause when time runs out.
     *
     * @throws AssertionError when it did not become true in time
     */
    public static void until(String what, Duration atMost, Callable<Boolean> condition) {
        get(what, atMost, () -> condition.call() ? Boolean.TRUE : null);
    }

    /** Waits until {@code supplier} gives something, and returns it. */
    public static <T> T get(String what, Duration atMost, Callable<@Nullable T> supplier) {
        long deadline = System.nanoTime() + atMost.toNanos();
        Exception last = null;
        do {
            try {
                T value = supplier.call();
                if (value != null) {
                    return value;
                }
                last = null;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for: " + what, e);
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(POLL_NANOS);
        } while (System.nanoTime() - deadline < 0);
        throw new AssertionError("not within " + atMost.toMillis() + " ms: " + what, last);
    }
}
