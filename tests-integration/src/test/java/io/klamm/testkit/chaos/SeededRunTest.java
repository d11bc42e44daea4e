/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.nemesis.RehearsalGround;
import io.klamm.testkit.report.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeededRunTest {
    /** A seed for which there is no ground. */
    private static final long GROUNDLESS = 13;

    private static final RunSummary.Replay REPLAY = new RunSummary.Replay(List.of(), 10);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final RehearsalGround ground = new RehearsalGround();

    private interface Play {
        ChaosRun.Result on(Ground ground) throws Exception;
    }

    private SeededRun run(Play play) {
        return run(7, play);
    }

    private SeededRun run(long seed, Play play) {
        ground.directory = directory;
        return new SeededRun(
                new SeededRun.Stage() {
                    @Override
                    public String name() {
                        return "rehearsal";
                    }

                    @Override
                    public Ground ground(long seed) {
                        if (seed == GROUNDLESS) {
                            throw new IllegalStateException("no ground");
                        }
                        return ground;
                    }

                    @Override
                    public ChaosRun.Result play(Ground ground, long seed) throws Exception {
                        return play.on(ground);
                    }
                },
                seed);
    }

    /** Leaves a history of one fault, a page, and what nobody needs. */
    private static ChaosRun.Result good(Ground ground) throws IOException {
        Path page = ground.directory().resolve(ChaosRun.REPORT);
        return new ChaosRun.Result(leave(ground), List.of(), page);
    }

    private static History leave(Ground ground) throws IOException {
        Files.writeString(ground.directory().resolve(ChaosRun.REPORT), "page");
        Files.writeString(
                Files.createDirectories(ground.directory().resolve("node-1")).resolve("node.log"), "log");
        Path file = ground.directory().resolve(ChaosRun.HISTORY);
        try (HistoryRecorder history = HistoryRecorder.to(file)) {
            history.add(new Fault(new Span(1, 2), "nemesis", "KILL_ALL", "KILL", List.of(1), "137"));
        }
        return HistoryFile.read(file);
    }

    @Test
    void ofAGoodRunThePageAndTheHistoryStayCompressed() throws IOException {
        RunSummary summary = run(SeededRunTest::good).play(REPLAY);
        assertThat(summary.good()).isTrue();
        assertThat(summary.faults()).containsOnlyKeys("KILL_ALL: KILL");
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("report.html", "history.jsonl.gz");
        }
        assertThat(HistoryFile.read(directory.resolve("history.jsonl.gz")).of(Fault.class))
                .singleElement()
                .satisfies(fault -> assertThat(fault.evidence()).isEqualTo("137"));
    }

    @Test
    void aGroundThatCannotBeLaidIsABadRun() {
        SeededRun run = run(GROUNDLESS, SeededRunTest::good);
        assertThat(run.play(REPLAY).endedBy()).isEqualTo("java.lang.IllegalStateException: no ground");
        assertThat(run.hasBegun()).isFalse();
    }

    @Test
    void aGroundThatCannotBeClosedIsABadRunOfWhichEverythingStays() {
        ground.fails.add("close");
        SeededRun run = run(SeededRunTest::good);
        RunSummary summary = run.play(REPLAY);
        assertThat(summary.endedBy()).isEqualTo("java.lang.AssertionError: close failed");
        assertThat(summary.faults()).containsOnlyKeys("KILL_ALL: KILL");
        assertThat(directory.resolve("node-1/node.log")).exists();
        assertThat(directory.resolve("history.jsonl")).exists();
        assertThat(run.hasBegun()).isTrue();
    }

    @Test
    void ofARunThatEndedEarlyTheCauseIsToldAndWhatWasSeenIsJudged() {
        ground.fails.add("close");
        RunSummary summary = run(ground -> {
                    leave(ground);
                    throw new AssertionError("ended early", new IllegalStateException("node 2 is gone"));
                })
                .play(REPLAY);
        assertThat(summary.endedBy()).isEqualTo("java.lang.IllegalStateException: node 2 is gone");
        assertThat(summary.faults()).containsOnlyKeys("KILL_ALL: KILL");
    }

    @Test
    void lackOfMemoryIsToldAlsoThatOfAThread() {
        SeededRun itself = run(ground -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThat(itself.play(REPLAY).endedBy()).isEqualTo("java.lang.OutOfMemoryError: Java heap space");
        assertThat(itself.isOutOfMemory()).isTrue();
        SeededRun ofAThread = run(ground -> {
            throw new AssertionError("early", new AssertionError("consumer failed", new OutOfMemoryError("heap")));
        });
        assertThat(ofAThread.play(REPLAY).good()).isFalse();
        assertThat(ofAThread.isOutOfMemory()).isTrue();
    }
}
