/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static io.klamm.broker.config.SettingType.BOOLEAN;
import static io.klamm.broker.config.SettingType.DOUBLE;
import static io.klamm.broker.config.SettingType.INT;
import static io.klamm.broker.config.SettingType.LIST;
import static io.klamm.broker.config.SettingType.LONG;
import static io.klamm.broker.config.SettingType.STRING;
import static io.klamm.broker.config.ValueRule.any;
import static io.klamm.broker.config.ValueRule.atLeast;
import static io.klamm.broker.config.ValueRule.between;
import static io.klamm.broker.config.ValueRule.oneOf;
import static io.klamm.broker.config.ValueRule.someOf;

import io.klamm.broker.config.TopicSetting.NodeDefault;
import java.util.ArrayList;
import java.util.List;

/** The registry of topic settings. What a topic does not set comes from the node settings named here. */
public final class TopicSettings {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 3_600_000;

    private static final List<TopicSetting<?>> ALL = new ArrayList<>();

    private TopicSettings() {}

    static final TopicSetting<Integer> SEGMENT_BYTES = add(
            "segment.bytes",
            INT,
            atLeast(1024),
            "A segment rolls before it grows beyond this.",
            LogSettings.SEGMENT_BYTES);

    static final TopicSetting<Long> SEGMENT_MS = add(
            Setting.dynamic("segment.ms", LONG, null, atLeast(1), "A segment whose first record is older rolls."),
            new NodeDefault(LogSettings.ROLL_MS, 1),
            new NodeDefault(LogSettings.ROLL_HOURS, HOUR_MS));

    static final TopicSetting<Long> SEGMENT_JITTER_MS = add(
            Setting.dynamic("segment.jitter.ms", LONG, null, atLeast(0), "Random part taken off segment.ms."),
            new NodeDefault(LogSettings.ROLL_JITTER_MS, 1),
            new NodeDefault(LogSettings.ROLL_JITTER_HOURS, HOUR_MS));

    static final TopicSetting<Integer> SEGMENT_INDEX_BYTES = add(
            "segment.index.bytes", INT, atLeast(24), "Size bound of an index file.", LogSettings.INDEX_SIZE_MAX_BYTES);

    static final TopicSetting<Integer> INDEX_INTERVAL_BYTES = add(
            "index.interval.bytes",
            INT,
            atLeast(0),
            "Bytes of records between two index entries.",
            LogSettings.INDEX_INTERVAL_BYTES);

    static final TopicSetting<Long> FLUSH_MESSAGES = add(
            "flush.messages",
            LONG,
            atLeast(1),
            "Records between forced flushes; 1 makes every append durable before it is acknowledged.",
            LogSettings.FLUSH_INTERVAL_MESSAGES);

    static final TopicSetting<Long> FLUSH_MS = add(
            Setting.dynamic("flush.ms", LONG, null, atLeast(0), "Time between forced flushes."),
            new NodeDefault(LogSettings.FLUSH_INTERVAL_MS, 1),
            new NodeDefault(LogSettings.FLUSH_SCHEDULER_INTERVAL_MS, 1));

    static final TopicSetting<Long> RETENTION_BYTES = add(
            "retention.bytes",
            LONG,
            atLeast(-1),
            "The oldest segments of a partition beyond this size are deleted; -1 keeps them.",
            LogSettings.RETENTION_BYTES);

    static final TopicSetting<Long> RETENTION_MS = add(
            Setting.dynamic(
                    "retention.ms",
                    LONG,
                    null,
                    atLeast(-1),
                    "Segments whose newest record is older are deleted; -1 keeps them."),
            new NodeDefault(LogSettings.RETENTION_MS, 1),
            new NodeDefault(LogSettings.RETENTION_MINUTES, MINUTE_MS),
            new NodeDefault(LogSettings.RETENTION_HOURS, HOUR_MS));

    static final TopicSetting<List<String>> CLEANUP_POLICY = add(
            "cleanup.policy",
            LIST,
            someOf("delete", "compact"),
            "delete by age and size, compact by key, or both.",
            LogSettings.CLEANUP_POLICY);

    static final TopicSetting<Long> FILE_DELETE_DELAY_MS = add(
            "file.delete.delay.ms",
            LONG,
            atLeast(0),
            "Time between taking a segment out of the log and deleting the file.",
            LogSettings.SEGMENT_DELETE_DELAY_MS);

    static final TopicSetting<Integer> MAX_MESSAGE_BYTES =
            add("max.message.bytes", INT, atLeast(0), "Largest record batch.", LogSettings.MESSAGE_MAX_BYTES);

    static final TopicSetting<Integer> MIN_INSYNC_REPLICAS = add(
            "min.insync.replicas",
            INT,
            atLeast(1),
            "Replicas that must have a record before acks=all is answered.",
            NodeSettings.MIN_INSYNC_REPLICAS);

    static final TopicSetting<String> COMPRESSION_TYPE = add(
            "compression.type",
            STRING,
            oneOf(LogSettings.COMPRESSION_TYPES),
            "producer keeps batches as they came; any other value stores them so.",
            LogSettings.COMPRESSION_TYPE);

    static final TopicSetting<String> MESSAGE_TIMESTAMP_TYPE = add(
            "message.timestamp.type",
            STRING,
            oneOf("CreateTime", "LogAppendTime"),
            "Whether records keep the producer's time or get the broker's.",
            LogSettings.MESSAGE_TIMESTAMP_TYPE);

