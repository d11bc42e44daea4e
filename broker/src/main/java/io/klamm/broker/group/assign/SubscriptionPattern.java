/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.internals.Topic;
import org.jspecify.annotations.Nullable;

/**
 * A subscription by regular expression (KIP-848), in the syntax of RE2/J: its time is linear in the length of what it is matched with,
 * so no expression of a client's can hold a thread. Immutable; any thread.
 */
public final class SubscriptionPattern {
    /**
     * Repetitions become copies: {@code ((a{1000}){1000}){1000}} would become a billion states, for which there is no memory. What may
     * have more states than this is refused.
     */
    static final int MOST_STATES = 10_000;

    private static final java.util.regex.Pattern REPETITION =
            java.util.regex.Pattern.compile("\\{(\\d+)(?:,(\\d*))?\\}");

    /** What may end a group, or another repetition. */
    private static final String ENDS_OF_GROUPS = ")}?*+";

    private final Pattern pattern;

    private SubscriptionPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /** @throws InvalidRegularExpression when it is none, or too large */
    public static SubscriptionPattern compile(String regex) {
        if (mostStates(regex) > MOST_STATES) {
            throw new InvalidRegularExpression("a regular expression of " + regex.length()
                    + " characters may have more than " + MOST_STATES + " states, counted with its repetitions");
        }
        try {
            return new SubscriptionPattern(Pattern.compile(regex));
        } catch (PatternSyntaxException e) {
            throw new InvalidRegularExpression(
                    "the regular expression '" + regex + "' is not valid: " + e.getDescription());
        }
    }

    /**
     * A bound, without parsing: no character is copied more often than the largest repetition of a single one times all repetitions
     * of groups, as if these were nested.
     */
    private static long mostStates(String regex) {
        long ofGroups = 1;
        long ofCharacters = 1;
        Matcher repetitions = REPETITION.matcher(regex);
        while (repetitions.find() && ofGroups <= MOST_STATES) {
            int before = repetitions.start() - 1;
            int count = Math.max(1, Math.max(count(repetitions.group(1)), count(repetitions.group(2))));
            if (before >= 0 && ENDS_OF_GROUPS.indexOf(regex.charAt(before)) >= 0) {
                ofGroups *= count;
            } else {
                ofCharacters = Math.max(ofCharacters, count);
            }
        }
        return regex.length() * ofCharacters * ofGroups;
    }

    /** More than 1,000 are refused in any case. */
    private static int count(@Nullable String digits) {
        if (digits == null || digits.isEmpty()) {
            return 0;
        }
        return digits.length() > 4 ? MOST_STATES : Integer.parseInt(digits);
    }

    /** Whether the whole name matches. Internal topics match no expression; who wants to read one subscribes to it by name. */
    public boolean matches(String topic) {
        return !Topic.isInternal(topic) && pattern.matches(topic);
    }

    /** Those of the names that match. */
    public SortedSet<String> matching(Iterable<String> topics) {
        SortedSet<String> matching = new TreeSet<>();
        for (String topic : topics) {
            if (matches(topic)) {
                matching.add(topic);
            }
        }
        return matching;
    }
}
