/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A node as a child process. It is started by the launcher, as a user would do it, and stops by itself when this process is
 * gone, since its standard input ends then.
 */
final class ChildNode {
    private static final long LARGE_LOG_BYTES = 10L << 20;

    private final int nodeId;
    private final Path logFile;
    private final Process process;

    private ChildNode(int nodeId, Path logFile, Process process) {
        this.nodeId = nodeId;
        this.logFile = logFile;
        this.process = process;
    }

    /**
     * @param launcher the klamm script
     * @param home the node's directory, with server.properties and log/
     * @param overrides properties that win over the file's
     * @param onExit told when the process is gone
     */
    static ChildNode start(
            String launcher, int nodeId, Path home, Map<String, String> overrides, Consumer<ChildNode> onExit) {
        Path logFile = home.resolve("log").resolve("node.log");
        List<String> command = new ArrayList<>(
                List.of(launcher, "start", home.resolve("server.properties").toString(), "--stop-at-eof"));
        overrides.forEach((key, value) -> {
            command.add("--override");
            command.add(key + "=" + value);
        });
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
        // All children run what the parent runs, even if somebody edits a source file meanwhile.
        builder.environment().put("KLAMM_NO_BUILD", "1");
        try {
            if (Files.exists(logFile) && Files.size(logFile) > LARGE_LOG_BYTES) {
                Files.move(logFile, logFile.resolveSibling("node.log.old"), StandardCopyOption.REPLACE_EXISTING);
            }
            ChildNode child = new ChildNode(nodeId, logFile, builder.start());
            CompletableFuture<Void> unusedWatch = child.process.onExit().thenAccept(gone -> onExit.accept(child));
            return child;
        } catch (IOException e) {
            throw new CommandException("cannot start node " + nodeId + ": " + e.getMessage(), ExitCode.START_FAILED);
        }
    }

    int nodeId() {
        return nodeId;
    }

    long pid() {
        return process.pid();
    }

    Path logFile() {
        return logFile;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Exit code of a process that is gone; 128 plus the number of the signal that killed it. */
    int exitCode() {
        return process.exitValue();
    }

    /** SIGTERM; returns at once. */
    void terminate() {
        process.destroy();
    }

    /** Waits for its end until {@code deadlineNanos} of System.nanoTime, then kills it. Returns whether it ended by itself. */
    boolean awaitExit(long deadlineNanos) {
        boolean interrupted = false;
        boolean ended = false;
        try {
            ended = process.waitFor(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (!ended) {
            process.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended;
    }

    /** The last lines of its log. */
    List<String> tail(int lines) {
        try {
            // The log of a quickstart is small: it is moved away at a start when it has grown.
            List<String> all = new String(Files.readAllBytes(logFile), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return all.subList(Math.max(0, all.size() - lines), all.size());
        } catch (IOException e) {
            return List.of("(cannot read " + logFile + ": " + e.getMessage() + ")");
        }
    }
}
