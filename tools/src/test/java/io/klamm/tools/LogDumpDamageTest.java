/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.HighWatermarkFile;
import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.LogStoreConfig;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.producer.EndMarker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code klamm log dump} of every kind of file: of a node that runs, and damaged in every way. */
class LogDumpDamageTest {
    private static final Uuid TOPIC_ID = new Uuid(1, 2);

    @TempDir
    static Path dir;

    private static LogStore store;

    /** Every kind of file that has a content to be dumped, by the end of its name, and by what a line of its dump in JSON is called. */
    enum Kind {
        SEGMENT(".log", "batch"),
        OFFSET_INDEX("/00000000000000000000.index", "offsetIndexEntry"),
        TIME_INDEX("/00000000000000000000.timeindex", "timeIndexEntry"),
        TRANSACTION_INDEX(".txnindex", "abortedTransaction"),
        PRODUCER_SNAPSHOT(".snapshot", "producer"),
        LEADER_EPOCHS("leader-epoch-checkpoint", "lines"),
        PARTITION("partition.metadata", "lines"),
        RECOVERY_POINTS("recovery-point-offset-checkpoint", "lines"),
        LOG_STARTS("log-start-offset-checkpoint", "lines"),
        CLEANED_ENDS("cleaner-offset-checkpoint", "lines"),
        IDENTITY("klamm.identity", "lines"),
        HIGH_WATERMARKS("high-watermarks", "highWatermark");

        private final String end;
        private final String line;

        Kind(String end, String line) {
            this.end = end;
            this.line = line;
        }
    }

