/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What retention drops stays under another name for file.delete.delay.ms, then it is gone, and nothing holds on to it. */
class FileDeletionTest {
    private static final int RECORDS = 40;
    private static final long DELAY_MS = 60_000;

    @TempDir
    Path dir;

    private final OpenFiles files = new OpenFiles();
    private LogFixture fixture;
    private SegmentedLog log;

    @BeforeEach
    void fill() throws Exception {
        fixture = new LogFixture(dir, files);
        log = fixture.log();
        for (int i = 0; i < RECORDS; i++) {
            log.append(Batches.of(Compression.NONE, fixture.clock.ms(), i + "x".repeat(200)), 0);
        }
        log.updateHighWatermark(RECORDS);
        log.checkpoint(); // indexes of sealed segments are written
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static LogConfig retaining(long ms, long delayMs) {
        LogConfig small = LogFixture.smallSegments();
        return new LogConfig(
                small.segmentBytes(),
                small.segmentMs(),
                0,
                small.indexIntervalBytes(),
                small.indexMaxBytes(),
                small.flush(),
                small.validation(),
                new LogConfig.Retention(true, false, ms, -1, delayMs));
    }

    private void dropAll(long delayMs) throws Exception {
        log.configure(retaining(1000, delayMs));
        fixture.clock.advance(1001);
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset()).isEqualTo(RECORDS);
    }

    /** Names without the mark of the deleted, and what is in them. */
    private Map<String, ByteBuffer> files(boolean deleted) throws IOException {
        Map<String, ByteBuffer> found = new TreeMap<>();
        try (Stream<Path> all = Files.list(fixture.folder())) {
            for (Path file : all.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(SegmentNames.DELETED) == deleted) {
                    String plain = deleted ? name.substring(0, name.length() - SegmentNames.DELETED.length()) : name;
                    found.put(plain, ByteBuffer.wrap(Files.readAllBytes(file)));
                }
            }
        }
        return found;
    }

    @Test
    void filesStayAsTheyWereUntilTheirTimeHasComeAndAreGoneThen() throws Exception {
        Map<String, ByteBuffer> before = files(false);
        List<Long> bases = log.segmentBases();
        assertThat(bases).hasSizeGreaterThan(2);
        dropAll(DELAY_MS);
        Map<String, ByteBuffer> kept = files(true);
        for (long base : bases) {
            assertThat(kept.keySet())
                    .contains(
                            SegmentNames.log(base),
                            SegmentNames.name(base, SegmentNames.OFFSET_INDEX),
                            SegmentNames.name(base, SegmentNames.TIME_INDEX));
        }
        for (long base : bases.subList(0, bases.size() - 1)) { // the last one was sealed when it was dropped
            kept.forEach((name, bytes) -> {
                if (name.startsWith(SegmentNames.name(base, ""))) {
                    assertThat(bytes).as(name).isEqualTo(before.get(name));
                }
            });
        }
        fixture.clock.advance(DELAY_MS - 1);
        fixture.store.maintain();
        assertThat(files(true)).as("a millisecond before").isEqualTo(kept);
        fixture.clock.advance(1);
        fixture.store.maintain();
        assertThat(files(true)).isEmpty();
        assertThat(files.open()).noneMatch(name -> name.toString().startsWith(SegmentNames.name(bases.get(0), "")));
        assertThat(log.append(Batches.of("goes on"), 0).baseOffset()).isEqualTo(RECORDS);
    }

    @Test
    void whoHoldsARangeReadsItToItsEndAndTheFileIsClosedBehindHim() throws Exception {
        List<RecordsRange> held = new ArrayList<>();
        for (long base : log.segmentBases()) {
            held.add(log.read(base, 1000, Long.MAX_VALUE, true));
        }
        dropAll(0);
        fixture.store.maintain();
        assertThat(files(true)).isEmpty();
        int next = 0;
        for (RecordsRange range : held) {
            assertThat(range.baseOffset()).isGreaterThanOrEqualTo(next);
            assertThat(LogFixture.records(range).records())
                    .as("the records of a file that is gone")
                    .isNotEmpty();
            next = (int) range.baseOffset() + 1;
        }
        assertThat(files.open()).containsOnly(Path.of(DirState.LOCK_FILE), Path.of(SegmentNames.log(RECORDS)));
    }

    @Test
    void theDelayIsThatOfTheMomentOfTheDrop() throws Exception {
        dropAll(DELAY_MS);
        int kept = files(true).size();
        log.configure(retaining(1000, 0));
        log.append(Batches.of(Compression.NONE, fixture.clock.ms(), "later"), 0);
        log.updateHighWatermark(RECORDS + 1);
        fixture.clock.advance(1001);
        fixture.store.enforceRetention();
        fixture.store.maintain();
        assertThat(files(true)).as("in the order of their offsets").hasSizeGreaterThanOrEqualTo(kept);
        fixture.clock.advance(DELAY_MS);
        fixture.store.maintain();
        assertThat(files(true)).isEmpty();
    }

    /** Whatever is mapped may be cut or deleted under who reads it: SIGBUS, and memory that stays. So nothing is. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingOfALogIsEverMapped() throws Exception {
        log = fixture.reopenClean();
        log.updateHighWatermark(RECORDS);
        assertThat(LogFixture.readAll(log, 0)).hasSize(RECORDS);
        assertThat(log.findByTimestamp(0, RECORDS)).isNotNull();
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(dir.toString());
        dropAll(0);
        fixture.store.maintain();
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(dir.toString());
    }
}
