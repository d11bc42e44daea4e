/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartArgumentsTest {
    @Test
    void understandsWhatScriptsWrite() {
        assertThat(StartArguments.plain(
                        "start",
                        "node.properties",
                        "--override",
                        "a=1",
                        "--stop-at-eof",
                        "--override",
                        "b=x=y",
                        "--override",
                        "c="))
                .isEqualTo(new StartArguments(Path.of("node.properties"), Map.of("a", "1", "b", "x=y", "c", ""), true));
        assertThat(StartArguments.plain("start", "--override", "a=1", "node.properties"))
                .isEqualTo(new StartArguments(Path.of("node.properties"), Map.of("a", "1"), false));
    }

    @Test
    void keepsTheOrderOfOverrides() {
        StartArguments plain = Objects.requireNonNull(
                StartArguments.plain("start", "n", "--override", "b=1", "--override", "a=2", "--override", "b=3"));

        assertThat(plain.overrides()).containsExactly(Map.entry("b", "3"), Map.entry("a", "2"));
        assertThat(List.copyOf(plain.overrides().keySet())).containsExactly("b", "a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "start",
                "quickstart",
                "start --help",
                "start n --help",
                "start n -h",
                "start n other",
                "start n --override",
                "start n --override a",
                "start n --override =a",
                "start n --override --stop-at-eof",
                "start n --override=a=1",
                "start n --overide a=1",
                "start n --stop-at-eof --stop-at-eof",
                "start @arguments",
                "topics list"
            })
    void leavesEverythingElseToTheLibrary(String line) {
        assertThat(StartArguments.plain(line.isEmpty() ? new String[0] : line.split(" ", -1)))
                .isNull();
    }
}
