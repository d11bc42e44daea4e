/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One of Apache Kafka's own tools, used again and again in one JVM of its own: to start a JVM for each use takes longer than what the tool does.
 * A use that makes the tool exit ends the JVM, and fails.
 */
public final class KafkaTools implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final String SEPARATOR = "\t";
    private static final String END = "--- the tool has ended";

    private final Process process;
    private final Writer to;
    private final BufferedReader from;

    /** @param mainClass of the tool */
    public KafkaTools(String mainClass) {
        try {
            Path here = Path.of(KafkaTools.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            Launcher.property("klamm.kafka.cli") + File.separator + "*" + File.pathSeparator + here,
                            KafkaTools.class.getName(),
                            mainClass)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Uses the tool once.
     *
     * @return what it wrote, errors included
     */
    public List<String> run(String... arguments) {
        CompletableFuture<List<String>> lines =
                CompletableFuture.supplyAsync(() -> ask(List.of(arguments)), Programs.THREADS);
        try {
            return lines.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + String.join(" ", arguments), e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("did not end well: " + String.join(" ", arguments), e);
        }
    }

    private List<String> ask(List<String> arguments) {
        try {
            to.write(String.join(SEPARATOR, arguments) + "\n");
            to.flush();
            List<String> lines = new ArrayList<>();
            for (String line = from.readLine(); !END.equals(line); line = from.readLine()) {
                if (line == null) {
                    throw new IllegalStateException("the tool has ended its JVM: " + String.join("\n", lines));
                }
                lines.add(line);
            }
            lines.remove(lines.size() - 1); // the end of its last line, which need not have one
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** In the JVM of the tool, whose main class is the argument: each line of the input holds the arguments of one use. */
    public static void main(String[] args) throws Exception {
        var tool = Class.forName(args[0]).getMethod("main", String[].class);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            tool.invoke(null, (Object) line.split(SEPARATOR));
            System.out.println();
            System.out.println(END);
        }
    }
}
