/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriptionPatternTest {
    @Test
    void theWholeNameMustMatch() {
        SubscriptionPattern pattern = SubscriptionPattern.compile("orders-(eu|us)");
        assertThat(pattern.matching(List.of("orders-us", "orders-eu", "orders-eu-old", "my-orders-eu", "orders-")))
                .containsExactly("orders-eu", "orders-us");
    }

    @Test
    void internalTopicsMatchNothing() {
        assertThat(SubscriptionPattern.compile(".*")
                        .matching(List.of("a", "__consumer_offsets", "__transaction_state", "__mine")))
                .containsExactly("__mine", "a");
    }

    /** Look-ahead and back-references are not part of RE2's syntax. */
    @ParameterizedTest
    @ValueSource(strings = {"(", "a**", "[z-a]", "(?=a)b", "(a)\\1", "a{1001}", "\\"})
    void whatIsNoExpressionIsRefused(String regex) {
        assertThatThrownBy(() -> SubscriptionPattern.compile(regex))
                .isInstanceOf(InvalidRegularExpression.class)
                .hasMessageContaining(regex);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((a{1000}){1000}){1000}",
                "(?:a{9}[)]{1,900}){900}",
                "(a{0,999}){0,999}",
                "(a){100}{100}",
                "(a*){99999999999999}"
            })
    void repetitionsOfRepetitionsDoNotExhaustTheMemory(String regex) {
        assertThatThrownBy(() -> SubscriptionPattern.compile(regex))
                .isInstanceOf(InvalidRegularExpression.class)
                .hasMessageContaining("states");
    }

    @Test
    void usualRepetitionsAreFine() {
        assertThat(SubscriptionPattern.compile("([a-z]{2,8}-){3}[0-9]{4}\\.v[1-9]")
                        .matches("eu-shop-orders-2026.v2"))
                .isTrue();
        assertThatThrownBy(() -> SubscriptionPattern.compile("a".repeat(SubscriptionPattern.MOST_STATES + 1)))
                .isInstanceOf(InvalidRegularExpression.class);
        assertThat(SubscriptionPattern.compile("a".repeat(SubscriptionPattern.MOST_STATES))
                        .matches("a"))
                .isFalse();
    }

    @Test
    void anExpressionThatWouldBacktrackForeverDoesNot() {
        assertThat(SubscriptionPattern.compile("(a*)*b").matches("a".repeat(249)))
                .isFalse();
    }
}
