/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeLogTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private Map<String, Integer> striking(String text) throws IOException {
        return NodeLog.striking(Files.writeString(directory.resolve("node.log"), text));
    }

    @Test
    void errorsAreCountedByTheirKindAndOrdinaryEntriesAreNot() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:18.188 INFO  LocalReplicas: ERROR is the name of a topic
                2026-11-21 10:47:18.281 ERROR GroupShard: __consumer_offsets-4: its groups cannot be loaded
                2026-11-21 10:47:19.281 ERROR GroupShard: __consumer_offsets-17: its groups cannot be loaded
                2026-11-21 10:47:19.400 WARN  Broker: slow
                """))
                .containsExactly(Map.entry(
                        "2026-11-21 10:47:18.281 ERROR GroupShard: __consumer_offsets-4: its groups cannot be loaded",
                        2));
    }

    @Test
    void aStackTraceStrikesWithTheEntryThatItBelongsTo() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:18.188 WARN  Broker: it failed
                java.io.IOException: why
                \tat io.klamm.Broker.run(Broker.java:17)
                2026-11-21 10:47:18.189 INFO  Broker: goes on
                """))
                .containsOnlyKeys("2026-11-21 10:47:18.188 WARN  Broker: it failed | java.io.IOException: why"
                        + " | at io.klamm.Broker.run(Broker.java:17)");
    }

    @Test
    void theLastWordsOfAProcessStrike() throws IOException {
        assertThat(striking("""
                2026-11-21 10:47:18.188 INFO  Broker: runs
                # There is insufficient memory for the Java Runtime Environment to continue.
                Exception in thread "main" java.lang.Error
                """)).hasSize(2);
    }
}
