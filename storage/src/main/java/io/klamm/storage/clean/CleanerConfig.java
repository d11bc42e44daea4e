/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

/**
 * Settings of a node's cleaner. Property names in brackets.
 *
 * @param threads logs cleaned at the same time (log.cleaner.threads)
 * @param dedupeBufferBytes memory for keys, all threads (log.cleaner.dedupe.buffer.size)
 * @param loadFactor how full that memory may become (log.cleaner.io.buffer.load.factor)
 * @param ioBufferBytes memory for reading and writing, all threads (log.cleaner.io.buffer.size)
 * @param ioMaxBytesPerSecond bound on what is read and written, all threads (log.cleaner.io.max.bytes.per.second)
 * @param backoffMs pause of a thread that finds nothing to do (log.cleaner.backoff.ms)
 */
public record CleanerConfig(
        int threads,
        long dedupeBufferBytes,
        double loadFactor,
        int ioBufferBytes,
        double ioMaxBytesPerSecond,
        long backoffMs) {
    public static final CleanerConfig DEFAULT =
            new CleanerConfig(1, 128L << 20, 0.9, 512 << 10, Double.MAX_VALUE, 15_000);

    long mapBytes() {
        return dedupeBufferBytes / threads;
    }

    /** For reading, and as much for writing. */
    int bufferBytes() {
        return Math.max(4096, ioBufferBytes / threads / 2);
    }
}
