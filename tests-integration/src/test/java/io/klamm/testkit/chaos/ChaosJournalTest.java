/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.judge.Anomaly;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.report.RunSummary;
import io.klamm.testkit.report.SummaryTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChaosJournalTest {
    private static final TopicPartition PARTITION = new TopicPartition("log", 0);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private static Span millis(long from, long to) {
        return new Span(Duration.ofMillis(from).toNanos(), Duration.ofMillis(to).toNanos());
    }

    /** Two minutes; two kills of the leader, after the second of which nothing is acknowledged for a time. */
    private static History history(long pauseMillis) {
        List<Event> events = new ArrayList<>();
        for (long at = 0; at < 120_000; at += 100) {
            boolean pause = at >= 60_000 && at < 60_000 + pauseMillis;
            events.add(new Send(
                    millis(at, at),
                    "producer-0",
                    PARTITION,
                    new Send.Payload(at, null, "v" + at),
                    Acks.ALL_IDEMPOTENT,
                    pause ? Outcome.UNKNOWN : Outcome.OK,
                    at));
        }
        events.add(new Poll(millis(10, 20), "consumer-0", 0, PARTITION, 0, List.of()));
        events.add(new Fault(millis(30_000, 31_000), "nemesis", "KILL_PARTITION_LEADER", "KILL", List.of(1), "137"));
        events.add(new Fault(millis(60_000, 61_000), "nemesis", "KILL_PARTITION_LEADER", "KILL", List.of(1), "137"));
        events.add(new Fault(millis(90_000, 91_000), "nemesis", "KILL_ALL", "KILL", List.of(1, 2, 3), "137"));
        events.add(new Send(
                millis(119_999, 120_000),
                "producer-0",
                PARTITION,
                new Send.Payload(120_000, null, "last"),
                Acks.ALL_IDEMPOTENT,
                Outcome.OK,
                120_000));
        return new History(events);
    }

    @Test
    void aRunInFigures() {
        RunSummary run = RunSummary.of(7, "nodes", history(2_000), List.of(), null);
        assertThat(run.minutes()).isEqualTo(2.0);
        assertThat(run.operations()).isEqualTo(new RunSummary.Operations(1_201, 1_181));
        assertThat(run.polls()).isEqualTo(1);
        assertThat(run.faults())
                .isEqualTo(Map.of(
                        "KILL_PARTITION_LEADER: KILL", new RunSummary.Harm(2, 2_100),
                        "KILL_ALL: KILL", new RunSummary.Harm(1, 0)));
        assertThat(run.good()).isTrue();
    }

    @Test
    void whatWasWrittenIsReadAndSummed() throws IOException {
        ChaosJournal journal = new ChaosJournal(directory.resolve("journal"));
        journal.append(RunSummary.of(7, "nodes", history(2_000), List.of(), null));
        journal.append(RunSummary.of(8, "links", history(4_000), List.of(), null));
        Violation lost = new Violation(Anomaly.LOST, "log-0", "v1 is gone", List.of(), List.of());
        journal.append(RunSummary.of(9, "links", history(0), List.of(lost, lost), "a | b\nc"));
        assertThat(journal.read()).hasSize(3);
        assertThat(SummaryTable.of(journal.read()).lines())
                .contains(
                        "| links | 2 | 2 | 4.0 | 2,402 | 2,362 | 2 | 6 | 2 | 1 |",
                        "| all | 3 | 3 | 6.0 | 3,603 | 3,543 | 3 | 9 | 2 | 1 |",
                        "| KILL_PARTITION_LEADER: KILL | 6 | 4.10 s | 8 |",
                        "| KILL_ALL: KILL | 3 | under 0.5 s |  |",
                        "| 9 | links | 2 LOST | a \\| b c |  |");
    }

    @Test
    void aLineTellsHowToPlayTheRunAgainUnlessItIsAnOldOne() throws IOException {
        Path file = directory.resolve("journal");
        ChaosJournal journal = new ChaosJournal(file);
        RunSummary.Replay replay = new RunSummary.Replay(List.of("KILL_ALL", "FREEZE"), 25);
        journal.append(RunSummary.of(7, "nodes", replay, history(0), List.of(), "it ended"));
        String line = Files.readString(file);
        Files.writeString(file, line.replaceAll(",\"replay\":\\{[^}]*}", ""), StandardOpenOption.APPEND);
        assertThat(journal.read())
                .extracting(RunSummary::settings)
                .containsExactly(
                        "-Dchaos.seed=7 -Dchaos.scenarios=nodes -Dchaos.fault.seconds=25 -Dchaos.plays=KILL_ALL,FREEZE",
                        "");
        assertThat(SummaryTable.of(journal.read())).contains("| it ended | -Dchaos.seed=7 -Dchaos.scenarios=nodes");
    }

    @Test
    void aLineOfAnotherFormatIsNamed() throws IOException {
        Path file = directory.resolve("journal");
        ChaosJournal journal = new ChaosJournal(file);
        journal.append(RunSummary.of(7, "nodes", history(0), List.of(), null));
        String line = Files.readString(file);
        Files.writeString(file, line.replace("\"version\":1", "\"version\":2"), StandardOpenOption.APPEND);
        assertThatThrownBy(journal::read).isInstanceOf(IOException.class).hasMessageContaining("line 2: of version 2");
        Files.writeString(file, "{\"seed\":");
        assertThatThrownBy(journal::read).isInstanceOf(IOException.class).hasMessageContaining("line 1");
    }

    @Test
    void longLinesOfProgramsThatPlayAtTheSameTimeDoNotMix() throws Exception {
        Path file = directory.resolve("journal");
        RunSummary run = RunSummary.of(7, "nodes", history(0), List.of(), "it ended ".repeat(10_000));
        List<WorkerThread> programs = Stream.of("one", "two")
                .map(name -> new WorkerThread(name, () -> {
                            for (int i = 0; i < 100; i++) {
                                new ChaosJournal(file).append(run);
                            }
                        })
                        .start())
                .toList();
        programs.forEach(program -> program.end(Duration.ofSeconds(60)));
        assertThat(new ChaosJournal(file).read()).hasSize(200);
    }
}
