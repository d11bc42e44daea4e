/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static io.klamm.broker.config.SettingType.BOOLEAN;
import static io.klamm.broker.config.SettingType.DOUBLE;
import static io.klamm.broker.config.SettingType.INT;
import static io.klamm.broker.config.SettingType.LIST;
import static io.klamm.broker.config.SettingType.LONG;
import static io.klamm.broker.config.SettingType.SHORT;
import static io.klamm.broker.config.SettingType.STRING;
import static io.klamm.broker.config.ValueRule.any;
import static io.klamm.broker.config.ValueRule.atLeast;
import static io.klamm.broker.config.ValueRule.atLeastOr;
import static io.klamm.broker.config.ValueRule.between;
import static io.klamm.broker.config.ValueRule.oneOf;
import static io.klamm.broker.config.ValueRule.someOf;

import java.util.ArrayList;
import java.util.List;

/** Defaults for the logs of all topics, and the shape of the internal topics. Topics may override most of these. */
public final class LogSettings {
    static final String[] COMPRESSION_TYPES = {"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"};

    private LogSettings() {}

    public static final Setting<Integer> SEGMENT_BYTES = Setting.dynamic(
            "log.segment.bytes", INT, "1073741824", atLeast(1024), "A segment rolls before it grows beyond this.");

    public static final Setting<Long> ROLL_MS = Setting.dynamic(
            "log.roll.ms",
            LONG,
            null,
            atLeast(1),
            "A segment whose first record is older rolls. Default: log.roll.hours.");

    public static final Setting<Integer> ROLL_HOURS =
            Setting.of("log.roll.hours", INT, "168", atLeast(1), "The same in hours.");

    public static final Setting<Long> ROLL_JITTER_MS = Setting.dynamic(
            "log.roll.jitter.ms",
            LONG,
            null,
            atLeast(0),
            "Random part taken off log.roll.ms. Default: log.roll.jitter.hours.");

    public static final Setting<Integer> ROLL_JITTER_HOURS =
            Setting.of("log.roll.jitter.hours", INT, "0", atLeast(0), "The same in hours.");

    public static final Setting<Long> RETENTION_MS = Setting.dynamic(
            "log.retention.ms",
            LONG,
            null,
            atLeast(-1),
            "Segments whose newest record is older are deleted; -1 keeps them. Default: log.retention.minutes, then"
                    + " hours.");

    public static final Setting<Integer> RETENTION_MINUTES =
            Setting.of("log.retention.minutes", INT, null, atLeast(-1), "The same in minutes.");

    public static final Setting<Integer> RETENTION_HOURS =
            Setting.of("log.retention.hours", INT, "168", atLeast(-1), "The same in hours.");

    public static final Setting<Long> RETENTION_BYTES = Setting.dynamic(
            "log.retention.bytes",
            LONG,
            "-1",
            atLeast(-1),
            "The oldest segments of a partition beyond this size are deleted; -1 keeps them.");

    public static final Setting<Long> RETENTION_CHECK_INTERVAL_MS = Setting.of(
            "log.retention.check.interval.ms", LONG, "300000", atLeast(1), "Time between checks of retention.");

    public static final Setting<List<String>> CLEANUP_POLICY = Setting.dynamic(
            "log.cleanup.policy",
            LIST,
            "delete",
            someOf("delete", "compact"),
            "delete by age and size, compact by key, or both.");

    public static final Setting<Integer> INDEX_SIZE_MAX_BYTES =
            Setting.dynamic("log.index.size.max.bytes", INT, "10485760", atLeast(24), "Size bound of an index file.");

    public static final Setting<Integer> INDEX_INTERVAL_BYTES = Setting.dynamic(
            "log.index.interval.bytes", INT, "4096", atLeast(0), "Bytes of records between two index entries.");

    public static final Setting<Long> FLUSH_INTERVAL_MESSAGES = Setting.dynamic(
            "log.flush.interval.messages",
            LONG,
            "9223372036854775807",
            atLeast(1),
            "Records between forced flushes; 1 makes every append durable before it is acknowledged.");

    public static final Setting<Long> FLUSH_INTERVAL_MS = Setting.dynamic(
            "log.flush.interval.ms",
            LONG,
            null,
            atLeast(0),
            "Time between forced flushes. Default: log.flush.scheduler.interval.ms.");

    public static final Setting<Long> FLUSH_SCHEDULER_INTERVAL_MS = Setting.of(
            "log.flush.scheduler.interval.ms",
            LONG,
            "9223372036854775807",
            atLeast(1),
            "How often logs are looked at for a due flush.");

    public static final Setting<Long> FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS = Setting.of(
            "log.flush.offset.checkpoint.interval.ms",
            LONG,
            "60000",
            atLeast(1),
            "How often recovery points are moved, by flushing the logs that have the most behind theirs, so that a"
                    + " start after a crash has little to check.");

