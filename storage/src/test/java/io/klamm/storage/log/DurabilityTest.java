/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flush rounds, what time does to a log, LogAppendTime, and what a follower gets. */
class DurabilityTest {
    private static final int RECORDS = 5_000;

    @TempDir
    Path dir;

    private LogFixture fixture;
    private SegmentedLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(dir);
        log = fixture.log();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static void get(CompletableFuture<Void> future) throws Exception {
        future.get(30, TimeUnit.SECONDS);
    }

    private int segments() throws Exception {
        try (Stream<Path> files = Files.list(fixture.folder())) {
            return (int) files.filter(file -> file.toString().endsWith(".log")).count();
        }
    }

    @Test
    void everyWaiterIsToldWhenItsRecordsAreOnDisk() throws Exception {
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        // Many, for the flush rounds must be met at any moment of theirs.
        for (int i = 0; i < RECORDS; i++) {
            long end = log.append(Batches.of("value" + i), 0).endOffset();
            waiting.add(log.durableUpTo(end)
                    .thenRun(() -> assertThat(log.flushedEndOffset()).isGreaterThanOrEqualTo(end)));
        }
        for (CompletableFuture<Void> each : waiting) {
            get(each);
        }
        assertThat(log.flushedEndOffset()).isEqualTo(RECORDS);
        get(log.durableUpTo(RECORDS));
    }

    @Test
    void aTruncationCompletesThoseWhoWait() throws Exception {
        log.append(Batches.of("a"), 0);
        log.append(Batches.of("b"), 0);
        CompletableFuture<Void> cut = log.durableUpTo(2);
        log.truncateTo(1);
        get(cut);
    }

    @Test
    void closingCompletesThoseWhoWait() throws Exception {
        FaultyFiles files = new FaultyFiles();
        fixture.store.close();
        fixture.files = files;
        fixture.open();
        CountDownLatch gate = new CountDownLatch(1);
        List<CompletableFuture<Void>> busy = new ArrayList<>();
        for (int i = 1; i <= 4; i++) { // as many as there are flusher threads
            SegmentedLog other = fixture.log("other", LogFixture.TOPIC_ID, i);
            other.append(Batches.of("x"), 0);
            files.holdForces(gate);
            busy.add(other.durableUpTo(1));
        }
        log = fixture.log();
        log.append(Batches.of("c"), 0);
        CompletableFuture<Void> waiting = log.durableUpTo(1);
        fixture.store.delete(LogFixture.TOPIC_ID, 0);
        assertThatThrownBy(() -> get(waiting)).hasCauseInstanceOf(LogDirOfflineException.class);
        assertThatThrownBy(() -> get(log.durableUpTo(2))).hasCauseInstanceOf(LogDirOfflineException.class);
        gate.countDown();
        for (CompletableFuture<Void> each : busy) {
            get(each);
        }
    }

    @Test
    void flushMessagesAndFlushMsForce() throws Exception {
        LogConfig config = fixture.config;
        log.configure(withFlush(config, new LogConfig.Flush(3, Long.MAX_VALUE)));
        log.append(Batches.of("a", "b"), 0);
        assertThat(log.flushedEndOffset()).isZero();
        log.append(Batches.of("c"), 0);
        awaitFlushed(3);
        log.configure(withFlush(config, new LogConfig.Flush(Long.MAX_VALUE, 500)));
        log.append(Batches.of("d"), 0);
        fixture.clock.advance(501);
        fixture.store.maintain();
        awaitFlushed(4);
    }

    @Test
    void aClockThatGoesBackDoesNotPutFlushMsOff() throws Exception {
        log.configure(withFlush(fixture.config, new LogConfig.Flush(Long.MAX_VALUE, 500)));
        log.append(Batches.of("a"), 0);
        fixture.clock.advance(-3_600_000);
        fixture.store.maintain();
        awaitFlushed(1);
        log.append(Batches.of("b"), 0);
        fixture.clock.advance(501);
        fixture.store.maintain();
        awaitFlushed(2);
    }

    private static LogConfig withFlush(LogConfig config, LogConfig.Flush flush) {
        return new LogConfig(
                config.segmentBytes(),
                config.segmentMs(),
                0,
                config.indexIntervalBytes(),
                config.indexMaxBytes(),
                flush,
                config.validation(),
                config.retention());
    }

