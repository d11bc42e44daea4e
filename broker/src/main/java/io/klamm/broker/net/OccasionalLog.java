/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Lets one line through per interval, and tells how many it kept back since: bad clients must not fill the disk. Thread-safe. */
public final class OccasionalLog {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LongSupplier nanos;
    private final AtomicLong next;
    private final AtomicLong keptBack = new AtomicLong();

    /** @param nanos monotonic clock */
    public OccasionalLog(LongSupplier nanos) {
        this.nanos = nanos;
        this.next = new AtomicLong(nanos.getAsLong());
    }

    /** @param line gets a suffix for the line: empty, or how many were kept back */
    public void log(Consumer<String> line) {
        long now = nanos.getAsLong();
        long due = next.get();
        if (now - due >= 0 && next.compareAndSet(due, now + INTERVAL_NANOS)) {
            long count = keptBack.getAndSet(0);
            line.accept(count == 0 ? "" : " (and " + count + " more since the last such line)");
        } else {
            keptBack.incrementAndGet();
        }
    }
}
