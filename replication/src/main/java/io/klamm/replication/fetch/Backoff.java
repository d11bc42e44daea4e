/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import java.util.concurrent.TimeUnit;

/**
 * Pauses that start small, since a new leader is often only a moment behind this node in its metadata, and double up to a bound.
 */
final class Backoff {
    private static final long FIRST_MS = 10;
    /** 10 ms doubled eight times: after two and a half seconds, unless the bound of the pauses is very low. */
    private static final int LASTING = 8;

    private int failures;

    void reset() {
        failures = 0;
    }

    boolean first() {
        return failures == 0;
    }

    /** True once, when failures have gone on for seconds. */
    boolean lasting() {
        return failures == LASTING;
    }

    long nextNanos(long maxMs) {
        long pauseMs = Math.min(maxMs, FIRST_MS << Math.min(failures, 20));
        failures++;
        return TimeUnit.MILLISECONDS.toNanos(pauseMs);
    }
}
