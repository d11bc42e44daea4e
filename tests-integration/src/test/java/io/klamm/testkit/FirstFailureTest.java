/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FirstFailureTest {
    private static Runnable failing(RuntimeException error) {
        return () -> {
            throw error;
        };
    }

    @Test
    void allStepsRunAndTheFirstFailureIsThrownWithTheOthers() {
        RuntimeException first = new IllegalStateException("first");
        RuntimeException second = new IllegalStateException("second");
        StringBuilder done = new StringBuilder();
        FirstFailure failures = new FirstFailure()
                .in(() -> done.append("a"))
                .in(failing(first))
                .in(() -> done.append("b"))
                .in(failing(second))
                .in(failing(first));
        assertThat(failures.happened()).isTrue();
        assertThat(done).hasToString("ab");
        assertThatThrownBy(failures::rethrow).isSameAs(first).hasSuppressedException(second);
        assertThat(first.getSuppressed()).containsExactly(second);
    }

    @Test
    void whereNothingFailsNothingIsThrown() {
        FirstFailure failures = new FirstFailure().in(() -> {});
        assertThat(failures.happened()).isFalse();
        failures.rethrow();
    }
}
