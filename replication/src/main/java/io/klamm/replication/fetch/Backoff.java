/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import java.util.concurrent.TimeUnit;

/**
 * Pauses that start small, since a new leader is often only a moment behind this node in its metadata, and double up to a bound.
 */
final class Backoff {
    private static final long FIRST_MS = 10;

    private int failures;

    void reset() {
        failures = 0;
    }

    boolean first() {
        return failures == 0;
    }

    long nextNanos(long maxMs) {
        long pauseMs = Math.min(maxMs, FIRST_MS << Math.min(failures, 20));
        failures++;
        return TimeUnit.MILLISECONDS.toNanos(pauseMs);
    }
}
