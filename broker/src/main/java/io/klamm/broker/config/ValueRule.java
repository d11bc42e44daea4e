/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Which values of its type a setting takes.
 *
 * @param label the rule in words, empty when every value is fine
 * @param test whether a value is allowed
 * @param <T> type of the value
 */
public record ValueRule<T>(String label, Predicate<T> test) {

    public static <T> ValueRule<T> any() {
        return new ValueRule<>("", value -> true);
    }

    public static <T extends Number> ValueRule<T> atLeast(long min) {
        return new ValueRule<>("at least " + min, value -> value.doubleValue() >= min);
    }

    public static <T extends Number> ValueRule<T> between(double min, double max) {
        return new ValueRule<>(
                "between " + text(min) + " and " + text(max),
                value -> value.doubleValue() >= min && value.doubleValue() <= max);
    }

    /** At least {@code min}, or the one value below it that switches the setting off or to automatic. */
    public static <T extends Number> ValueRule<T> atLeastOr(long min, long special) {
        return new ValueRule<>(
                special + ", or at least " + min, value -> value.longValue() == special || value.longValue() >= min);
    }

    public static ValueRule<String> oneOf(String... values) {
        List<String> allowed = List.of(values);
        return new ValueRule<>("one of " + String.join(", ", allowed), allowed::contains);
    }

    /** A list, not empty, of some of these values. */
    public static ValueRule<List<String>> someOf(String... values) {
        List<String> allowed = List.of(values);
        return new ValueRule<>(
                "one or more of " + String.join(", ", allowed),
                list -> !list.isEmpty() && list.stream().allMatch(allowed::contains));
    }

    public static ValueRule<String> notBlank() {
        return new ValueRule<>(
                "not blank", value -> !Objects.requireNonNull(value).isBlank());
    }

    private static String text(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}
