/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Reasons;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code klamm prepare}: keeps the classes of a node in a class data archive of the JDK, so that a node does not read, check and link thousands of
 * classes from jars at every start. The archive fits one JDK and one set of jars; a JVM that it does not fit goes without it. The
 * launcher names it in {@code klamm.classes} and gives it to nodes and commands when it is there.
 */
@Command(
        name = "prepare",
        description =
                "Make nodes and commands start faster with this JDK: once after unpacking, and after a change of the JDK.",
        mixinStandardHelpOptions = true,
        footer = {"", "It runs a small cluster on free ports of 127.0.0.1 for some seconds, in a temporary directory."})
public final class PrepareCommand implements Callable<Integer> {
    private static final long LIMIT_SECONDS = 120;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        String named = System.getProperty("klamm.classes");
        if (named == null) {
            throw new CommandException("run prepare with the klamm script");
        }
        Path archive = Path.of(named);
        long start = System.nanoTime();
        Path directory;
        Path created;
        try {
            created = Files.createTempFile(archive.getParent(), "classes", ".tmp");
        } catch (IOException e) {
            throw new CommandException("cannot write to " + archive.getParent() + ": " + Reasons.of(e));
        }
        directory = Files.createTempDirectory("klamm-prepare");
        try {
            // The JVM makes the file itself and wants none there.
            Files.delete(created);
            rehearse(directory, created);
            Files.move(created, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(created);
            delete(directory);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "Prepared for JDK %s in %.1f s: %s (%d MiB)%n",
                System.getProperty("java.version"),
                (System.nanoTime() - start) / 1e9,
                archive,
                Files.size(archive) >> 20);
        out.flush();
        return ExitCode.OK;
    }

    private static void rehearse(Path directory, Path archive) throws IOException, InterruptedException {
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:ArchiveClassesAtExit=" + archive,
                        "-Xlog:cds*=off",
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Rehearsal.class.getName(),
                        directory.resolve("nodes").toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new CommandException("not ready within " + LIMIT_SECONDS + " s");
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0 || !Files.exists(archive)) {
            String last = lastLine(log);
            throw new CommandException("the classes could not be kept (exit code " + process.exitValue() + ")"
                    + (last == null ? "" : ": " + last) + "; nodes start without them, only slower");
        }
    }

    private static @Nullable String lastLine(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.isEmpty() ? null : lines.get(lines.size() - 1);
    }

    private static void delete(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            tree.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException e) {
            // A temporary directory: the system's own cleaning takes what is left.
            directory.toFile().deleteOnExit();
        }
    }
}
