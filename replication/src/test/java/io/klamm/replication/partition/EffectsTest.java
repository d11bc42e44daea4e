/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EffectsTest {
    private final List<String> ran = new ArrayList<>();
    private final Effects effects = new Effects();

    @Test
    void runsInOrderAndOnce() {
        effects.add(() -> ran.add("a"));
        effects.add(() -> ran.add("b"));
        effects.run();
        effects.run();
        assertThat(ran).containsExactly("a", "b");
    }

    @Test
    void aCallThatThrowsDoesNotKeepTheOthersFromRunning() {
        RuntimeException first = new IllegalStateException("first");
        RuntimeException second = new IllegalArgumentException("second");
        effects.add(() -> ran.add("a"));
        effects.add(() -> {
            throw first;
        });
        effects.add(() -> ran.add("b"));
        effects.add(() -> {
            throw second;
        });
        effects.add(() -> ran.add("c"));
        assertThatThrownBy(effects::run).isSameAs(first).hasSuppressedException(second);
        assertThat(ran).containsExactly("a", "b", "c");
    }

    @Test
    void errorsAreThrownOnToo() {
        AssertionError error = new AssertionError("broken");
        effects.add(() -> {
            throw error;
        });
        effects.add(() -> ran.add("b"));
        assertThatThrownBy(effects::run).isSameAs(error);
        assertThat(ran).containsExactly("b");
    }
}
