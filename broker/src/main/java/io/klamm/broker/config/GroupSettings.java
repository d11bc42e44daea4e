/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static io.klamm.broker.config.SettingType.INT;
import static io.klamm.broker.config.SettingType.LONG;
import static io.klamm.broker.config.ValueRule.atLeast;
import static io.klamm.broker.config.ValueRule.between;

import java.util.List;

/** What a node reads from its properties file about consumer groups. */
public final class GroupSettings {
    private GroupSettings() {}

    public static final Setting<Integer> MIN_SESSION_TIMEOUT_MS = Setting.of(
            "group.min.session.timeout.ms",
            INT,
            "6000",
            atLeast(1),
            "A member of a classic group may not ask for a shorter session time-out.");

    public static final Setting<Integer> MAX_SESSION_TIMEOUT_MS = Setting.of(
            "group.max.session.timeout.ms",
            INT,
            "1800000",
            atLeast(1),
            "A member of a classic group may not ask for a longer session time-out.");

    public static final Setting<Integer> INITIAL_REBALANCE_DELAY_MS = Setting.of(
            "group.initial.rebalance.delay.ms",
            INT,
            "500",
            atLeast(0),
            "How long an empty classic group waits for more members after the first one; each that comes prolongs it once more.");

    public static final Setting<Integer> MAX_SIZE =
            Setting.of("group.max.size", INT, "2147483647", atLeast(1), "Most members that a classic group may have.");

    public static final Setting<Integer> OFFSET_METADATA_MAX_BYTES = Setting.of(
            "offset.metadata.max.bytes",
            INT,
            "4096",
            atLeast(0),
            "Most that a client may add to an offset it commits.");

    public static final Setting<Integer> OFFSETS_RETENTION_MINUTES = Setting.of(
            "offsets.retention.minutes",
            INT,
            "10080",
            between(1, 35_000_000),
            "A group's offsets are kept so long after its last member has left; those of topics that it does not read any more,"
                    + " after their commit.");

    public static final Setting<Long> OFFSETS_RETENTION_CHECK_INTERVAL_MS = Setting.of(
            "offsets.retention.check.interval.ms",
            LONG,
            "600000",
            atLeast(1),
            "Time between looks for offsets whose retention is over.");

    public static final Setting<Integer> OFFSETS_COMMIT_TIMEOUT_MS = Setting.of(
            "offsets.commit.timeout.ms",
            INT,
            "5000",
            atLeast(1),
            "How long an answer about a group waits for the replicas of __consumer_offsets.");

    /** In the order of the reference page. */
    static List<Setting<?>> all() {
        return List.of(
                MIN_SESSION_TIMEOUT_MS,
                MAX_SESSION_TIMEOUT_MS,
                INITIAL_REBALANCE_DELAY_MS,
                MAX_SIZE,
                OFFSET_METADATA_MAX_BYTES,
                OFFSETS_RETENTION_MINUTES,
                OFFSETS_RETENTION_CHECK_INTERVAL_MS,
                OFFSETS_COMMIT_TIMEOUT_MS);
    }
}