    private void awaitFlushed(long end) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (log.flushedEndOffset() < end) {
            assertThat(System.nanoTime()).as("waiting for the flush").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static LogConfig timed(long segmentMs, LogConfig.Retention retention) {
        LogConfig config = LogFixture.smallSegments();
        return new LogConfig(
                config.segmentBytes(), segmentMs, 0, 100, 10 << 20, config.flush(), config.validation(), retention);
    }

    @Test
    void rollsByTheProducersTimeAndByTheClock() throws Exception {
        log.configure(timed(1000, LogConfig.DEFAULT.retention()));
        log.append(Batches.of(Compression.NONE, 5000, "a"), 0);
        log.append(Batches.of(Compression.NONE, 6000, "b"), 0);
        assertThat(segments()).isEqualTo(1);
        log.append(Batches.of(Compression.NONE, 6001, "c"), 0);
        assertThat(segments()).isEqualTo(2);
        fixture.clock.advance(1001);
        fixture.store.maintain();
        log.append(Batches.of(Compression.NONE, 6001, "d"), 0);
        assertThat(segments()).isEqualTo(3);
        assertThat(LogFixture.readAll(log, 0)).containsExactly("0:a", "1:b", "2:c", "3:d");
    }

    @Test
    void deletesOldSegmentsBelowTheHighWatermark() throws Exception {
        log.configure(timed(Long.MAX_VALUE, new LogConfig.Retention(true, false, 10_000, -1, 1000)));
        for (int i = 0; i < 50; i++) {
            log.append(Batches.of(Compression.NONE, fixture.clock.ms(), "x".repeat(200)), 0);
        }
        int before = segments();
        assertThat(before).isGreaterThan(3);
        fixture.clock.advance(10_001);
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset())
                .as("nothing is below the high watermark")
                .isZero();
        RecordsRange range = log.read(0, 1000, 50, true);
        log.updateHighWatermark(50);
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset()).isEqualTo(50);
        assertThat(log.logEndOffset()).isEqualTo(50);
        assertThatThrownBy(() -> log.read(0, 1000, 50, true)).isInstanceOf(OffsetOutOfRangeException.class);
        fixture.clock.advance(1001);
        fixture.store.maintain();
        try (Stream<Path> files = Files.list(fixture.folder())) {
            assertThat(files.filter(file -> file.toString().endsWith(".deleted")))
                    .isEmpty();
        }
        assertThat(LogFixture.records(range).sizeInBytes())
                .as("a range in flight")
                .isPositive();
        log = fixture.reopenUnclean();
        assertThat(log.logStartOffset()).isEqualTo(50);
        assertThat(log.logEndOffset()).isEqualTo(50);
    }

    @Test
    void deletesTheOldestSegmentsBeyondRetentionBytes() throws Exception {
        log.configure(timed(Long.MAX_VALUE, new LogConfig.Retention(true, false, -1, 6000, 0)));
        for (int i = 0; i < 50; i++) {
            log.append(Batches.of("x".repeat(200)), 0);
        }
        log.updateHighWatermark(50);
        fixture.store.enforceRetention();
        assertThat(log.sizeInBytes()).isBetween(6000L, 6000L + LogFixture.SEGMENT_BYTES);
        assertThat(log.logStartOffset()).isPositive();
    }

    @Test
    void logAppendTimeIsStampedAndFound() throws Exception {
        LogConfig config = fixture.config;
        log.configure(new LogConfig(
                config.segmentBytes(),
                config.segmentMs(),
                0,
                100,
                config.indexMaxBytes(),
                config.flush(),
                new LogConfig.Validation(10_000, true, 10, 10, "producer"),
                config.retention()));
        AppendResult result = log.append(Batches.idempotent(3, 0, 0, "a", "b"), 0);
        assertThat(result.logAppendTimeMs()).isEqualTo(fixture.clock.ms());
        fixture.clock.advance(100);
        assertThat(log.append(Batches.idempotent(3, 0, 0, "a", "b"), 0))
                .isEqualTo(new AppendResult(0, 2, result.logAppendTimeMs(), true));
        log.append(Batches.of("c"), 0);
        assertThat(log.findByTimestamp(result.logAppendTimeMs() + 1, 10))
                .isEqualTo(new TimestampOffset(fixture.clock.ms(), 2, 0));
        assertThat(LogFixture.records(log.read(0, 10_000, 10, true)).batches()).allSatisfy(batch -> {
            assertThat(batch.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
            batch.ensureValid();
        });
    }

    @Test
    void batchesAreBroughtToTheTopicsCodec() throws Exception {
        LogConfig config = fixture.config;
        for (CompressionType target : CompressionType.values()) {
            String name = target == CompressionType.NONE ? "uncompressed" : target.name;
            log.configure(new LogConfig(
                    1 << 20,
                    config.segmentMs(),
                    0,
                    100,
                    config.indexMaxBytes(),
                    config.flush(),
                    new LogConfig.Validation(5_000, false, Long.MAX_VALUE, Long.MAX_VALUE, name),
                    config.retention()));
            for (Compression source : RecordCodecs.all()) {
                long base = log.logEndOffset();
                log.append(Batches.of(source, 1000, "a".repeat(300), "b"), 4);
                RecordBatch batch = LogFixture.records(log.read(base, 10_000, base + 2, true))
                        .batches()
                        .iterator()
                        .next();
                batch.ensureValid();
                assertThat(batch.compressionType()).isEqualTo(target);
                assertThat(LogFixture.readAll(log, base))
                        .containsExactly(base + ":" + "a".repeat(300), base + 1 + ":b");
            }
            if (target == CompressionType.NONE) {
                assertThatThrownBy(
                                () -> log.append(Batches.of(Compression.gzip().build(), 1000, noise(6000)), 4))
                        .as("too large once it is decompressed")
                        .isInstanceOf(RejectedBatchException.class);
            }
        }
    }

    private static String noise(int length) {
        StringBuilder text = new StringBuilder();
        new Random(1).ints(length, 'a', 'z').forEach(c -> text.append((char) c));
        return text.toString();
    }

    @Test
    void replicatedBatchesAreTakenUpToTheFirstOfAnEpochThatMayNotComeNext() throws Exception {
        log.appendReplicated(Batches.replicated(0, 3, "a"), EpochGate.GROWING);
        assertThat(log.appendReplicated(Batches.replicated(1, 2, "older"), EpochGate.GROWING))
                .isEqualTo(new AppendResult(1, 1, -1, false));
        List<String> asked = new ArrayList<>();
        EpochGate upToFour = (epoch, offset) -> {
            asked.add(epoch + "@" + offset);
            return epoch <= 4;
        };
        ByteBuffer batches = Batches.join(
                Batches.replicated(1, 3, "b"),
                Batches.replicated(2, 4, "c"),
                Batches.replicated(3, 4, "d"),
                Batches.replicated(4, 6, "not"),
                Batches.replicated(5, 7, "nor"));
        assertThat(log.appendReplicated(batches, upToFour)).isEqualTo(new AppendResult(1, 4, -1, false));
        assertThat(asked).containsExactly("4@2", "6@4", "7@5");
        assertThat(LogFixture.readAll(log, 0)).containsExactly("0:a", "1:b", "2:c", "3:d");
        assertThat(log.lastEpoch()).isEqualTo(4);
    }

    @Test
    void aFollowerTakesHolesAndLeavesATornEndOut() throws Exception {
        ByteBuffer whole = Batches.join(Batches.replicated(5, 1, "a", "b"), Batches.replicated(10, 2, "c"));
        ByteBuffer torn = Batches.join(whole, Batches.replicated(11, 2, "torn").limit(70));
        assertThat(log.appendReplicated(torn, EpochGate.GROWING)).isEqualTo(new AppendResult(5, 11, -1, false));
        assertThat(log.epochEnd(1)).isEqualTo(new EpochEnd(1, 10));
        assertThat(LogFixture.records(log.read(8, 1000, 11, true)).records()).hasSize(1);
        assertThat(log.appendReplicated(Batches.replicated(11, 2, "torn").limit(70), EpochGate.GROWING)
                        .endOffset())
                .isEqualTo(11);
        assertThatThrownBy(() -> log.appendReplicated(Batches.replicated(10, 2, "again"), EpochGate.GROWING))
                .isInstanceOf(RejectedBatchException.class);
        assertThatThrownBy(() -> log.appendReplicated(
                        Batches.join(Batches.replicated(11, 2, "a"), Batches.replicated(11, 2, "b")),
                        EpochGate.GROWING))
                .isInstanceOf(RejectedBatchException.class);
        ByteBuffer flipped = Batches.replicated(11, 2, "a");
        flipped.put(65, (byte) (flipped.get(65) ^ 1));
        assertThatThrownBy(() -> log.appendReplicated(flipped, EpochGate.GROWING))
                .isInstanceOf(RejectedBatchException.class);
        assertThat(log.logEndOffset()).isEqualTo(11);
    }

    @Test
    void aFollowerMayStartInsideOfTheLeadersBatch() throws Exception {
        log.truncateFullyAndStartAt(57);
        log.appendReplicated(
                Batches.replicated(50, 1, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), EpochGate.GROWING);
        assertThat(log.logStartOffset()).isEqualTo(57);
        assertThat(log.logEndOffset()).isEqualTo(60);
        assertThat(LogFixture.readAll(log, 57)).containsExactly("57:7", "58:8", "59:9");
        log = fixture.reopenUnclean();
        assertThat(log.logStartOffset()).isEqualTo(57);
        assertThat(LogFixture.readAll(log, 57)).containsExactly("57:7", "58:8", "59:9");
    }

    @Test
    void aHoleWiderThanASegmentCanNameRolls() throws Exception {
        log.appendReplicated(Batches.replicated(0, 1, "a"), EpochGate.GROWING);
        log.appendReplicated(Batches.replicated(3_000_000_000L, 1, "b"), EpochGate.GROWING);
        log.appendReplicated(Batches.replicated(9_000_000_000L, 1, "c"), EpochGate.GROWING);
        assertThat(LogFixture.readAll(log, 0)).containsExactly("0:a", "3000000000:b", "9000000000:c");
        log = fixture.reopenClean();
        assertThat(LogFixture.readAll(log, 1)).containsExactly("3000000000:b", "9000000000:c");
    }
}
