/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryRecorderTest {
    private static final TopicPartition PARTITION = new TopicPartition("with-dashes", 3);
    private static final Span SPAN = new Span(5, 9);
    private static final List<Event> ONE_OF_EACH = List.of(
            new Send(SPAN, "p", PARTITION, new Send.Payload(1, null, "a \"quoted\" ü"), Acks.ALL, Outcome.OK, 7),
            new Poll(SPAN, "r", 2, PARTITION, 4, List.of(new ReadRecord(4, "k", "v"))),
            new Contents(SPAN, "r", PARTITION, 0, 1, List.of(new ReadRecord(0, null, "v"))),
            new Ownership(SPAN, "m", "g", 3, List.of(PARTITION)),
            new Commit(SPAN, "m", "g", 3, PARTITION, 8, Outcome.UNKNOWN, "TimeoutException: why"),
            new MemberFate(SPAN, "m", "g", MemberFate.Fate.FROZEN),
            new CommittedOffset(SPAN, "w", "g", PARTITION, -1),
            new Bounds(SPAN, "w", PARTITION, 6, 0, 2, 1),
            new Leadership(SPAN, "w", PARTITION, 1, 2),
            new MetadataDigest(SPAN, "n", 4, "ff"),
            new ReplicaLog(
                    SPAN,
                    "n",
                    PARTITION,
                    3,
                    List.of(new ReplicaLog.StoredBatch(0, 2, 1, 0xFFFFFFFFL)),
                    List.of(new ReplicaLog.StoredRecord(2, "a2V5", "abc", true)),
                    "cut off"),
            new NodeEnd(SPAN, "n", 0),
            new LogLine(SPAN, "n", "ERROR", 3),
            new Milestone(SPAN, "run", Milestone.Mark.HEALED),
            new TopicKind(SPAN, "run", "t", 3, true),
            new TopicChange(SPAN, "c", "t", TopicChange.Change.GROW, 4, Outcome.OK),
            new TopicsSeen(SPAN, "n", "t", Map.of("t", 4)),
            new Reassignment(SPAN, "o", new TopicPartition("t", 1), List.of(1), List.of(2), true, List.of(1)),
            new Fault(new Span(6, Span.NEVER), "nemesis", "KILL_ALL", "KILL", List.of(1, 2), "gone"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void everyKindOfEventIsReadBackAsItWas() throws IOException {
        Set<Class<?>> kinds = new HashSet<>();
        ONE_OF_EACH.forEach(event -> kinds.add(event.getClass()));
        assertThat(kinds).containsExactlyInAnyOrder(Event.class.getPermittedSubclasses());

        Path file = directory.resolve("history.jsonl");
        try (HistoryRecorder recorder = HistoryRecorder.to(file)) {
            ONE_OF_EACH.forEach(recorder::add);
            assertThat(recorder.history().events()).isEqualTo(ONE_OF_EACH);
        }
        assertThat(HistoryFile.read(file).events()).isEqualTo(ONE_OF_EACH);
    }

    @Test
    void whatNamesNoErrorIsReadAsBefore() throws IOException {
        Commit commit = new Commit(SPAN, "m", "g", 3, PARTITION, 8, Outcome.UNKNOWN);
        String line = HistoryFile.line(commit);
        assertThat(line).doesNotContain("error");
        assertThat(HistoryFile.parse(line)).isEqualTo(commit);
    }

    @Test
    void aLastLineThatWasCutOffIsLeftOutAndADamagedOneInTheMiddleIsNot() throws IOException {
        Path file = directory.resolve("history.jsonl");
        try (HistoryRecorder recorder = HistoryRecorder.to(file)) {
            ONE_OF_EACH.forEach(recorder::add);
        }
        Files.writeString(file, "{\"kind\":\"Send\",\"sp", StandardOpenOption.APPEND);
        assertThat(HistoryFile.read(file).events()).isEqualTo(ONE_OF_EACH);

        Files.writeString(file, "\n" + HistoryFile.line(ONE_OF_EACH.get(0)), StandardOpenOption.APPEND);
        assertThatThrownBy(() -> HistoryFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line " + (ONE_OF_EACH.size() + 2));
    }

    @Test
    void anotherFileIsRefused() throws IOException {
        Path file =
                Files.writeString(directory.resolve("other.jsonl"), "{\"format\":\"klamm-history\",\"version\":1}\n");
        assertThatThrownBy(() -> HistoryFile.read(file)).hasMessageContaining("not a history of version 2");
    }

    @Test
    void aSendHasItsTimesAndOneThatNeverEndedIsUnknown() throws IOException {
        AtomicLong clock = new AtomicLong(1_000);
        Path file = directory.resolve("history.jsonl");
        HistoryRecorder recorder = HistoryRecorder.to(file, clock::get);
        clock.set(1_010);
        long answered = recorder.begin("p", PARTITION, new Send.Payload(0, null, "a"), Acks.ALL);
        long unanswered = recorder.begin("p", PARTITION, new Send.Payload(1, null, "b"), Acks.ALL);
        clock.set(1_050);
        recorder.end(answered, Outcome.OK, 12);
        recorder.close();
        assertThat(recorder.end(unanswered, Outcome.OK, 13))
                .as("after the end of the run")
                .isNull();
        assertThat(HistoryFile.read(file).of(Send.class))
                .extracting(Send::value, Send::span, Send::outcome, Send::offset)
                .containsExactly(
                        tuple("a", new Span(10, 50), Outcome.OK, 12L),
                        tuple("b", new Span(10, Span.NEVER), Outcome.UNKNOWN, Send.NO_OFFSET));
    }

    @Test
    void whatTwoRecordersOfAProcessTookDownCanBeJudgedTogether() throws IOException {
        HistoryRecorder early = HistoryRecorder.inMemory();
        long ticket = early.begin("p", PARTITION, new Send.Payload(0, null, "a"), Acks.ALL);
        Send first = Objects.requireNonNull(early.end(ticket, Outcome.OK, 0));
        HistoryRecorder late = HistoryRecorder.inMemory();
        assertThat(late.now()).isGreaterThanOrEqualTo(first.span().completedNanos());
        early.close();
        late.close();
    }

    @Test
    void manyThreadsLoseNothing() throws Exception {
        Path file = directory.resolve("history.jsonl");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (HistoryRecorder recorder = HistoryRecorder.to(file)) {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                String process = "p" + thread;
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 500; i++) {
                        long ticket =
                                recorder.begin(process, PARTITION, new Send.Payload(i, null, process + i), Acks.ALL);
                        recorder.end(ticket, Outcome.OK, i);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(HistoryFile.read(file).of(Send.class))
                .extracting(Send::value)
                .doesNotHaveDuplicates()
                .hasSize(2_000);
    }
}
