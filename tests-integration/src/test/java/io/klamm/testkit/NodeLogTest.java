/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.Month;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeLogTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private List<NodeLog.Striking> striking(String text) throws IOException {
        return NodeLog.striking(Files.writeString(directory.resolve("node.log"), text));
    }

    private static LocalDateTime second(int second) {
        return LocalDateTime.of(2026, Month.NOVEMBER, 21, 10, 47, second);
    }

    @Test
    void errorsAreCountedByTheirKindAndOrdinaryEntriesAreNot() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:17.188 INFO  LocalReplicas: ERROR is the name of a topic
                2026-11-21 10:47:18.000 ERROR GroupShard: __consumer_offsets-4: its groups cannot be loaded
                2026-11-21 10:47:19.000 ERROR GroupShard: __consumer_offsets-17: its groups cannot be loaded
                2026-11-21 10:47:19.400 WARN  Broker: slow
                """))
                .containsExactly(new NodeLog.Striking(
                        "2026-11-21 10:47:18.000 ERROR GroupShard: __consumer_offsets-4: its groups cannot be loaded",
                        2,
                        second(18),
                        second(19)));
    }

    @Test
    void anErrorThatComesUpAgainLaterIsToldAgain() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:18.000 ERROR Segments: log dir 4 is offline
                2026-11-21 10:47:19.000 ERROR Segments: log dir 5 is offline
                2026-11-21 10:47:30.000 ERROR Segments: log dir 6 is offline
                """))
                .extracting(NodeLog.Striking::first, NodeLog.Striking::last, NodeLog.Striking::times)
                .containsExactly(tuple(second(18), second(19), 2), tuple(second(30), second(30), 1));
    }

    @Test
    void aStackTraceStrikesWithTheEntryThatItBelongsTo() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:18.188 WARN  Broker: it failed
                java.io.IOException: why
                \tat io.klamm.Broker.run(Broker.java:17)
                2026-11-21 10:47:18.189 INFO  Broker: goes on
                """))
                .extracting(NodeLog.Striking::text)
                .containsExactly("2026-11-21 10:47:18.188 WARN  Broker: it failed | java.io.IOException: why"
                        + " | at io.klamm.Broker.run(Broker.java:17)");
    }

    @Test
    void theLastWordsOfAProcessStrike() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:18.000 INFO  Broker: runs
                # There is insufficient memory for the Java Runtime Environment to continue.
                Exception in thread "main" java.lang.Error
                """)).extracting(NodeLog.Striking::first).containsExactly(second(18), second(18));
    }
}
