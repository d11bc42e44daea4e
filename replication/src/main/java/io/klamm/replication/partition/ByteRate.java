/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * So many bytes a second: a token bucket that holds what one second gives. Whoever takes more than there is leaves a debt, and nobody goes
 * on until it is paid; so one large answer is never cut, and the mean keeps to the rate. Time is passed in. Thread-safe.
 */
public final class ByteRate {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    /** Nobody waits longer at once: the rate may be raised meanwhile. */
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private long bytesPerSecond = Long.MAX_VALUE;
    private double bytes;
    private long filledNanos;

    /** Without a bound, until it is given one. */
    public ByteRate(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.filledNanos = nanoTime.getAsLong();
    }

    /** @param newBytesPerSecond from now on; {@link Long#MAX_VALUE} means without a bound, 0 that nothing may pass */
    public synchronized void set(long newBytesPerSecond) {
        if (newBytesPerSecond != bytesPerSecond) {
            fill();
            if (bytesPerSecond == Long.MAX_VALUE) {
                bytes = newBytesPerSecond; // full at first
            }
            bytesPerSecond = newBytesPerSecond;
            bytes = Math.min(bytes, (double) newBytesPerSecond);
        }
    }

    /** How long to wait before more may be taken, in nanoseconds, at most a second: 0 is now. */
    public synchronized long pauseNanos() {
        if (bytesPerSecond == Long.MAX_VALUE) {
            return 0;
        }
        fill();
        if (bytes > 0) {
            return 0;
        }
        double nanos = bytesPerSecond == 0 ? LONGEST_PAUSE_NANOS : (1 - bytes) / bytesPerSecond * NANOS_PER_SECOND;
        return Math.min(LONGEST_PAUSE_NANOS, (long) Math.ceil(nanos));
    }

    public synchronized void take(long count) {
        if (bytesPerSecond != Long.MAX_VALUE) {
            fill();
            bytes -= count;
        }
    }

    private void fill() {
        long now = nanoTime.getAsLong();
        if (bytesPerSecond != Long.MAX_VALUE) {
            bytes = Math.min((double) bytesPerSecond, bytes + (now - filledNanos) / NANOS_PER_SECOND * bytesPerSecond);
        }
        filledNanos = now;
    }
}
