/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class WatchTest {
    private static final String CLEAR = "\u001b[H\u001b[2J";

    private final List<Integer> pauses = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private int looks;

    /** A command that shows how often it has looked; the third look fails, and after the fourth nobody reads any more. */
    @Command
    private final class Looking implements Callable<Integer> {
        @Mixin
        private final Watch watch = new Watch(pauses::add);

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() throws Exception {
            watch.show(output, () -> {
                looks++;
                if (looks == 3) {
                    throw new CoordinatorNotAvailableException("it has just been killed");
                }
                return new Watch.Seen(looks, "look " + looks);
            });
            return 0;
        }
    }

    private final class ReaderOfThree extends Writer {
        @Override
        public void write(char[] text, int offset, int length) throws IOException {
            if (looks == 4) {
                throw new IOException("nobody reads this");
            }
            out.write(text, offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private int run(String... arguments) {
        return new CommandLine(new Looking())
                .setOut(new PrintWriter(new ReaderOfThree(), true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    err.write(String.valueOf(failure.getMessage()));
                    return failure instanceof CommandException ? 1 : 2;
                })
                .execute(arguments);
    }

    @Test
    void looksOnceWithoutTheOption() {
        assertThat(run()).isZero();
        assertThat(out).hasToString("look 1\n");
        assertThat(pauses).isEmpty();
    }

    @Test
    void looksAgainUntilNobodyReadsAndBearsAFailureInBetween() {
        assertThat(run("--watch")).isZero();
        assertThat(out).hasToString(CLEAR + "look 1\n" + CLEAR + "look 2\n");
        assertThat(err).asString().isEqualToIgnoringNewLines("klamm: it has just been killed");
        assertThat(pauses).containsExactly(2, 2, 2);
        assertThat(looks).isEqualTo(4);
    }

    @Test
    void theFirstLookMustNotFail() {
        looks = 2;
        assertThat(run("--watch", "5")).isEqualTo(2);
        assertThat(err).hasToString("it has just been killed");
        assertThat(pauses).isEmpty();
    }

    @Test
    void scriptsGetNoControlCharacters() {
        assertThat(run("--watch", "7", "--json")).isZero();
        assertThat(out.toString().lines()).containsExactly("1", "2");
        assertThat(pauses).containsExactly(7, 7, 7);
    }

    @Test
    void aPauseHasASecondAtLeast() {
        assertThat(run("--watch", "0")).isEqualTo(1);
        assertThat(err).asString().contains("expected at least 1");
        assertThat(looks).isZero();
    }
}
