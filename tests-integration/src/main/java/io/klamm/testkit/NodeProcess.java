/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One node as a process of the operating system, started as a user would start it. */
public final class NodeProcess {
    private final int nodeId;
    private final Path directory;
    private final NodeHosts hosts;
    private final List<String> command;
    private @Nullable Process process;

    NodeProcess(int nodeId, Path directory, NodeHosts hosts, List<String> command) {
        this.nodeId = nodeId;
        this.directory = directory;
        this.hosts = hosts;
        this.command = List.copyOf(command);
    }

    public int nodeId() {
        return nodeId;
    }

    /** Where the node keeps its configuration, log and data. */
    public Path directory() {
        return directory;
    }

    public Path logFile() {
        return directory.resolve("node.log");
    }

    public void start() {
        start(command);
    }

    /** Starts it with properties that win over its file's. */
    public void startWith(String... overrides) {
        List<String> longer = new ArrayList<>(command);
        for (String override : overrides) {
            longer.add("--override");
            longer.add(override);
        }
        start(longer);
    }

    private synchronized void start(List<String> program) {
        if (isAlive()) {
            throw new IllegalStateException("node " + nodeId + " runs already");
        }
        try {
            process = hosts.start(this, program);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start node " + nodeId, e);
        }
    }

    public synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Id of the node's process. */
    public long pid() {
        return running().pid();
    }

    /** kill -9, and waits until it is gone. */
    public void kill() {
        sendKill();
        awaitExit(Duration.ofSeconds(10));
    }

    /** kill -9, without waiting. */
    public void sendKill() {
        running().destroyForcibly();
    }

    /** SIGTERM: a controlled shutdown. */
    public void terminate() {
        running().destroy();
    }

    /** SIGTERM, and waits; returns the exit code. */
    public int stop(Duration atMost) {
        terminate();
        return awaitExit(atMost);
    }

    public int awaitExit(Duration atMost) {
        return awaitExit(running(), atMost);
    }

    /** SIGSTOP: the process lives but does nothing. */
    public void pause() {
        signal("STOP", List.of(this));
    }

    /** SIGSTOP to all of them at once. */
    public static void pause(List<NodeProcess> nodes) {
        signal("STOP", nodes);
    }

    public void resume() {
        signal("CONT", List.of(this));
    }

    private static void signal(String signal, List<NodeProcess> nodes) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        nodes.forEach(node -> command.add(Long.toString(node.pid())));
        Programs.run(Duration.ofSeconds(5), command).expectSuccess();
    }

    private int awaitExit(Process running, Duration atMost) {
        try {
            if (!running.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(
                        "node " + nodeId + " did not stop within " + atMost.toMillis() + " ms; " + tail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for node " + nodeId, e);
        }
        return running.exitValue();
    }

    private synchronized Process running() {
        if (process == null) {
            throw new IllegalStateException("node " + nodeId + " was never started");
        }
        return process;
    }

    /** The last lines of its log, for messages. */
    public String tail() {
        try {
            List<String> lines = Files.readAllLines(logFile());
            return "log of node " + nodeId + " ends with:\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException e) {
            return "log of node " + nodeId + " cannot be read: " + e.getMessage();
        }
    }
}
