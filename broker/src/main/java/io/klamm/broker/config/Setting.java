/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import org.jspecify.annotations.Nullable;

/**
 * One entry of the registry.
 *
 * @param name the property, with Kafka's name where the concept is the same
 * @param type how its text is read
 * @param defaultText default as it would be written in a file; null when there is none
 * @param rule which values are allowed
 * @param mode whether it may change while the node runs
 * @param status whether it has a meaning here
 * @param doc one or two sentences for the reference page
 * @param <T> type of the value
 */
public record Setting<T>(
        String name,
        SettingType<T> type,
        @Nullable String defaultText,
        ValueRule<T> rule,
        Mode mode,
        Status status,
        String doc) {

    /**
     * When a new value takes effect: after a restart; or at once, set for one broker, for all brokers or one of them, or for all
     * alike, because the whole cluster must agree on it.
     */
    public enum Mode {
        READ_ONLY("restart"),
        PER_BROKER("per broker"),
        CLUSTER_WIDE("cluster-wide"),
        CLUSTER_ONLY("cluster-wide only");

        private final String label;

        Mode(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /** Whether a key does something. */
    public enum Status {
        SERVED,
        /** A key of Kafka's that has no meaning here: taken, with one warning. */
        ACCEPTED
    }

    /** A served setting that needs a restart. */
    public static <T> Setting<T> of(
            String name, SettingType<T> type, @Nullable String defaultText, ValueRule<T> rule, String doc) {
        return new Setting<>(name, type, defaultText, rule, Mode.READ_ONLY, Status.SERVED, doc);
    }

    /** A served setting whose value may also come from the metadata log. */
    public static <T> Setting<T> dynamic(
            String name, SettingType<T> type, @Nullable String defaultText, ValueRule<T> rule, String doc) {
        return new Setting<>(name, type, defaultText, rule, Mode.CLUSTER_WIDE, Status.SERVED, doc);
    }

    /** A served setting on which all nodes must agree; its value may also come from the metadata log. */
    public static <T> Setting<T> clusterOnly(
            String name, SettingType<T> type, @Nullable String defaultText, ValueRule<T> rule, String doc) {
        return new Setting<>(name, type, defaultText, rule, Mode.CLUSTER_ONLY, Status.SERVED, doc);
    }

    /** A key of Kafka's without a meaning here. */
    public static Setting<String> accepted(String name) {
        boolean secret = name.endsWith("password") || name.endsWith("secret.key") || name.endsWith("jaas.config");
        return new Setting<>(
                name,
                secret ? SettingType.PASSWORD : SettingType.STRING,
                null,
                ValueRule.any(),
                Mode.READ_ONLY,
                Status.ACCEPTED,
                "");
    }

    /** Whether the value must never be shown. */
    public boolean sensitive() {
        return type.id() == SettingType.PASSWORD.id();
    }

    /**
     * Reads and checks a value.
     *
     * @throws ConfigException when it is not of the type or not allowed
     */
    public T read(String text) {
        T value;
        try {
            value = type.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(complaint(text, "expected " + expectation()));
        }
        if (!rule.test().test(value)) {
            throw new ConfigException(complaint(text, "expected " + expectation()));
        }
        return value;
    }

    /** What a value must look like, in words. */
    public String expectation() {
        return rule.label().isEmpty() ? type.label() : type.label() + ", " + rule.label();
    }

    private String complaint(String text, String why) {
        String shown = sensitive() ? "(hidden)" : text.trim();
        return name + "=" + shown + ": " + why;
    }
}
