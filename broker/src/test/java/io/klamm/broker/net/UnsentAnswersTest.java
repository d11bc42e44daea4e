/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnsentAnswersTest {
    private final UnsentAnswers answers = new UnsentAnswers(100);
    private final UnsentAnswers.Part a = answers.open();
    private final UnsentAnswers.Part b = answers.open();
    private final UnsentAnswers.Part c = answers.open();

    @Test
    void withinTheBoundOneMayHaveAll() {
        assertThat(a.add(60)).isTrue();
        assertThat(a.add(40)).isTrue();
        assertThat(answers.bytes()).isEqualTo(100);
    }

    @Test
    void beyondItWhoHasMoreThanAnEqualPartMayNotAddToIt() {
        a.add(60);
        b.add(40);
        assertThat(a.add(1)).isFalse();
        assertThat(b.add(1)).as("two, 50 each").isTrue();
        assertThat(c.add(30)).as("who had nothing").isTrue();
        assertThat(b.add(1)).as("three, 33 each").isFalse();
    }

    @Test
    void whatIsSentMakesRoom() {
        a.add(90);
        b.add(20);
        a.sent(90);
        assertThat(answers.bytes()).isEqualTo(20);
        assertThat(a.add(50)).isTrue();
        a.sent(50);
        b.sent(20);
        assertThat(answers.bytes()).isZero();
        assertThat(c.add(500)).as("alone, and nothing before it").isTrue();
    }
}
