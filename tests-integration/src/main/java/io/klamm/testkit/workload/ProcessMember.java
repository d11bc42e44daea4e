/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.WorkerThread;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A member as a process of its own. When it vanishes it is killed (kill -9): at once, or between its next read and the commit of what it
 * has read.
 */
final class ProcessMember implements Member {
    private static final Duration END = Duration.ofSeconds(60);
    private static final int KILLED = 137; // 128 + SIGKILL

    private final String name;
    private final MemberLines said;
    private final boolean diesBeforeCommit;
    private final Process process;
    private final WorkerThread reader;

    private volatile boolean doomed;

    /**
     * Starts it.
     *
     * @param diary takes down what it says
     * @param log what it writes to stderr is added there
     * @param diesBeforeCommit whether it vanishes between a read and its commit
     */
    ProcessMember(MemberSettings settings, Diary diary, Path log, boolean diesBeforeCommit) {
        this.name = settings.process();
        this.said = new MemberLines(diary);
        this.diesBeforeCommit = diesBeforeCommit;
        try {
            this.process = new ProcessBuilder(command(settings, System.nanoTime() - diary.now()))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name, e);
        }
        this.reader = new WorkerThread("reader of " + name, this::read).start();
    }

    private static List<String> command(MemberSettings settings, long startNanos) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + System.getProperty("logback.configurationFile", ""),
                "-cp",
                System.getProperty("java.class.path"),
                MemberProgram.class.getName(),
                Long.toString(startNanos),
                settings.process(),
                settings.group(),
                settings.topic()));
        settings.config().forEach((key, value) -> command.add(key + "=" + value));
        return command;
    }

    private void read() throws IOException, InterruptedException {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals(MemberProgram.HOLDING)) {
                    kill();
                } else {
                    said.note(line);
                }
            }
        }
        said.end();
        int code = process.waitFor();
        if (code != 0 && !(doomed && code == KILLED)) {
            throw new IllegalStateException(name + " ended with code " + code);
        }
    }

    /** What it has said stays to be read: Process.destroyForcibly would close the pipe. */
    private void kill() {
        process.toHandle().destroyForcibly();
    }

    @Override
    public void leave() {
        closeInput();
    }

    private void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already: its reader knows how.
        }
    }

    @Override
    public void vanish() {
        doomed = true;
        if (!diesBeforeCommit) {
            kill();
            return;
        }
        try {
            process.getOutputStream().write((MemberProgram.HOLD + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            // It has ended already: its reader knows how.
        }
    }

    /** One that waits for something to read is killed without it; one that does not leave in time, too, and that is a failure. */
    @Override
    public void awaitEnd() {
        if (doomed) {
            kill();
        }
        try {
            if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
        }
        reader.join(END);
    }

    @Override
    public void check() {
        reader.check();
    }
}
