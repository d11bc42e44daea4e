/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk without a byte left: what must be written all the same, and what waits. */
class BallastTest {
    private static final Uuid OTHER = new Uuid(7, 7);

    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();
    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(dir, files);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Path ballast() {
        return dir.resolve(Ballast.FILE);
    }

    private void lookTwice() {
        fixture.store.checkSpace(); // the first look after an append that found the disk full changes nothing
        fixture.store.checkSpace();
    }

    private LogDirOfflineException unmade(int partition) {
        return catchThrowableOfType(
                LogDirOfflineException.class,
                () -> fixture.store.openOrCreate("other", OTHER, partition, fixture.config));
    }

    @Test
    void itTakesUpItsSpaceWhileThereIsRoom() throws Exception {
        files.usableSpace(Ballast.BYTES);
        fixture.store.checkSpace();
        assertThat(ballast()).as("too little room for it").doesNotExist();
        files.usableSpace(100L * Ballast.BYTES);
        fixture.store.checkSpace();
        assertThat(ballast()).hasSize(Ballast.BYTES);
        Files.write(ballast(), new byte[100]); // as a crash may have left it
        fixture.reopenUnclean();
        fixture.store.checkSpace();
        assertThat(ballast()).hasSize(Ballast.BYTES);
    }

    @Test
    void aLogIsMadeOnADiskWithoutAByte() throws Exception {
        fixture.store.checkSpace();
        files.fullUntilDeleteOf(Ballast.FILE);
        SegmentedLog log = fixture.log();
        assertThat(files.noSpaceMet()).isNull();
        assertThat(ballast()).doesNotExist();
        assertThat(fixture.failures).isEmpty();
        assertThat(catchThrowableOfType(RejectedBatchException.class, () -> log.append(Batches.of("a"), 0)))
                .as("records do not live off it")
                .isNotNull();
        lookTwice();
        assertThat(ballast()).as("there is room again").hasSize(Ballast.BYTES);
        log.append(Batches.of("a"), 0);
        assertThat(LogFixture.readAll(fixture.reopenUnclean(), 0)).containsExactly("0:a");
    }

    @Test
    void aLogForWhichThereIsNoRoomAtAllCanBeMadeLater() throws Exception {
        fixture.log();
        for (int n = 0; n < 20; n++) {
            files.noSpaceIn(n, Integer.MAX_VALUE / 2);
            LogDirOfflineException failure = unmade(n);
            boolean met = files.noSpaceMet() != null;
            files.noSpaceIn(0, 0);
            assertThat(fixture.failures).isEmpty();
            if (!met) {
                assertThat(failure).isNull();
                assertThat(n).as("something needed room").isPositive();
                break;
            }
            assertThat(failure.isForWantOfRoom()).isTrue();
            assertThat(fixture.store.get(OTHER, n)).isNull();
            lookTwice();
            SegmentedLog log = fixture.log("other", OTHER, n);
            log.append(Batches.of("a"), 0);
            assertThat(LogFixture.readAll(log, 0)).containsExactly("0:a");
        }
    }

    @Test
    void aNewLogGoesWhereThereIsRoom() throws Exception {
        close();
        Path small = dir.resolve("small");
        Path large = dir.resolve("large");
        FaultyFiles withSmall = new FaultyFiles() {
            @Override
            public long usableSpace(Path directory) {
                return directory.startsWith(small) ? 0 : Long.MAX_VALUE;
            }
        };
        try (LogStore store = LogStore.open(
                new LogStoreConfig(1, "cluster", List.of(small, large), 1, 86_400_000, 1000, 1000),
                withSmall,
                fixture.clock,
                (path, error) -> fixture.failures.add(error))) {
            store.checkSpace();
            for (int partition = 0; partition < 3; partition++) {
                store.openOrCreate("t", OTHER, partition, fixture.config);
            }
        }
        assertThat(large.resolve("t-0")).exists();
        assertThat(large.resolve("t-1")).exists();
        assertThat(large.resolve("t-2")).exists();
    }

    /** Its last record, which lay below the recovery point, is damaged: end and epoch must go back on disk before it grows again. */
    private void damagedLog() throws Exception {
        SegmentedLog log = fixture.log();
        log.append(Batches.of("a", "b"), 3);
        log.append(Batches.of("c"), 5);
        log.checkpoint();
        fixture.store.maintain();
        fixture.store.close();
        Path segment = fixture.folder().resolve(SegmentNames.log(0));
        byte[] bytes = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(bytes, bytes.length - 1));
        fixture.open();
    }

    @Test
    void aRecoveryOnADiskWithoutAByteLosesNothingAndTheLogGoesOnLater() throws Exception {
        boolean met = true;
        for (int n = 0; met; n++) {
            fixture.close();
            fixture = new LogFixture(dir.resolve("run" + n), files);
            damagedLog();
            files.noSpaceIn(n, Integer.MAX_VALUE / 2);
            SegmentedLog log = fixture.log();
            met = files.noSpaceMet() != null;
            String what = n + " operations find room, then " + files.noSpaceMet();
            assertThat(fixture.failures).as(what).isEmpty();
            assertThat(LogFixture.readAll(log, 0)).as(what).containsExactly("0:a", "1:b");
            assertThat(log.lastEpoch()).as(what).isEqualTo(3);
            files.noSpaceIn(0, 0);
            lookTwice();
            log.append(Batches.of("d"), 4);
            log = fixture.reopenUnclean();
            assertThat(LogFixture.readAll(log, 0)).as(what).containsExactly("0:a", "1:b", "2:d");
            assertThat(log.epochEnd(4)).as(what).isEqualTo(new EpochEnd(4, 3));
            assertThat(fixture.failures).as(what).isEmpty();
        }
    }

    @Test
    void aLogThatCouldNotBeWrittenToAfterItsRecoveryIsRecoveredAgain() throws Exception {
        damagedLog();
        files.noSpaceIn(0, Integer.MAX_VALUE / 2);
        SegmentedLog log = fixture.log();
        assertThat(catchThrowableOfType(RejectedBatchException.class, () -> log.append(Batches.of("d"), 6)))
                .as("it must not grow over what the disk says")
                .isNotNull();
        files.noSpaceIn(0, 0);
        SegmentedLog again = fixture.reopenUnclean();
        assertThat(LogFixture.readAll(again, 0)).containsExactly("0:a", "1:b");
        assertThat(again.lastEpoch()).isEqualTo(3);
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void aStopOnAFullDiskIsACleanOne() throws Exception {
        SegmentedLog log = fixture.log();
        log.append(Batches.of("a"), 0);
        fixture.store.checkSpace();
        files.fullUntilDeleteOf(Ballast.FILE);
        assertThat(catchThrowableOfType(RejectedBatchException.class, () -> log.append(Batches.of("b"), 0)))
                .isNotNull();
        fixture.store.closeCleanly(7);
        assertThat(ballast()).doesNotExist();
        fixture.open();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(7);
        assertThat(LogFixture.readAll(fixture.log(), 0)).containsExactly("0:a");
        assertThat(fixture.failures).isEmpty();
    }
}
