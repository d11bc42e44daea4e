/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random logs, cleaned again and again, with crashes and losses of power in between, compared with a model. */
class CompactionPropertyTest {
    private static final int CASES = Integer.getInteger("seeds", 8);
    private static final int STEPS = 120;
    private static final int KEYS = 14;

    @TempDir
    Path dir;

    @Test
    void whatIsLeftIsWhatTheModelSays() throws Exception {
        long start = Long.getLong("seed", System.nanoTime());
        for (int i = 0; i < CASES; i++) {
            long seed = start + i;
            Path folder = dir.resolve("case" + i);
            try {
                new Case(seed, folder).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return; // it was on a simulated disk
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static final class Case {
        final Random random;
        final LogFixture fixture;
        /** Where power may be lost; null for the system's files, on which processes die. */
        final @Nullable SimulatedDisk disk;

        final CompactionModel model = new CompactionModel();
        final long deleteRetentionMs;
        final int[] sequences = new int[4];
        SegmentedLog log;
        CleanerConfig cleanerConfig;
        long highWatermark;
        long maxBound;
        long cleanedEnd;

        Case(long seed, Path folder) {
            random = new Random(seed);
            deleteRetentionMs = random.nextInt(3) * 1000L;
            disk = random.nextInt(3) == 0 ? new SimulatedDisk(new Random(seed)) : null;
            fixture = start(folder);
            LogConfig base = LogFixture.smallSegments();
            fixture.config = new LogConfig(
                    500 + random.nextInt(2500),
                    base.segmentMs(),
                    0,
                    100,
                    base.indexMaxBytes(),
                    base.flush(),
                    base.validation(),
                    new LogConfig.Retention(false, true, -1, -1, 0),
                    new LogConfig.Compaction(0, deleteRetentionMs, random.nextInt(3) == 0 ? 500 : 0, Long.MAX_VALUE));
            int keys = random.nextBoolean() ? 1 + random.nextInt(6) : 1000;
            cleanerConfig = new CleanerConfig(1, 24L * (keys + 2), 0.9, 4096, Double.MAX_VALUE, 1);
            log = fixture.log();
        }

        private LogFixture start(Path folder) {
            if (disk == null) {
                return new LogFixture(folder, new FaultyFiles()); // which forces nothing, to be quick
            }
            LogFixture started = new LogFixture(Path.of("/node/logs"), disk);
            started.store.close();
            started.background = StepPool::new; // the disk is for one thread
            started.open();
            model.files = disk;
            return started;
        }

        void run() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                step("step " + step);
            }
            finish();
            fixture.close();
        }

        private void step(String what) throws Exception {
            switch (random.nextInt(20)) {
                case 0, 1, 2 -> clean(what);
                case 3 -> restart(what);
                case 4 -> crashWhileCleaning(what);
                case 5 -> truncate();
                case 6, 7 -> replicate();
                case 8 -> fixture.clock.advance(random.nextInt(1500));
                case 9 -> endTransaction();
                default -> append();
            }
        }

        private void append() throws Exception {
            int producer = random.nextInt(6) - 2; // negative: none; 2 and 3 are transactional
            boolean transactional = producer >= 2;
            long timestampMs = fixture.clock.ms() - random.nextInt(100);
            SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(5)];
            long offset = log.logEndOffset();
            for (int i = 0; i < records.length; i++) {
                String key = "key" + random.nextInt(KEYS);
                String value = random.nextInt(4) == 0 ? null : "v" + (offset + i) + "x".repeat(random.nextInt(60));
                records[i] = new SimpleRecord(timestampMs + i, bytes(key), value == null ? null : bytes(value));
                model.appended(offset + i, key, value, timestampMs + i, transactional ? producer : -1);
            }
            Compression codec = RecordCodecs.all().get(random.nextInt(5));
            ByteBuffer batch = Batches.direct(
                    producer < 0
                            ? MemoryRecords.withRecords(codec, records)
                            : transactional
                                    ? MemoryRecords.withTransactionalRecords(
                                            codec, producer, (short) 0, sequences[producer], records)
                                    : MemoryRecords.withIdempotentRecords(
                                            codec, producer, (short) 0, sequences[producer], records));
            assertThat(log.append(batch, 3).baseOffset()).isEqualTo(offset);
            if (producer >= 0) {
                sequences[producer] += records.length;
            }
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private void endTransaction() throws Exception {
            int producer = 2 + random.nextInt(2);
            if (model.hasOpen(producer)) {
                boolean commit = random.nextBoolean();
                log.appendEndMarker(producer, (short) 0, new EndMarker(commit, 1), 3);
                model.ended(producer, commit);
            }
        }

        private void replicate() {
            highWatermark += random.nextInt((int) (log.logEndOffset() - highWatermark) + 1);
            log.updateHighWatermark(highWatermark);
        }

        /** Only what was never replicated, by whom nothing is remembered but sequences of producers that had none there. */
        private void truncate() throws Exception {
            if (model.hasOpen(2) || model.hasOpen(3) || log.firstUnstableOffset() != Long.MAX_VALUE) {
                return;
            }
            replicate();
            long before = log.logEndOffset();
            while (log.logEndOffset() == before) {
                String key = "key" + random.nextInt(KEYS);
                model.appended(before, key, "doomed", 1, -1);
                log.append(
                        Batches.direct(MemoryRecords.withRecords(
                                Compression.NONE, new SimpleRecord(1, bytes(key), bytes("doomed")))),
                        3);
            }
            log.truncateTo(before);
            model.cutAt(before);
        }

        private LogCleaner cleaner() {
            return new LogCleaner(cleanerConfig, fixture.store::compactedLogs, fixture.clock, System::nanoTime);
        }

        private void clean(String what) throws Exception {
            log.checkpoint();
            CleanableLog.View view = log.cleanable().view();
            maxBound = Math.max(maxBound, view.endOffset());
            assertThat(view.endOffset()).isLessThanOrEqualTo(Math.min(highWatermark, log.firstUnstableOffset()));
            long nowMs = fixture.clock.ms();
            try (LogCleaner cleaner = cleaner()) {
                for (int i = 0; cleaner.cleanOne(); i++) {
                    assertThat(i).isLessThan(100);
                }
                assertThat(cleaner.setAsideLogs()).isZero();
            }
            cleanedEnd = log.cleanable().view().cleanedEnd();
            model.cleaned(cleanedEnd, nowMs);
            check(what + " clean");
        }

        private void check(String what) throws Exception {
            model.check(what, log, maxBound, cleanedEnd, fixture.clock.ms(), deleteRetentionMs);
        }

        private void restart(String what) throws Exception {
            long end = log.logEndOffset();
            if (random.nextBoolean()) {
                log.checkpoint();
            }
            fixture.store.close();
            if (random.nextInt(3) == 0) {
                forgetProducers();
            }
            fixture.open();
            log = fixture.log();
            afterRestart(what, end);
        }

        private void afterRestart(String what, long end) throws Exception {
            log.updateHighWatermark(highWatermark);
            assertThat(log.logEndOffset()).as(what).isEqualTo(end);
            assertThat(log.firstUnstableOffset()).as(what).isLessThanOrEqualTo(model.firstOpen());
            if (highWatermark == end) {
                assertThat(log.firstUnstableOffset()).as(what).isEqualTo(model.firstOpen());
            }
            check(what + " restart");
        }

        /** Snapshots of producers are lost, so they are read from the batches. */
        private void forgetProducers() throws IOException {
            for (Path file : fixture.files.list(fixture.folder())) {
                if (file.toString().endsWith(SegmentNames.PRODUCER_SNAPSHOT)) {
                    fixture.files.delete(file);
                }
            }
        }

        private void crashWhileCleaning(String what) throws Exception {
            if (disk != null) {
                losePowerWhileCleaning(what, disk);
                return;
            }
            log.checkpoint();
            long end = log.logEndOffset();
            fixture.store.close();
            FaultyFiles files = new FaultyFiles();
            fixture.open(files);
            log = fixture.log();
            log.updateHighWatermark(highWatermark);
            log.checkpoint(); // the cleaner would ask for it, and go further than is noted here
            maxBound = Math.max(maxBound, log.cleanable().view().endOffset());
            long nowMs = fixture.clock.ms();
            if (random.nextBoolean()) {
                files.failIn(random.nextInt(60));
            } else {
                files.crashIn(random.nextInt(60));
            }
            try (LogCleaner cleaner = cleaner()) {
                cleaner.cleanOne();
            }
            // What was replaced before the failure counts as cleaned for the tombstones in it.
            model.cleaned(maxBound, nowMs);
            fixture.store.close();
            fixture.open();
            log = fixture.log();
            cleanedEnd = log.cleanable().view().cleanedEnd();
            afterRestart(what + " crash at " + files.failed(), end);
        }

        /** An operation fails, or all from then on do; then what was not forced may be gone. */
        private void losePowerWhileCleaning(String what, SimulatedDisk simulated) throws Exception {
            log.checkpoint();
            long end = log.logEndOffset();
            maxBound = Math.max(maxBound, log.cleanable().view().endOffset());
            long nowMs = fixture.clock.ms();
            simulated.failIn(random.nextInt(60), random.nextBoolean());
            try (LogCleaner cleaner = cleaner()) {
                cleaner.cleanOne();
            }
            model.cleaned(maxBound, nowMs);
            String failed = simulated.failed();
            simulated.losePower();
            fixture.open();
            log = fixture.log();
            cleanedEnd = log.cleanable().view().cleanedEnd();
            afterRestart(what + " power lost behind " + failed, end);
        }

        /** Rolls a segment, so that there is something to clean. */
        private void fill() throws Exception {
            Segment active = log.segments().active();
            while (log.segments().active() == active) {
                long offset = log.logEndOffset();
                model.appended(offset, "filler", "f", 1, -1);
                log.append(
                        Batches.direct(MemoryRecords.withRecords(
                                Compression.NONE, new SimpleRecord(1, bytes("filler"), bytes("f")))),
                        3);
            }
            highWatermark = log.logEndOffset();
            log.updateHighWatermark(highWatermark);
        }

        /** Everything is decided and old: nothing but the last values is left, and producers go on where they were. */
        private void finish() throws Exception {
            for (int producer = 2; producer < 4; producer++) {
                if (model.hasOpen(producer)) {
                    log.appendEndMarker(producer, (short) 0, new EndMarker(true, 1), 3);
                    model.ended(producer, true);
                }
            }
            long before = fixture.clock.ms();
            for (int i = 0; i < 4; i++) {
                if (i < 2) {
                    fill(); // later nothing is new, but delete horizons pass
                }
                fixture.clock.advance(10_000);
                clean("finish " + i);
            }
            model.checkTombstonesGone(log, before + 25_000);
            fixture.store.close();
            forgetProducers();
            fixture.open();
            log = fixture.log();
            afterRestart("finish", log.logEndOffset());
            for (int producer = 0; producer < 4; producer++) {
                if (sequences[producer] > 0) {
                    ByteBuffer wrong = Batches.direct(MemoryRecords.withIdempotentRecords(
                            Compression.NONE,
                            producer,
                            (short) 0,
                            sequences[producer] + 5,
                            new SimpleRecord(1, bytes("k"), bytes("v"))));
                    org.assertj.core.api.Assertions.assertThatThrownBy(() -> log.append(wrong, 3))
                            .as("producer " + producer)
                            .isInstanceOf(RejectedBatchException.class);
                    ByteBuffer right = Batches.direct(MemoryRecords.withIdempotentRecords(
                            Compression.NONE,
                            producer,
                            (short) 0,
                            sequences[producer],
                            new SimpleRecord(1, bytes("k"), bytes("v"))));
                    log.append(right, 3);
                }
            }
        }
    }
}
