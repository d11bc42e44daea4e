/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a clean stop leaves, and when its mark is not believed. */
class CleanStopTest {
    @TempDir
    Path dir;

    private static void fill(SegmentedLog log) throws Exception {
        for (int i = 0; i < 10; i++) {
            log.append(Batches.of("x".repeat(LogFixture.SEGMENT_BYTES / 4)), 0);
        }
    }

    private List<Path> segments(LogFixture fixture) throws Exception {
        try (Stream<Path> files = Files.list(fixture.folder())) {
            return files.filter(
                            file -> SegmentNames.offset(file, SegmentNames.LOG).isPresent())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theMarkIsNotBelievedWhereSegmentsHaveVanished() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fixture.store.closeCleanly(5);
            for (Path segment : segments(fixture)) {
                Files.delete(segment);
            }
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            assertThat(fixture.log().logEndOffset()).isZero();
        }
    }

    @Test
    void theMarkIsNotBelievedWhereALogEndsBelowItsRecoveryPoint() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fixture.store.closeCleanly(5);
            List<Path> segments = segments(fixture);
            Files.delete(segments.get(segments.size() - 1));
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        }
    }

    @Test
    void theMarkIsNotBelievedWhereASealedSegmentIsEmpty() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fixture.store.closeCleanly(5);
            List<Path> segments = segments(fixture);
            assertThat(segments).hasSizeGreaterThan(2);
            Files.write(segments.get(1), new byte[0]);
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        }
    }

    @Test
    void theMarkIsNotBelievedWhereASealedSegmentHasVanishedAndItsIndexIsThere() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fixture.store.closeCleanly(5);
            List<Path> segments = segments(fixture);
            assertThat(segments).hasSizeGreaterThan(2);
            long base = SegmentNames.offset(segments.get(1), SegmentNames.LOG).orElseThrow();
            assertThat(fixture.folder().resolve(SegmentNames.name(base, SegmentNames.OFFSET_INDEX)))
                    .exists();
            Files.delete(segments.get(1));
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        }
    }

    /** What is done from time to time comes just when the mark is written. */
    private static final class LateUpkeep extends FaultyFiles {
        private Runnable upkeep = () -> {};

        @Override
        public void move(Path from, Path to) throws IOException {
            if (to.endsWith(DirState.CLEAN_STOP_FILE)) {
                upkeep.run();
            }
            super.move(from, to);
        }
    }

    @Test
    void nothingChangesBehindTheMark() throws Exception {
        LateUpkeep files = new LateUpkeep();
        try (LogFixture fixture = new LogFixture(dir, files)) {
            LogConfig base = fixture.config;
            fixture.config = new LogConfig(
                    base.segmentBytes(),
                    base.segmentMs(),
                    0,
                    base.indexIntervalBytes(),
                    base.indexMaxBytes(),
                    base.flush(),
                    base.validation(),
                    new LogConfig.Retention(true, false, 1000, -1, 0));
            SegmentedLog log = fixture.log();
            fill(log);
            log.updateHighWatermark(10);
            fixture.clock.advance(1_000_000);
            List<DirUpkeep> upkeep = fixture.store.upkeep();
            files.upkeep = () -> upkeep.forEach(DirUpkeep::enforceRetention);
            fixture.store.closeCleanly(5);
            files.upkeep = () -> {};
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(5);
            assertThat(fixture.log().logStartOffset()).isZero();
        }
    }

    @Test
    void theMarkIsNotBelievedWhereAWholeLogHasVanished() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fixture.store.closeCleanly(5);
            try (Stream<Path> files = Files.list(fixture.folder())) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(fixture.folder());
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            assertThat(fixture.log().logEndOffset()).isZero();
        }
    }

    @Test
    void theMarkIsNotBelievedWhereItCannotBeReadWhoseALogIs() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fixture.store.closeCleanly(5);
            Files.writeString(fixture.folder().resolve(LogFolder.METADATA_FILE), "damaged");
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            assertThat(fixture.log().logEndOffset()).isZero();
        }
    }

    /** Whatever is done to logs by the store itself leaves the mark in force. */
    @Test
    void logsThatWereDeletedOrSetAsideOrNeverHeldAnythingAreNotMissed() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fill(fixture.log());
            fill(fixture.log("deleted", new Uuid(5, 6), 0));
            fill(fixture.log("stray", new Uuid(7, 8), 0));
            fill(fixture.log("replaced", new Uuid(9, 10), 0));
            fixture.store.maintain();
            fixture.store.delete(new Uuid(5, 6), 0);
            fixture.store.closeCleanly(5);
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(5);
            fixture.store.deleteStray(new LogStore.StrayLog("stray", new Uuid(7, 8), 0));
            fixture.log("replaced", new Uuid(11, 12), 0);
            SegmentedLog cut = fixture.log();
            cut.truncateFullyAndStartAt(100);
            fixture.store.closeCleanly(6);
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(6);
        }
    }

    @Test
    void emptyLogsAndEmptySegmentsAreWhole() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            assertThat(fixture.log().logEndOffset()).isZero();
            fixture.store.closeCleanly(5);
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(5);
            SegmentedLog log = fixture.log();
            fill(log);
            log.truncateTo(log.segments().active().baseOffset());
            fixture.store.closeCleanly(6);
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(6);
            log = fixture.log();
            log.truncateFullyAndStartAt(100);
            fixture.store.closeCleanly(7);
            fixture.open();
            assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(7);
            assertThat(fixture.log().logEndOffset()).isEqualTo(100);
        }
    }

    @Test
    void aLogWithoutNewRecordsCostsAStopNoForce() throws Exception {
        int few = forcesOfAStop(dir.resolve("few"), 2);
        assertThat(forcesOfAStop(dir.resolve("many"), 40)).isEqualTo(few);
    }

    /** After a start in which all logs got a leader, one got a record, and the others none. */
    private static int forcesOfAStop(Path dir, int logs) throws Exception {
        FaultyFiles files = new FaultyFiles();
        try (LogFixture fixture = new LogFixture(dir, files)) {
            for (int start = 1; start <= 2; start++) {
                for (int i = 0; i < logs; i++) {
                    SegmentedLog log = fixture.log("topic", LogFixture.TOPIC_ID, i);
                    assertThat(log.logEndOffset()).isEqualTo(start - 1);
                    log.startEpoch(start);
                    if (start == 1 || i == 0) {
                        log.append(Batches.of("a"), start);
                    }
                }
                int before = files.forces();
                fixture.store.closeCleanly(5);
                if (start == 2) {
                    return files.forces() - before;
                }
                fixture.open();
            }
            throw new AssertionError();
        }
    }

    @Test
    void thatAProducerWasForgottenIsRemembered() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.append(Batches.idempotent(7, 0, 0, "a"), 0);
            fixture.clock.advance(86_400_001);
            fixture.store.enforceRetention();
            log = fixture.reopenClean();
            log.append(Batches.idempotent(7, 0, 1, "b"), 0);
            assertThat(log.logEndOffset()).isEqualTo(2);
        }
    }

    @Test
    void theRecoveryPointOfADeletedLogIsGoneFromTheFile() throws Exception {
        DirCheckpoints checkpoints = new DirCheckpoints(LogFiles.SYSTEM, dir);
        RecoveryPoint point = new RecoveryPoint(10, 0, 100, 1, true);
        checkpoints.recoveryPointMoved("topic-0", LogFixture.TOPIC_ID, point);
        checkpoints.writeRecoveryPoints();
        checkpoints.forget("topic-0");
        assertThat(reloaded()).isNull();
        checkpoints.recoveryPointMoved("topic-0", LogFixture.TOPIC_ID, point);
        checkpoints.writeRecoveryPoints();
        assertThat(reloaded()).isEqualTo(point);
    }

    private @Nullable RecoveryPoint reloaded() throws Exception {
        DirCheckpoints checkpoints = new DirCheckpoints(LogFiles.SYSTEM, dir);
        checkpoints.load(DirCheckpoints.Sizes.NONE);
        return checkpoints.recoveryPoint("topic-0", LogFixture.TOPIC_ID);
    }
}
