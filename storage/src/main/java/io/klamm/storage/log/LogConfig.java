/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.CompressionLevels;

/**
 * Settings of one log, resolved from topic, broker and built-in defaults. Property names in brackets.
 *
 * @param segmentBytes a segment rolls before it exceeds this (segment.bytes)
 * @param segmentMs a segment rolls when its first record is older (segment.ms)
 * @param segmentJitterMs random part taken off segmentMs (segment.jitter.ms)
 * @param indexIntervalBytes bytes between index entries (index.interval.bytes)
 * @param indexMaxBytes size bound of an index file (segment.index.bytes)
 * @param flush when appends are forced to disk
 * @param validation what an append must fulfil
 * @param retention what is deleted or compacted
 * @param compaction when a compacted log is cleaned, and what of it
 */
public record LogConfig(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int indexIntervalBytes,
        int indexMaxBytes,
        Flush flush,
        Validation validation,
        Retention retention,
        Compaction compaction) {

    /** With the defaults of compaction. */
    public LogConfig(
            int segmentBytes,
            long segmentMs,
            long segmentJitterMs,
            int indexIntervalBytes,
            int indexMaxBytes,
            Flush flush,
            Validation validation,
            Retention retention) {
        this(
                segmentBytes,
                segmentMs,
                segmentJitterMs,
                indexIntervalBytes,
                indexMaxBytes,
                flush,
                validation,
                retention,
                Compaction.DEFAULT);
    }

    public static final LogConfig DEFAULT = new LogConfig(
            1 << 30,
            7L * 24 * 3600 * 1000,
            0,
            4096,
            10 << 20,
            new Flush(Long.MAX_VALUE, Long.MAX_VALUE),
            new Validation(1_048_588, false, Long.MAX_VALUE, 3_600_000L, "producer"),
            new Retention(true, false, 7L * 24 * 3600 * 1000, -1, 60_000),
            Compaction.DEFAULT);

    /**
     * @param messages records between forced flushes, 1 = every append is durable before it counts (flush.messages)
     * @param ms time between forced flushes (flush.ms)
     */
    public record Flush(long messages, long ms) {}

    /**
     * @param maxMessageBytes largest batch (max.message.bytes)
     * @param logAppendTime stamp batches with the broker's clock (message.timestamp.type=LogAppendTime)
     * @param timestampBeforeMaxMs how far behind the clock a timestamp may be (message.timestamp.before.max.ms)
     * @param timestampAfterMaxMs how far ahead of the clock a timestamp may be (message.timestamp.after.max.ms)
     * @param compressionType producer, or the codec every batch is brought to (compression.type)
     * @param levels how hard codecs try where batches are compressed here: for a compressionType, and when a compacted batch loses records
     *     (compression.gzip.level and so on, KIP-390)
     */
    public record Validation(
            int maxMessageBytes,
            boolean logAppendTime,
            long timestampBeforeMaxMs,
            long timestampAfterMaxMs,
            String compressionType,
            CompressionLevels levels) {
        /** With the default levels. */
        public Validation(
                int maxMessageBytes,
                boolean logAppendTime,
                long timestampBeforeMaxMs,
                long timestampAfterMaxMs,
                String compressionType) {
            this(
                    maxMessageBytes,
                    logAppendTime,
                    timestampBeforeMaxMs,
                    timestampAfterMaxMs,
                    compressionType,
                    CompressionLevels.DEFAULT);
        }

        private static final long LEAST_DECOMPRESSED_BYTES = 16L << 20;
        private static final long MOST_DECOMPRESSED_BYTES = 64L << 20;
        private static final int LIKELY_COMPRESSION = 32;

        /**
         * Bound of what may come out of the codecs of one append, where its records must be looked at or compressed anew, and of a batch
         * that is cleaned: a few kilobytes can claim to be gigabytes.
         */
        public long maxDecompressedBytes() {
            long likely = (long) LIKELY_COMPRESSION * maxMessageBytes;
            return Math.max(LEAST_DECOMPRESSED_BYTES, Math.min(MOST_DECOMPRESSED_BYTES, likely));
        }
    }

    /**
     * @param delete cleanup.policy contains delete
     * @param compact cleanup.policy contains compact
     * @param retentionMs age bound, -1 = none (retention.ms)
     * @param retentionBytes size bound, -1 = none (retention.bytes)
     * @param fileDeleteDelayMs time between unlinking from the log and deletion (file.delete.delay.ms)
     */
    public record Retention(
            boolean delete, boolean compact, long retentionMs, long retentionBytes, long fileDeleteDelayMs) {}

    /**
     * @param minDirtyRatio a log is cleaned when more than this part of it is new (min.cleanable.dirty.ratio)
     * @param deleteRetentionMs how long tombstones and the markers of vanished transactions stay readable, from the first
     *     cleaning on (delete.retention.ms, KIP-534)
     * @param minLagMs younger records are not cleaned (min.compaction.lag.ms)
     * @param maxLagMs a log with older records that were never cleaned is cleaned whatever the ratio (max.compaction.lag.ms, KIP-354)
     */
    public record Compaction(double minDirtyRatio, long deleteRetentionMs, long minLagMs, long maxLagMs) {
        public static final Compaction DEFAULT = new Compaction(0.5, 86_400_000, 0, Long.MAX_VALUE);
    }

    /** How old a segment may become before it rolls: a compacted log must seal what is due to be cleaned. */
    long maxSegmentAgeMs() {
        return retention.compact() ? Math.min(segmentMs, compaction.maxLagMs()) : segmentMs;
    }
}