    static final TopicSetting<Long> MESSAGE_TIMESTAMP_BEFORE_MAX_MS = add(
            "message.timestamp.before.max.ms",
            LONG,
            atLeast(0),
            "How far behind the broker's clock a producer's time may be.",
            LogSettings.MESSAGE_TIMESTAMP_BEFORE_MAX_MS);

    static final TopicSetting<Long> MESSAGE_TIMESTAMP_AFTER_MAX_MS = add(
            "message.timestamp.after.max.ms",
            LONG,
            atLeast(0),
            "How far ahead of the broker's clock a producer's time may be.",
            LogSettings.MESSAGE_TIMESTAMP_AFTER_MAX_MS);

    static final TopicSetting<Double> MIN_CLEANABLE_DIRTY_RATIO = add(
            "min.cleanable.dirty.ratio",
            DOUBLE,
            between(0, 1),
            LogSettings.CLEANER_MIN_CLEANABLE_RATIO.doc(),
            LogSettings.CLEANER_MIN_CLEANABLE_RATIO);

    static final TopicSetting<Long> DELETE_RETENTION_MS = add(
            "delete.retention.ms",
            LONG,
            atLeast(0),
            LogSettings.CLEANER_DELETE_RETENTION_MS.doc(),
            LogSettings.CLEANER_DELETE_RETENTION_MS);

    static final TopicSetting<Long> MIN_COMPACTION_LAG_MS = add(
            "min.compaction.lag.ms",
            LONG,
            atLeast(0),
            LogSettings.CLEANER_MIN_COMPACTION_LAG_MS.doc(),
            LogSettings.CLEANER_MIN_COMPACTION_LAG_MS);

    static final TopicSetting<Long> MAX_COMPACTION_LAG_MS = add(
            "max.compaction.lag.ms",
            LONG,
            atLeast(1),
            LogSettings.CLEANER_MAX_COMPACTION_LAG_MS.doc(),
            LogSettings.CLEANER_MAX_COMPACTION_LAG_MS);

    static final TopicSetting<Integer> COMPRESSION_GZIP_LEVEL = add(
            "compression.gzip.level",
            INT,
            LogSettings.COMPRESSION_GZIP_LEVEL.rule(),
            LogSettings.COMPRESSION_GZIP_LEVEL.doc(),
            LogSettings.COMPRESSION_GZIP_LEVEL);

    static final TopicSetting<Integer> COMPRESSION_LZ4_LEVEL = add(
            "compression.lz4.level",
            INT,
            LogSettings.COMPRESSION_LZ4_LEVEL.rule(),
            LogSettings.COMPRESSION_LZ4_LEVEL.doc(),
            LogSettings.COMPRESSION_LZ4_LEVEL);

    static final TopicSetting<Integer> COMPRESSION_ZSTD_LEVEL = add(
            "compression.zstd.level",
            INT,
            LogSettings.COMPRESSION_ZSTD_LEVEL.rule(),
            LogSettings.COMPRESSION_ZSTD_LEVEL.doc(),
            LogSettings.COMPRESSION_ZSTD_LEVEL);

    static {
        add(
                "unclean.leader.election.enable",
                BOOLEAN,
                any(),
                "Whether a partition that has lost all its in-sync and eligible replicas goes on with the longest log among the"
                        + " replicas that are there, without the acknowledged records that this one may lack.",
                LogSettings.UNCLEAN_LEADER_ELECTION_ENABLE);
        add(Setting.dynamic("remote.storage.enable", BOOLEAN, "false", isFalse(), "Tiered storage is not served yet."));
        add(Setting.dynamic("preallocate", BOOLEAN, "false", any(), "Taken for compatibility, without an effect."));
        add(Setting.dynamic(
                "message.downconversion.enable",
                BOOLEAN,
                "true",
                any(),
                "Taken for compatibility, without an effect."));
        ValueRule<List<String>> replicas = new ValueRule<>(
                "*, or a list of partition:broker",
                list -> list.equals(List.of("*"))
                        || list.stream().allMatch(entry -> entry.matches("\\d{1,9}:\\d{1,9}")));
        add(Setting.dynamic(
                "leader.replication.throttled.replicas",
                LIST,
                "",
                replicas,
                "Leaders whose followers that catch up share leader.replication.throttled.rate: *, or"
                        + " partition:broker,..."));
        add(Setting.dynamic(
                "follower.replication.throttled.replicas",
                LIST,
                "",
                replicas,
                "Replicas that share follower.replication.throttled.rate while they catch up: *, or"
                        + " partition:broker,..."));
        for (String number : List.of("local.retention.ms", "local.retention.bytes")) {
            add(Setting.dynamic(number, LONG, "-2", atLeast(-2), "Taken for compatibility, without an effect."));
        }
    }

    static final SettingRegistry REGISTRY =
            new SettingRegistry(ALL.stream().map(TopicSetting::setting).toList());

    static List<TopicSetting<?>> all() {
        return List.copyOf(ALL);
    }

    private static ValueRule<Boolean> isFalse() {
        return new ValueRule<>("false", value -> !value);
    }

    private static <T> TopicSetting<T> add(
            String name, SettingType<T> type, ValueRule<T> rule, String doc, Setting<T> nodeDefault) {
        return add(Setting.dynamic(name, type, null, rule, doc), new NodeDefault(nodeDefault, 1));
    }

    private static <T> TopicSetting<T> add(Setting<T> setting, NodeDefault... defaults) {
        TopicSetting<T> added = TopicSetting.of(setting, defaults);
        ALL.add(added);
        return added;
    }
}
