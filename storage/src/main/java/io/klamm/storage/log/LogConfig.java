/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

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
 */
public record LogConfig(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int indexIntervalBytes,
        int indexMaxBytes,
        Flush flush,
        Validation validation,
        Retention retention) {

    public static final LogConfig DEFAULT = new LogConfig(
            1 << 30,
            7L * 24 * 3600 * 1000,
            0,
            4096,
            10 << 20,
            new Flush(Long.MAX_VALUE, Long.MAX_VALUE),
            new Validation(1_048_588, false, Long.MAX_VALUE, 3_600_000L, "producer"),
            new Retention(true, false, 7L * 24 * 3600 * 1000, -1, 60_000));

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
     */
    public record Validation(
            int maxMessageBytes,
            boolean logAppendTime,
            long timestampBeforeMaxMs,
            long timestampAfterMaxMs,
            String compressionType) {}

    /**
     * @param delete cleanup.policy contains delete
     * @param compact cleanup.policy contains compact
     * @param retentionMs age bound, -1 = none (retention.ms)
     * @param retentionBytes size bound, -1 = none (retention.bytes)
     * @param fileDeleteDelayMs time between unlinking from the log and deletion (file.delete.delay.ms)
     */
    public record Retention(
            boolean delete, boolean compact, long retentionMs, long retentionBytes, long fileDeleteDelayMs) {}
}
