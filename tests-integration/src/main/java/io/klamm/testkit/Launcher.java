/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import io.klamm.tools.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The {@code klamm} command under test. */
public final class Launcher {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Launcher() {}

    /** Path of the launcher script: system property {@code klamm.launcher}. */
    public static String path() {
        return property("klamm.launcher");
    }

    /** Folder in which clusters keep their files: system property {@code klamm.work}. */
    public static Path workDirectory() {
        return Path.of(property("klamm.work"));
    }

    /**
     * Runs {@code klamm ARGUMENTS} to its end. A node in a process of its own; any other command in this one, by what the launcher would
     * call: a JVM for each would take most of the time of the tests.
     */
    public static Programs.Outcome run(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(path());
        command.addAll(List.of(arguments));
        return List.of(arguments).contains("start") ? Programs.run(PATIENCE, command) : runHere(command, arguments);
    }

    private static Programs.Outcome runHere(List<String> command, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CompletableFuture<Integer> running = CompletableFuture.supplyAsync(
                () -> Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments), Programs.THREADS);
        try {
            int code = running.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return new Programs.Outcome(command, code, out.toString(), err.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + String.join(" ", command), e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(
                    "did not end well: " + String.join(" ", command) + "\nout: " + out + "\nerr: " + err, e);
        }
    }

    static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException("system property " + name + " is not set; run the tests with mvn verify");
        }
        return value;
    }
}