    public static final Setting<Long> SEGMENT_DELETE_DELAY_MS = Setting.dynamic(
            "log.segment.delete.delay.ms",
            LONG,
            "60000",
            atLeast(0),
            "Time between taking a segment out of its log and deleting the file.");

    public static final Setting<Integer> MESSAGE_MAX_BYTES =
            Setting.dynamic("message.max.bytes", INT, "1048588", atLeast(0), "Largest record batch.");

    public static final Setting<String> MESSAGE_TIMESTAMP_TYPE = Setting.dynamic(
            "log.message.timestamp.type",
            STRING,
            "CreateTime",
            oneOf("CreateTime", "LogAppendTime"),
            "Whether records keep the producer's time or get the broker's.");

    public static final Setting<Long> MESSAGE_TIMESTAMP_BEFORE_MAX_MS = Setting.dynamic(
            "log.message.timestamp.before.max.ms",
            LONG,
            "9223372036854775807",
            atLeast(0),
            "How far behind the broker's clock a producer's time may be.");

    public static final Setting<Long> MESSAGE_TIMESTAMP_AFTER_MAX_MS = Setting.dynamic(
            "log.message.timestamp.after.max.ms",
            LONG,
            "3600000",
            atLeast(0),
            "How far ahead of the broker's clock a producer's time may be.");

    public static final Setting<String> COMPRESSION_TYPE = Setting.dynamic(
            "compression.type",
            STRING,
            "producer",
            oneOf(COMPRESSION_TYPES),
            "producer keeps batches as they came; any other value stores them so.");

    public static final Setting<Integer> COMPRESSION_GZIP_LEVEL = Setting.dynamic(
            "compression.gzip.level",
            INT,
            "-1",
            new ValueRule<>("-1, or between 1 and 9", level -> level == -1 || (level >= 1 && level <= 9)),
            "Level when the node compresses with gzip: compression.type, compaction.");

    public static final Setting<Integer> COMPRESSION_LZ4_LEVEL = Setting.dynamic(
            "compression.lz4.level",
            INT,
            "9",
            between(1, 17),
            "Level when the node compresses with lz4: compression.type, compaction.");

    public static final Setting<Integer> COMPRESSION_ZSTD_LEVEL = Setting.dynamic(
            "compression.zstd.level",
            INT,
            "3",
            between(-131_072, 22),
            "Level when the node compresses with zstd: compression.type, compaction.");

    public static final Setting<Boolean> UNCLEAN_LEADER_ELECTION_ENABLE = Setting.clusterOnly(
            "unclean.leader.election.enable",
            BOOLEAN,
            "false",
            any(),
            "Whether a partition that has lost all its in-sync and eligible replicas goes on with the longest log"
                    + " among the replicas that are there, without the acknowledged records that this one may lack.");

    // Cleaner

    public static final Setting<Boolean> CLEANER_ENABLE =
            Setting.of("log.cleaner.enable", BOOLEAN, "true", any(), "Whether compacted topics are compacted.");

    public static final Setting<Integer> CLEANER_THREADS =
            Setting.dynamic("log.cleaner.threads", INT, "1", between(1, 64), "Threads that compact.");

    public static final Setting<Long> CLEANER_DEDUPE_BUFFER_SIZE = Setting.dynamic(
            "log.cleaner.dedupe.buffer.size",
            LONG,
            "134217728",
            atLeast(1),
            "Memory for the keys of one compaction, all threads.");

    public static final Setting<Double> CLEANER_IO_BUFFER_LOAD_FACTOR = Setting.dynamic(
            "log.cleaner.io.buffer.load.factor",
            DOUBLE,
            "0.9",
            between(0, 1),
            "How full the memory for the keys may become, at most 0.95: fuller means fewer passes and slower"
                    + " look-ups.");

    public static final Setting<Integer> CLEANER_IO_BUFFER_SIZE = Setting.dynamic(
            "log.cleaner.io.buffer.size",
            INT,
            "524288",
            atLeast(1024),
            "Memory for reading and writing in compaction, all threads; more where a batch is larger.");

    public static final Setting<Double> CLEANER_IO_MAX_BYTES_PER_SECOND = Setting.dynamic(
            "log.cleaner.io.max.bytes.per.second",
            DOUBLE,
            "1.7976931348623157E308",
            new ValueRule<>("above 0", value -> value > 0),
            "Bound on what compaction reads and writes.");

    public static final Setting<Long> CLEANER_BACKOFF_MS = Setting.dynamic(
            "log.cleaner.backoff.ms", LONG, "15000", atLeast(0), "Pause of the cleaner when there is nothing to do.");

    public static final Setting<Double> CLEANER_MIN_CLEANABLE_RATIO = Setting.dynamic(
            "log.cleaner.min.cleanable.ratio",
            DOUBLE,
            "0.5",
            between(0, 1),
            "Part of a log that must be new before it is compacted again.");

    public static final Setting<Long> CLEANER_DELETE_RETENTION_MS = Setting.dynamic(
            "log.cleaner.delete.retention.ms", LONG, "86400000", atLeast(0), "How long tombstones stay readable.");

