/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Output;
import io.klamm.tools.output.Reasons;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --watch} of commands that show something: they show it again and again, until Ctrl-C or until nobody reads it any more. */
final class Watch {
    private static final String CLEAR = "\u001b[H\u001b[2J";

    /** Lets time pass. */
    interface Pause {
        void seconds(int seconds) throws InterruptedException;
    }

    private final Pause pause;

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "2",
            description =
                    "Show it again and again, every ${FALLBACK-VALUE} seconds unless told otherwise; Ctrl-C ends it.")
    private @Nullable Integer seconds;

    Watch() {
        this(TimeUnit.SECONDS::sleep);
    }

    Watch(Pause pause) {
        this.pause = pause;
    }

    /**
     * What there is to see.
     *
     * @param data for {@code --json}
     * @param text for people
     */
    record Seen(Object data, Object text) {}

    /** Looks once, or again and again. When the first look fails, so does this; a later one may: nodes come and go. */
    void show(Output output, Callable<Seen> look) throws Exception {
        if (seconds == null) {
            print(output, look.call(), "");
            return;
        }
        if (seconds < 1) {
            throw new CommandException("--watch " + seconds + ": expected at least 1");
        }
        print(output, look.call(), CLEAR);
        while (!output.out().checkError()) {
            pause.seconds(seconds);
            try {
                print(output, look.call(), CLEAR);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                output.progress().println("klamm: " + (e instanceof CommandException ? e.getMessage() : Reasons.of(e)));
            }
        }
    }

    /** The screen is empty for no longer than it takes to print. */
    private static void print(Output output, Seen seen, String before) {
        if (!output.isJson()) {
            output.out().print(before);
        }
        output.print(seen.data(), seen.text());
    }
}
