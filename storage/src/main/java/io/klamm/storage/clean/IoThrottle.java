/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A bound on bytes per second, for all who share it together. It tells how long to wait and does not wait itself. Idle time is not
 * saved up. Thread-safe.
 */
final class IoThrottle {
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_WAIT_NANOS = TimeUnit.HOURS.toNanos(1);

    private final double bytesPerSecond;
    private final LongSupplier nanoTime;
    private long freeAtNanos;

    IoThrottle(double bytesPerSecond, LongSupplier nanoTime) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoTime = nanoTime;
        this.freeAtNanos = nanoTime.getAsLong();
    }

    /** These bytes have been moved. @return the time on the monotonic clock from which on more may be */
    synchronized long moved(int bytes) {
        long now = nanoTime.getAsLong();
        if (freeAtNanos - now < 0) {
            freeAtNanos = now;
        }
        freeAtNanos += (long) Math.min((double) MAX_WAIT_NANOS, bytes / bytesPerSecond * NANOS);
        return freeAtNanos;
    }
}