    public static final Setting<Long> CLEANER_MIN_COMPACTION_LAG_MS = Setting.dynamic(
            "log.cleaner.min.compaction.lag.ms", LONG, "0", atLeast(0), "A record is not compacted before this age.");

    public static final Setting<Long> CLEANER_MAX_COMPACTION_LAG_MS = Setting.dynamic(
            "log.cleaner.max.compaction.lag.ms",
            LONG,
            "9223372036854775807",
            atLeast(1),
            "A record beyond this age makes its log due for compaction.");

    // Internal topics

    public static final Setting<Integer> OFFSETS_TOPIC_NUM_PARTITIONS =
            Setting.of("offsets.topic.num.partitions", INT, "50", atLeast(1), "Partitions of __consumer_offsets.");

    public static final Setting<Short> OFFSETS_TOPIC_REPLICATION_FACTOR = Setting.of(
            "offsets.topic.replication.factor",
            SHORT,
            "-1",
            atLeastOr(1, -1),
            "Replicas of __consumer_offsets; -1 as default.replication.factor.");

    public static final Setting<Integer> OFFSETS_TOPIC_SEGMENT_BYTES = Setting.of(
            "offsets.topic.segment.bytes", INT, "104857600", atLeast(1024), "Segment size of __consumer_offsets.");

    public static final Setting<Integer> TRANSACTION_STATE_LOG_NUM_PARTITIONS = Setting.of(
            "transaction.state.log.num.partitions", INT, "50", atLeast(1), "Partitions of __transaction_state.");

    public static final Setting<Short> TRANSACTION_STATE_LOG_REPLICATION_FACTOR = Setting.of(
            "transaction.state.log.replication.factor",
            SHORT,
            "-1",
            atLeastOr(1, -1),
            "Replicas of __transaction_state; -1 as default.replication.factor.");

    public static final Setting<Integer> TRANSACTION_STATE_LOG_MIN_ISR = Setting.of(
            "transaction.state.log.min.isr",
            INT,
            "-1",
            atLeastOr(1, -1),
            "min.insync.replicas of __transaction_state; -1 as the cluster's default.");

    public static final Setting<Integer> TRANSACTION_STATE_LOG_SEGMENT_BYTES = Setting.of(
            "transaction.state.log.segment.bytes",
            INT,
            "104857600",
            atLeast(1024),
            "Segment size of __transaction_state.");

    static List<Setting<?>> all() {
        List<Setting<?>> settings = new ArrayList<>(List.of(
                SEGMENT_BYTES,
                ROLL_MS,
                ROLL_HOURS,
                ROLL_JITTER_MS,
                ROLL_JITTER_HOURS,
                RETENTION_MS,
                RETENTION_MINUTES,
                RETENTION_HOURS,
                RETENTION_BYTES,
                RETENTION_CHECK_INTERVAL_MS,
                CLEANUP_POLICY));
        settings.addAll(List.of(
                INDEX_SIZE_MAX_BYTES,
                INDEX_INTERVAL_BYTES,
                FLUSH_INTERVAL_MESSAGES,
                FLUSH_INTERVAL_MS,
                FLUSH_SCHEDULER_INTERVAL_MS,
                FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS,
                SEGMENT_DELETE_DELAY_MS,
                MESSAGE_MAX_BYTES,
                MESSAGE_TIMESTAMP_TYPE,
                MESSAGE_TIMESTAMP_BEFORE_MAX_MS,
                MESSAGE_TIMESTAMP_AFTER_MAX_MS,
                COMPRESSION_TYPE,
                COMPRESSION_GZIP_LEVEL,
                COMPRESSION_LZ4_LEVEL,
                COMPRESSION_ZSTD_LEVEL,
                UNCLEAN_LEADER_ELECTION_ENABLE));
        settings.addAll(List.of(
                CLEANER_ENABLE,
                CLEANER_THREADS,
                CLEANER_DEDUPE_BUFFER_SIZE,
                CLEANER_IO_BUFFER_LOAD_FACTOR,
                CLEANER_IO_BUFFER_SIZE,
                CLEANER_IO_MAX_BYTES_PER_SECOND,
                CLEANER_BACKOFF_MS,
                CLEANER_MIN_CLEANABLE_RATIO,
                CLEANER_DELETE_RETENTION_MS,
                CLEANER_MIN_COMPACTION_LAG_MS,
                CLEANER_MAX_COMPACTION_LAG_MS));
        settings.addAll(List.of(
                OFFSETS_TOPIC_NUM_PARTITIONS,
                OFFSETS_TOPIC_REPLICATION_FACTOR,
                OFFSETS_TOPIC_SEGMENT_BYTES,
                TRANSACTION_STATE_LOG_NUM_PARTITIONS,
                TRANSACTION_STATE_LOG_REPLICATION_FACTOR,
                TRANSACTION_STATE_LOG_MIN_ISR,
                TRANSACTION_STATE_LOG_SEGMENT_BYTES));
        return settings;
    }
}
