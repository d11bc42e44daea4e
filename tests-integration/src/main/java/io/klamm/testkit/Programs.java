/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Runs other programs (kcat, Kafka's own tools, the {@code klamm} command) to their end. */
public final class Programs {
    /** The common pool may have fewer threads than a program has streams, and then one that waits for its input waits for ever. */
    static final Executor THREADS = work -> {
        Thread thread = new Thread(work, "program");
        thread.setDaemon(true);
        thread.start();
    };

    private Programs() {}

    /**
     * @param command what ran
     * @param exitCode its exit code
     * @param out standard output
     * @param err standard error
     */
    public record Outcome(List<String> command, int exitCode, String out, String err) {
        public Outcome expectSuccess() {
            return expectExit(0);
        }

        public Outcome expectExit(int code) {
            if (exitCode != code) {
                throw new AssertionError("exit code " + exitCode + " instead of " + code + " from "
                        + String.join(" ", command) + "\nout: " + out + "\nerr: " + err);
            }
            return this;
        }

        public List<String> lines() {
            return out.lines().toList();
        }
    }

    public static Outcome run(Duration atMost, List<String> command) {
        return run(atMost, command, "");
    }

    /** @param input what it reads from standard input */
    public static Outcome run(Duration atMost, List<String> command, String input) {
        try {
            Process process = new ProcessBuilder(command).start();
            CompletableFuture<String> out = collect(process.getInputStream());
            CompletableFuture<String> err = collect(process.getErrorStream());
            CompletableFuture<Void> in = CompletableFuture.runAsync(() -> feed(process, input), THREADS);
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                process.waitFor(5, TimeUnit.SECONDS);
                throw new AssertionError("did not end within " + atMost.toSeconds() + " s: " + String.join(" ", command)
                        + "\nout: " + out.get(5, TimeUnit.SECONDS) + "\nerr: " + err.get(5, TimeUnit.SECONDS));
            }
            in.get(5, TimeUnit.SECONDS);
            return new Outcome(
                    command, process.exitValue(), out.get(5, TimeUnit.SECONDS), err.get(5, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command.get(0), e);
        } catch (Exception e) {
            throw new AssertionError("cannot run " + String.join(" ", command), e);
        }
    }

    /** Runs kcat. */
    public static Outcome kcat(String input, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add("kcat");
        command.addAll(List.of(arguments));
        return run(Duration.ofSeconds(60), command, input);
    }

    /** Runs a tool of Apache Kafka's own tools jar, for example {@code TopicCommand}. */
    public static Outcome kafkaTool(String input, String tool, String... arguments) {
        return kafkaProgram(input, "org.apache.kafka.tools." + tool, arguments);
    }

    /** Runs a program of Apache Kafka's by the name of its main class; some tools are outside of the tools jar. */
    public static Outcome kafkaProgram(String input, String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-cp");
        command.add(Launcher.property("klamm.kafka.cli") + File.separator + "*");
        command.add(mainClass);
        command.addAll(List.of(arguments));
        return run(Duration.ofSeconds(90), command, input);
    }

    /** Whether a program is on the PATH. */
    public static boolean installed(String program) {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(folder -> new File(folder, program).canExecute());
    }

    private static void feed(Process process, String input) {
        try (OutputStream to = process.getOutputStream()) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static CompletableFuture<String> collect(InputStream from) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (from) {
                        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                        from.transferTo(bytes);
                        return bytes.toString(StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                THREADS);
    }
}
