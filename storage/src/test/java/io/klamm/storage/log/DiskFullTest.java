/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that runs full: what is refused, what goes on, and that nothing is harmed. */
class DiskFullTest {
    private static final long RESERVE = 1000;

    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();
    private LogFixture fixture;
    private SegmentedLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(dir, files, RESERVE);
        log = fixture.log();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private RejectedBatchException refused(String... values) {
        return catchThrowableOfType(RejectedBatchException.class, () -> log.append(Batches.of(values), 0));
    }

    private RejectedBatchException refusedFromLeader(String value) {
        ByteBuffer bytes = Batches.replicated(log.logEndOffset(), 0, value);
        return catchThrowableOfType(RejectedBatchException.class, () -> log.appendReplicated(bytes, EpochGate.GROWING));
    }

    private void spaceLeft(long bytes) {
        files.usableSpace(bytes);
        fixture.store.checkSpace();
    }

    @Test
    void belowTheReserveProducersAreRefusedAndAboveItTheyGoOn() throws Exception {
        log.append(Batches.of("a"), 0);
        spaceLeft(RESERVE - 1);
        assertThat(refused("b").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(fixture.store.fullDirectories()).isEqualTo(1);
        assertThat(LogFixture.readAll(log, 0)).containsExactly("0:a");
        log.advanceLogStart(1);
        log.flush();
        fixture.store.maintain();
        assertThat(refusedFromLeader("b")).as("what a leader has taken already").isNull();
        spaceLeft(RESERVE / 2 - 1);
        assertThat(refusedFromLeader("c").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        spaceLeft(2 * RESERVE);
        assertThat(fixture.store.fullDirectories()).isZero();
        log.append(Batches.of("d"), 0);
        assertThat(LogFixture.readAll(log, 1)).containsExactly("1:b", "2:d");
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void anAppendThatFindsTheDiskFullIsTakenBack() throws Exception {
        log.append(Batches.of("a"), 0);
        long size = log.sizeInBytes();
        log.flush();
        int forces = files.forces();
        files.full(true);
        assertThat(refused("b", "c").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(files.forces())
                .as("the cut is on the disk: no start looks for the first bytes below the recovery point")
                .isEqualTo(forces + 1);
        files.full(false);
        assertThat(refused("b").error()).as("until somebody has looked").isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.logEndOffset()).isEqualTo(1);
        assertThat(log.sizeInBytes()).isEqualTo(size);
        assertThat(fixture.folder().resolve(SegmentNames.name(0, SegmentNames.LOG)))
                .hasSize(size);
        assertThat(fixture.failures).as("the dir is online").isEmpty();
        assertThat(fixture.store.checkSpace()).isEqualTo(5_000);
        fixture.store.checkSpace();
        log.append(Batches.of("d"), 0);
        log.durableUpTo(2).get(10, TimeUnit.SECONDS);
        log = fixture.reopenUnclean();
        assertThat(LogFixture.readAll(log, 0)).containsExactly("0:a", "1:d");
    }

    @Test
    void aFullDiskAtARollLeavesALogThatGoesOn() throws Exception {
        String large = "x".repeat(LogFixture.SEGMENT_BYTES / 2);
        log.append(Batches.of(large), 0);
        files.full(true);
        assertThat(refused(large).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        files.full(false);
        fixture.store.checkSpace();
        fixture.store.checkSpace();
        log.append(Batches.of("b"), 0);
        log = fixture.reopenUnclean();
        assertThat(log.logEndOffset()).isEqualTo(2);
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void checkpointsThatFindNoRoomLagBehindAndNoCleanStopIsClaimed() throws Exception {
        List<String> values = IntStream.range(0, 10).mapToObj(i -> "v" + i).toList();
        for (String value : values) {
            log.append(Batches.of(value), 0);
        }
        files.full(true);
        assertThat(log.checkpoint()).isFalse();
        assertThat(log.flushedEndOffset()).as("the records are on disk").isEqualTo(10);
        assertThat(log.recoveryPoint().offset()).isZero();
        fixture.store.maintain();
        assertThat(fixture.failures).isEmpty();
        fixture.store.closeCleanly(7);
        files.full(false);
        fixture.open();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        assertThat(LogFixture.readAll(fixture.log(), 0)).hasSize(10);
    }

    @Test
    void aLogCanBeDeletedAndMadeAgain() throws Exception {
        for (int i = 0; i < 10; i++) {
            log.append(Batches.of("x".repeat(LogFixture.SEGMENT_BYTES / 4)), 0);
        }
        log.advanceLogStart(3);
        log.checkpoint();
        fixture.store.maintain();
        files.noSpaceIn(0, 3); // two journals, a rename
        fixture.store.delete(LogFixture.TOPIC_ID, 0);
        assertThat(files.noSpaceMet()).isNotNull();
        assertThat(fixture.failures).isEmpty();
        assertThat(fixture.folder()).doesNotExist();
        fixture.store.checkSpace();
        fixture.store.checkSpace();
        log = fixture.log();
        log.append(Batches.of("new"), 0);
        log = fixture.reopenUnclean();
        assertThat(log.logStartOffset()).isZero();
        assertThat(LogFixture.readAll(log, 0)).containsExactly("0:new");
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void aForceThatFindsNoRoomIsAFailedForce() {
        files.failForces(new IOException("No space left on device"));
        assertThat(catchThrowableOfType(LogDirOfflineException.class, () -> {
                    log.append(Batches.of("a"), 0);
                    log.checkpoint();
                }))
                .isNotNull();
        assertThat(fixture.failures).hasSize(1);
    }

    @Test
    void whenItCannotEvenBeTakenBackTheDirGoesOffline() throws Exception {
        log.append(Batches.of("a"), 0);
        files.full(true);
        files.failTruncates();
        assertThat(catchThrowableOfType(LogDirOfflineException.class, () -> log.append(Batches.of("b"), 0)))
                .isNotNull();
        assertThat(fixture.failures).hasSize(1);
    }

    @Test
    void theRetryOfAWrittenBatchIsAnsweredThoughTheDiskIsFull() throws Exception {
        AppendResult first = log.append(Batches.idempotent(7, 0, 0, "a"), 0);
        spaceLeft(RESERVE - 1);
        AppendResult again = log.append(Batches.idempotent(7, 0, 0, "a"), 0);
        assertThat(again.duplicate()).isTrue();
        assertThat(again.baseOffset()).isEqualTo(first.baseOffset());
        RejectedBatchException next = catchThrowableOfType(
                RejectedBatchException.class, () -> log.append(Batches.idempotent(7, 0, 5, "b"), 0));
        assertThat(next.error()).as("no word about its sequence").isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void aFullDiskIsKnownInEveryLanguage() throws Exception {
        log.append(Batches.of("a"), 0);
        files.full("Auf dem Ger\u00e4t ist kein Speicherplatz mehr verf\u00fcgbar");
        files.usableSpace(0);
        assertThat(refused("b").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.checkpoint()).isFalse();
        fixture.store.maintain();
        assertThat(fixture.failures).isEmpty();
        files.usableSpace(Long.MAX_VALUE);
        assertThat(catchThrowableOfType(LogDirOfflineException.class, () -> {
                    fixture.store.checkSpace();
                    fixture.store.checkSpace();
                    log.append(Batches.of("b"), 0);
                }))
                .as("something else is wrong when there is room")
                .isNotNull();
    }

    @Test
    void aRollOverAHoleIsTakenBack() throws Exception {
        log.append(Batches.of("a"), 0);
        long far = 5L << 32;
        ByteBuffer behindHole = Batches.replicated(far, 0, "b");
        files.full(true);
        RejectedBatchException refused = catchThrowableOfType(
                RejectedBatchException.class, () -> log.appendReplicated(behindHole, EpochGate.GROWING));
        assertThat(refused.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(fixture.failures).isEmpty();
        files.full(false);
        log.checkpoint(); // behind the one that the roll has asked for, which may have found the disk full
        fixture.store.checkSpace();
        fixture.store.checkSpace();
        log.appendReplicated(Batches.replicated(far, 0, "b"), EpochGate.GROWING);
        assertThat(log.logEndOffset()).isEqualTo(far + 1);
        log = fixture.reopenUnclean();
        assertThat(log.logEndOffset()).isEqualTo(far + 1);
    }

    /** Segments that were dropped when there was no room to rename their files; then the log begins anew where one of them began. */
    @Test
    void aLogThatBeginsAnewWhereADroppedSegmentBeganKeepsItsFile() throws Exception {
        List<String> met = new ArrayList<>();
        for (int n = 0; n < 10; n++) {
            Path folder = dir.resolve("run" + n);
            List<IOException> failures = new ArrayList<>();
            LogFixture.HandClock clock = new LogFixture.HandClock();
            long lastBase;
            // Nothing runs in the background: the operations have their order.
            try (LogStore store = LogStore.open(
                    LogFixture.storeConfig(folder),
                    files,
                    clock,
                    (path, error) -> failures.add(error),
                    path -> new StepPool())) {
                SegmentedLog emptied =
                        (SegmentedLog) store.openOrCreate("topic", LogFixture.TOPIC_ID, 0, keepingFor(1000));
                for (int i = 0; i < 6; i++) {
                    emptied.append(Batches.of("x".repeat(LogFixture.SEGMENT_BYTES / 2)), 0);
                }
                emptied.checkpoint();
                emptied.updateHighWatermark(6);
                List<Long> bases = emptied.segmentBases();
                lastBase = bases.get(bases.size() - 1);
                files.noSpaceIn(n, 1);
                emptied.enforceRetention();
                met.add(String.valueOf(files.noSpaceMet()));
                files.noSpaceIn(0, 0);
                assertThat(emptied.logStartOffset()).isEqualTo(6);
                emptied.truncateFullyAndStartAt(lastBase);
                store.checkSpace();
                store.checkSpace();
                emptied.append(Batches.of("new"), 1);
                store.maintain();
                clock.advance(1_000_000);
                store.maintain(); // deletes what was renamed
                emptied.flush();
            }
            assertThat(failures).as("no room to " + met.get(n)).isEmpty();
            try (LogFixture again = new LogFixture(folder)) {
                SegmentedLog found = again.log();
                assertThat(LogFixture.readAll(found, lastBase))
                        .as("no room to " + met.get(n))
                        .containsExactly(lastBase + ":new");
                assertThat(found.logStartOffset()).isEqualTo(lastBase);
            }
        }
        assertThat(met).anyMatch(operation -> operation.startsWith("create ") && operation.endsWith(".log"));
    }

    private static LogConfig keepingFor(long retentionMs) {
        LogConfig base = LogFixture.smallSegments();
        return new LogConfig(
                base.segmentBytes(),
                base.segmentMs(),
                0,
                base.indexIntervalBytes(),
                base.indexMaxBytes(),
                base.flush(),
                base.validation(),
                new LogConfig.Retention(true, false, retentionMs, -1, 60_000));
    }
}
