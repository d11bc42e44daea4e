/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.util.concurrent.atomic.AtomicLongArray;

/** Counts latencies in buckets that are at most 1/64 wide of what they hold. Thread-safe, fixed size. */
final class Latencies {
    private static final int SUB_BITS = 6;
    private static final int SUBS = 1 << SUB_BITS;
    private static final int BUCKETS = SUBS * (Long.SIZE - SUB_BITS);

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

    void record(long micros) {
        counts.incrementAndGet(bucket(Math.max(0, micros)));
    }

    /** Upper bound of the bucket below or in which this part of all latencies lies; 0 when there are none. */
    long percentile(double part) {
        long total = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            total += counts.get(bucket);
        }
        long wanted = (long) Math.ceil(total * part);
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS && total > 0; bucket++) {
            seen += counts.get(bucket);
            if (seen >= Math.max(1, wanted)) {
                return upper(bucket);
            }
        }
        return 0;
    }

    static int bucket(long micros) {
        if (micros < SUBS) {
            return (int) micros;
        }
        int shift = Long.SIZE - Long.numberOfLeadingZeros(micros) - SUB_BITS - 1;
        return (shift + 1) * SUBS + (int) ((micros >>> shift) - SUBS);
    }

    static long upper(int bucket) {
        if (bucket < SUBS) {
            return bucket;
        }
        int shift = bucket / SUBS - 1;
        long low = (long) (SUBS + bucket % SUBS) << shift;
        return low + (1L << shift) - 1;
    }
}