    private record Result(int code, String out, String err) {
        List<JsonNode> lines() throws Exception {
            List<JsonNode> lines = new ArrayList<>();
            for (String line : out.lines().toList()) {
                lines.add(new ObjectMapper().readTree(line));
            }
            return lines;
        }
    }

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Result(code, out.toString(), err.toString());
    }

    @BeforeAll
    static void write() throws Exception {
        LogConfig defaults = LogConfig.DEFAULT;
        LogConfig small = new LogConfig(
                2000,
                defaults.segmentMs(),
                0,
                100,
                defaults.indexMaxBytes(),
                defaults.flush(),
                defaults.validation(),
                new LogConfig.Retention(false, true, -1, -1, 0),
                new LogConfig.Compaction(0, 1_000_000, 0, Long.MAX_VALUE));
        store = open();
        PartitionLog log = store.openOrCreate("orders", TOPIC_ID, 0, small);
        log.startEpoch(5);
        for (int i = 0; i < 40; i++) {
            log.append(
                    MemoryRecords.withIdempotentRecords(
                                    Compression.NONE, 77, (short) 0, i, record("key" + i % 20, "v" + "x".repeat(100)))
                            .buffer(),
                    5);
        }
        log.append(
                MemoryRecords.withTransactionalRecords(Compression.NONE, 78, (short) 0, 0, record("aborted", "v"))
                        .buffer(),
                5);
        log.appendEndMarker(78, (short) 0, new EndMarker(false, 1), 5);
        log.flush();
        log.updateHighWatermark(log.logEndOffset());
        log.advanceLogStart(3);
        try (LogCleaner cleaner = new LogCleaner(
                new CleanerConfig(1, 1 << 16, 0.9, 8192, Double.MAX_VALUE, 1),
                store::compactedLogs,
                Clock.systemUTC(),
                System::nanoTime)) {
            assertThat(cleaner.cleanOne()).isTrue();
        }
        store.closeCleanly(9); // checkpoints are written
        store = open();
        store.openOrCreate("orders", TOPIC_ID, 0, small);
        new HighWatermarkFile(LogFiles.SYSTEM, dir.resolve("high-watermarks"))
                .save(Map.of(new PartitionId(TOPIC_ID, 0), 42L));
    }

    private static LogStore open() {
        return LogStore.open(
                new LogStoreConfig(1, "cluster", List.of(dir), 1, 86_400_000, 1000, 0),
                LogFiles.SYSTEM,
                Clock.systemUTC(),
                (path, error) -> {});
    }

    private static SimpleRecord record(String key, String value) {
        return new SimpleRecord(
                System.currentTimeMillis(),
                key.getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void close() {
        store.close();
    }

    /** The first one that has something to tell. */
    private static Path file(Kind kind) throws Exception {
        try (Stream<Path> files = Files.walk(dir)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(kind.end))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileOfARunningNodeIsPrinted(Kind kind) throws Exception {
        Path file = file(kind);
        Result text = run("log", "dump", file.toString());
        assertThat(text.err()).isEmpty();
        assertThat(text.out()).doesNotContain("DAMAGE");
        assertThat(text.code()).isZero();
        Result json = run("log", "dump", file.toString(), "--json");
        assertThat(json.code()).isZero();
        assertThat(json.lines())
                .anySatisfy(line -> assertThat(line.get("type").asText()).isEqualTo(kind.line));
    }

    /** A copy, under its own name so that it is known for what it is. */
    private static Result dumpOf(Path file, byte[] content, Path folder, String... options) throws Exception {
        Files.createDirectories(folder);
        Path copy = folder.resolve(file.getFileName().toString());
        Files.write(copy, content);
        List<String> arguments = new ArrayList<>(List.of("log", "dump", copy.toString()));
        arguments.addAll(List.of(options));
        return run(arguments.toArray(String[]::new));
    }

    private static void assertDamageIsTold(String what, Path file, byte[] content, Path folder) throws Exception {
        Result text = dumpOf(file, content, folder);
        assertThat(text.err()).as(what).isEmpty();
        assertThat(text.out()).as(what).contains("DAMAGE");
        assertThat(text.code()).as(what).isEqualTo(1);
        Result json = dumpOf(file, content, folder, "--json");
        assertThat(json.code()).as(what).isEqualTo(1);
        List<JsonNode> damages = json.lines().stream()
                .filter(line -> line.get("type").asText().equals("damage"))
                .toList();
        assertThat(damages).as(what).isNotEmpty();
        assertThat(damages.get(0).get("file").asText()).endsWith(String.valueOf(file.getFileName()));
        assertThat(damages.get(0).get("what").asText()).as(what).isNotBlank();
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatIsCutShortIsPrintedUpToThere(Kind kind, @TempDir Path other) throws Exception {
        Path file = file(kind);
        byte[] sound = Files.readAllBytes(file);
        assertDamageIsTold("cut", file, Arrays.copyOf(sound, sound.length - 3), other);
        if (kind != Kind.SEGMENT) {
            assertDamageIsTold("empty", file, new byte[0], other);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesThatAreNotWhatWasWrittenAreTold(Kind kind, @TempDir Path other) throws Exception {
        Path file = file(kind);
        byte[] sound = Files.readAllBytes(file);
        byte[] flipped = sound.clone();
        for (int at = sound.length / 2; at < Math.min(sound.length, sound.length / 2 + 8); at++) {
            flipped[at] = (byte) ~flipped[at];
        }
        assertDamageIsTold("eight bytes in the middle", file, flipped, other);
        byte[] garbage = new byte[sound.length];
        Arrays.fill(garbage, (byte) 'x');
        assertDamageIsTold("garbage", file, garbage, other);
    }

    @Test
    void theOtherFilesOfAFolderArePrintedAllTheSame(@TempDir Path other) throws Exception {
        Path snapshot = file(Kind.PRODUCER_SNAPSHOT);
        Path epochs = file(Kind.LEADER_EPOCHS);
        Files.write(other.resolve(snapshot.getFileName().toString()), new byte[] {1, 2, 3});
        Files.copy(epochs, other.resolve(epochs.getFileName().toString()));
        Path segment = file(Kind.SEGMENT);
        Files.copy(segment, other.resolve(segment.getFileName().toString()));
        Result all = run("log", "dump", other.toString());
        assertThat(all.code()).isEqualTo(1);
        assertThat(all.out())
                .containsOnlyOnce("DAMAGE")
                .contains("segment, base offset")
                .contains("77/0")
                .contains("leader epochs\n  klamm leader-epochs");
    }
}
