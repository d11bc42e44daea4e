/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import java.util.Arrays;

/**
 * Pauses between acknowledgements, for each partition by itself. A pause that a fault causes begins with the last acknowledgement before
 * it. Times are monotonic nanoseconds. Thread-safe.
 */
final class AckGaps {
    private static final long NONE = Long.MIN_VALUE;

    private final long[] last;
    private final long[] longest;
    /** Send time of the newest record acknowledged. */
    private final long[] newestSent;

    AckGaps(int partitions) {
        last = new long[partitions];
        longest = new long[partitions];
        newestSent = new long[partitions];
        Arrays.fill(last, NONE);
        Arrays.fill(newestSent, NONE);
    }

    synchronized void acknowledged(int partition, long sentNanos, long nowNanos) {
        if (last[partition] != NONE) {
            longest[partition] = Math.max(longest[partition], nowNanos - last[partition]);
        }
        last[partition] = nowNanos;
        newestSent[partition] = newestSent[partition] == NONE ? sentNanos : Math.max(newestSent[partition], sentNanos);
    }

    /** Forgets the pauses that are over. The one that is open goes on. */
    synchronized void begin() {
        Arrays.fill(longest, 0);
    }

    /** Whether every partition has acknowledged a record that was sent after {@code nanos}. */
    synchronized boolean allAcknowledgedAfter(long nanos) {
        return Arrays.stream(newestSent).allMatch(sent -> sent != NONE && sent - nanos > 0);
    }

    /** The longest pause of any partition since {@link #begin}, the open ones included. */
    synchronized long longestNanos(long nowNanos) {
        long result = 0;
        for (int partition = 0; partition < last.length; partition++) {
            long open = last[partition] == NONE ? 0 : nowNanos - last[partition];
            result = Math.max(result, Math.max(longest[partition], open));
        }
        return result;
    }
}
