/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.LogStoreConfig;
import io.klamm.storage.log.PartitionLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCommandTest {
    @TempDir
    Path dir;

    private Path segment;

    private record Result(int code, String out, String err) {}

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @BeforeEach
    void write() throws Exception {
        LogStoreConfig config = new LogStoreConfig(1, "cluster", List.of(dir), 1, 86_400_000, 1000, 0);
        try (LogStore store = LogStore.open(config, LogFiles.SYSTEM, Clock.systemUTC(), (path, error) -> {})) {
            PartitionLog log = store.openOrCreate("orders", new Uuid(1, 2), 0, LogConfig.DEFAULT);
            log.startEpoch(5);
            long now = System.currentTimeMillis();
            log.append(
                    MemoryRecords.withIdempotentRecords(
                                    Compression.NONE, 77, (short) 0, 0, new SimpleRecord(now, bytes("k1"), bytes("v1")))
                            .buffer(),
                    5);
            log.append(
                    MemoryRecords.withRecords(
                                    Compression.gzip().build(),
                                    new SimpleRecord(
                                            now, null, bytes("v2"), new Header[] {new RecordHeader("h", bytes("x"))}),
                                    new SimpleRecord(now, bytes("k3"), null))
                            .buffer(),
                    5);
            store.closeCleanly(9);
        }
        segment = dir.resolve("orders-0/00000000000000000000.log");
    }

    private Map<Path, byte[]> content() throws IOException {
        Map<Path, byte[]> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(file, Files.readAllBytes(file));
            }
        }
        return content;
    }

    @Test
    void dumpPrintsEveryKindOfFileAndChangesNone() throws Exception {
        Map<Path, byte[]> before = content();
        Result result = run("log", "dump", dir.toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("segment, base offset 0")
                .contains("producer snapshot, offset 3, producers 1")
                .contains("leader epochs\n  klamm leader-epochs 2\n    5 0\n")
                .contains("time index, base offset 0")
                .contains("topic-id ")
                .contains("orders-0 ")
                .contains("broker.epoch 9")
                .contains("cluster.id cluster");
        assertThat(content()).containsExactlyEntriesOf(before);
    }

    @Test
    void dumpPrintsRecordsAsConsumeDoes() throws Exception {
        Result text = run("log", "dump", segment.toString(), "--records");
        assertThat(text.out()).containsSubsequence("0-0", "k1 = v1", "1-2", "gzip", "null = v2  [h=x]", "k3 = null");
        Result json = run("log", "dump", segment.toString(), "--records", "--json", "--from-offset", "2");
        List<JsonNode> lines = new ArrayList<>();
        for (String line : json.out().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0).get("baseOffset").asLong()).isZero();
        assertThat(lines.get(1).get("compression").asText()).isEqualTo("gzip");
        assertThat(lines.get(2).get("topic").asText()).isEqualTo("orders");
        assertThat(lines.get(2).get("offset").asLong()).isEqualTo(2);
        assertThat(lines.get(2).get("key").asText()).isEqualTo("k3");
        assertThat(lines.get(2).get("value").isNull()).isTrue();
        Result one = run("log", "dump", segment.toString(), "--records", "--max", "1");
        assertThat(one.out()).contains("k1 = v1").doesNotContain("v2");
    }

    @Test
    void damageIsPrintedWhereItIsAndTheRestGoesOn() throws Exception {
        byte[] bytes = Files.readAllBytes(segment);
        bytes[40] ^= 1;
        Files.write(segment, bytes);
        Result dump = run("log", "dump", segment.toString());
        assertThat(dump.code()).isEqualTo(1);
        assertThat(dump.out()).contains("DAMAGE at 0: CRC ").contains("1-2 ");
        Result json = run("log", "dump", segment.toString(), "--json");
        JsonNode damage =
                new ObjectMapper().readTree(json.out().lines().toList().get(1));
        assertThat(damage.get("type").asText()).isEqualTo("damage");
        assertThat(damage.get("position").asLong()).isZero();
        Result verify = run("log", "verify", dir.toString());
        assertThat(verify.code()).isEqualTo(1);
        assertThat(verify.out()).contains("damage").contains("Not sound: 1 logs");
        Result report = run("log", "verify", dir.toString(), "--json");
        JsonNode tree = new ObjectMapper().readTree(report.out());
        assertThat(tree.get("sound").asBoolean()).isFalse();
        assertThat(tree.get("findings").get(0).get("severity").asText()).isEqualTo("damage");
    }

    @Test
    void verifyOfASoundDirSaysSo() {
        Result result = run("log", "verify", dir.toString());
        assertThat(result.out()).startsWith("Sound: 1 logs, 1 segments, 2 batches, 3 records, ");
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsSaidInOneLine() throws Exception {
        Result missing = run("log", "dump", dir.resolve("nothing").toString());
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err())
                .endsWith("cannot be read: there is no such file\n")
                .hasLineCount(1);
        Result other = run("log", "verify", dir.resolve("orders-0").getRoot().toString());
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err())
                .contains("neither a log dir nor the folder of a log")
                .hasLineCount(1);
    }
}
