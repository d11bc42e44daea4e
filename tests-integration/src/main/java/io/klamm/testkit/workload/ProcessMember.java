/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.Programs;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.history.MemberFate;
import io.klamm.testkit.history.MemberFate.Fate;
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
 * has read. There it can be frozen, too: for longer than its session, it comes back as a zombie that commits. Thread-safe.
 */
final class ProcessMember implements Member {
    private static final Duration END = Duration.ofSeconds(60);
    private static final int KILLED = 137; // 128 + SIGKILL
    private static final Duration SIGNAL = Duration.ofSeconds(5);
    private static final long NEVER = -1;

    private final String name;
    private final String group;
    private final Diary diary;
    private final MemberLines said;
    private final boolean diesBeforeCommit;
    private final Process process;
    private final WorkerThread reader;

    private volatile boolean doomed;
    private volatile boolean stuck;
    private volatile long doomedNanos;

    /** Whether it has said something: it works. */
    private volatile boolean working;

    /** Whether it is to be stopped when it has read. */
    private boolean freezing;

    private long frozenNanos = NEVER;

    /**
     * Starts it.
     *
     * @param diary takes down what it says
     * @param log what it writes to stderr is added there
     * @param diesBeforeCommit whether it vanishes between a read and its commit
     */
    ProcessMember(MemberSettings settings, Diary diary, Path log, boolean diesBeforeCommit) {
        this.name = settings.process();
        this.group = settings.group();
        this.diary = diary;
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
                } else if (line.equals(MemberProgram.FREEZING)) {
                    stop();
                } else {
                    working = true;
                    said.note(line);
                }
            }
        }
        said.end();
        int code = process.waitFor();
        if (code != 0 && !(doomed && code == KILLED)) {
            throw new IllegalStateException(name + " ended with code " + code);
        }
        if (code == KILLED) {
            diary.add(new MemberFate(diary.since(doomedNanos), name, group, Fate.KILLED));
        }
    }

    @Override
    public synchronized boolean freeze() {
        freezing = working && !doomed && process.isAlive();
        return freezing && order(MemberProgram.FREEZE);
    }

    private synchronized void stop() {
        if (freezing && !doomed) {
            frozenNanos = diary.now();
            signal("STOP");
        }
    }

    /** What it is told before it runs again it does at once, before it hears of anything else. */
    @Override
    public synchronized void thaw() {
        if (freezing) {
            freezing = false;
            order(MemberProgram.GO_ON);
        }
        if (frozenNanos != NEVER && process.isAlive()) {
            signal("CONT");
            diary.add(new MemberFate(diary.since(frozenNanos), name, group, Fate.FROZEN));
            frozenNanos = NEVER;
        }
    }

    private void signal(String signal) {
        Programs.run(SIGNAL, List.of("kill", "-" + signal, Long.toString(process.pid())))
                .expectSuccess();
    }

    /** @return whether it can have heard it */
    private boolean order(String order) {
        try {
            process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            return true;
        } catch (IOException e) {
            return false; // It has ended already: its reader knows how.
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
        doomedNanos = diary.now();
        doomed = true;
        if (!diesBeforeCommit) {
            kill();
        } else {
            order(MemberProgram.HOLD);
        }
    }

    /** One that waits for something to read is killed without it; one that does not leave in time, too, and that is a failure. */
    @Override
    public void awaitEnd() {
        thaw();
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
        stuck = reader.isAlive();
    }

    @Override
    public void check() {
        reader.check();
        if (stuck) {
            throw new AssertionError(name + " did not end within " + END.toSeconds() + " s");
        }
    }
}
