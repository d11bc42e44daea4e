/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static io.klamm.broker.config.SettingType.INT;
import static io.klamm.broker.config.SettingType.LIST;
import static io.klamm.broker.config.SettingType.STRING;
import static io.klamm.broker.config.ValueRule.atLeast;
import static io.klamm.broker.config.ValueRule.oneOf;
import static io.klamm.broker.config.ValueRule.someOf;

import java.util.List;

/** What a node reads from its properties file about groups of the consumer protocol (KIP-848). */
public final class ConsumerGroupSettings {
    private ConsumerGroupSettings() {}

    public static final Setting<Integer> SESSION_TIMEOUT_MS = Setting.of(
            "group.consumer.session.timeout.ms",
            INT,
            "45000",
            atLeast(1),
            "A member of a consumer group that is not heard for so long is out, where the group does not say otherwise.");

    public static final Setting<Integer> MIN_SESSION_TIMEOUT_MS = Setting.of(
            "group.consumer.min.session.timeout.ms",
            INT,
            "45000",
            atLeast(1),
            "The session time-out of a consumer group cannot be set shorter.");

    public static final Setting<Integer> MAX_SESSION_TIMEOUT_MS = Setting.of(
            "group.consumer.max.session.timeout.ms",
            INT,
            "60000",
            atLeast(1),
            "The session time-out of a consumer group cannot be set longer.");

    public static final Setting<Integer> HEARTBEAT_INTERVAL_MS = Setting.of(
            "group.consumer.heartbeat.interval.ms",
            INT,
            "5000",
            atLeast(1),
            "How often members of a consumer group are asked to be heard, where the group does not say otherwise.");

    public static final Setting<Integer> MIN_HEARTBEAT_INTERVAL_MS = Setting.of(
            "group.consumer.min.heartbeat.interval.ms",
            INT,
            "5000",
            atLeast(1),
            "The heartbeat interval of a consumer group cannot be set shorter.");

    public static final Setting<Integer> MAX_HEARTBEAT_INTERVAL_MS = Setting.of(
            "group.consumer.max.heartbeat.interval.ms",
            INT,
            "15000",
            atLeast(1),
            "The heartbeat interval of a consumer group cannot be set longer.");

    public static final Setting<Integer> MAX_SIZE = Setting.of(
            "group.consumer.max.size", INT, "2147483647", atLeast(1), "Most members that a consumer group may have.");

    public static final Setting<Integer> REGEX_REFRESH_INTERVAL_MS = Setting.of(
            "group.consumer.regex.refresh.interval.ms",
            INT,
            "600000",
            atLeast(10_000),
            "The topics that match the regular expressions of a consumer group are looked up anew after so long, though they are looked up when topics come"
                    + " or go as well.");

    public static final Setting<String> MIGRATION_POLICY = Setting.of(
            "group.consumer.migration.policy",
            STRING,
            "bidirectional",
            oneOf("disabled", "upgrade", "downgrade", "bidirectional"),
            "Which groups with members may change their protocol: from classic to consumer when the first member of the newer protocol joins (upgrade),"
                    + " and back when the last one has left (downgrade).");

    public static final Setting<List<String>> ASSIGNORS = Setting.of(
            "group.consumer.assignors",
            LIST,
            "uniform,range",
            someOf("uniform", "range"),
            "The assignors that members of consumer groups may ask for; the first is for groups whose members ask for none.");

    /** In the order of the reference page. */
    static List<Setting<?>> all() {
        return List.of(
                SESSION_TIMEOUT_MS,
                MIN_SESSION_TIMEOUT_MS,
                MAX_SESSION_TIMEOUT_MS,
                HEARTBEAT_INTERVAL_MS,
                MIN_HEARTBEAT_INTERVAL_MS,
                MAX_HEARTBEAT_INTERVAL_MS,
                MAX_SIZE,
                REGEX_REFRESH_INTERVAL_MS,
                MIGRATION_POLICY,
                ASSIGNORS);
    }
}
