/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log moves from one dir to another. */
class FutureLogTest {
    private static final Uuid TOPIC = new Uuid(3, 4);
    private static final int CHUNK = 400;

    @TempDir
    Path temp;

    private final FaultyFiles files = new FaultyFiles();
    private final List<Path> offline = new ArrayList<>();
    private LogStore store;
    private Uuid from;
    private Uuid to;
    private PartitionLog log;

    @BeforeEach
    void open() throws Exception {
        store = reopened();
        from = store.directoryIds().get(0);
        to = store.directoryIds().get(1);
        log = opened(from);
        for (int i = 0; i < 40; i++) {
            log.append(Batches.idempotent(7, 0, i, "v" + i), i / 10);
        }
    }

    @AfterEach
    void close() {
        store.close();
    }

    private LogStore reopened() {
        return reopened(temp, files);
    }

    private LogStore reopened(Path parent, LogFiles with) {
        return LogStore.open(
                LogFixture.storeConfig(parent.resolve("from"), parent.resolve("to")),
                with,
                new LogFixture.HandClock(),
                (path, error) -> offline.add(path));
    }

    private PartitionLog opened(Uuid assigned) throws LogDirOfflineException {
        return store.openOrCreate("t", TOPIC, 0, LogFixture.smallSegments(), new LogPlace(assigned, false));
    }

    private void copyAll(FutureLog future) throws Exception {
        while (future.copy(log, Long.MAX_VALUE, CHUNK) > 0) {
            assertThat(future.logEndOffset()).isLessThanOrEqualTo(log.logEndOffset());
        }
        assertThat(future.isComplete(log)).isTrue();
    }

    private static List<String> names(Path dir) throws IOException {
        try (var entries = Files.list(dir)) {
            return entries.filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }

    /** The bytes of a range are read after the range was found; the file may be cut and written again in between. */
    @Test
    void aLogThatIsCutAndGrowsAgainWhileItIsReadIsNotCopiedInTwoHalves() throws Exception {
        FutureLog future = store.beginMove(log, to);
        while (future.logEndOffset() < 32) {
            future.copy(log, 32, CHUNK);
        }
        files.surpriseAtRead(0, () -> {
            try {
                log.truncateTo(20);
                for (int i = 20; i < 40; i++) {
                    log.append(Batches.idempotent(8, 0, i - 20, "w" + i), 9);
                }
            } catch (RejectedBatchException | LogDirOfflineException e) {
                throw new AssertionError(e);
            }
        });
        future.copy(log, Long.MAX_VALUE, CHUNK);
        copyAll(future);
        PartitionLog moved = store.promote(future);
        assertThat(LogFixture.readAll(moved, 0)).hasSize(40).contains("20:w20", "39:w39");
        assertThat(offline).isEmpty();
    }

    @Test
    void theCopyHoldsAllThatTheLogHeldAndTakesItsPlace() throws Exception {
        List<String> all = LogFixture.readAll(log, 0);
        FutureLog future = store.beginMove(log, to);
        assertThat(names(temp.resolve("to"))).singleElement().asString().matches("t-0\\..*-future");
        assertThat(future.copy(log, 5, CHUNK)).isPositive();
        assertThat(future.logEndOffset()).as("no further than asked").isLessThanOrEqualTo(5);
        copyAll(future);
        PartitionLog moved = store.promote(future);
        assertThat(moved.directoryId()).isEqualTo(to);
        assertThat(store.get(TOPIC, 0)).isSameAs(moved);
        assertThat(LogFixture.readAll(moved, 0)).isEqualTo(all);
        for (int epoch = 0; epoch < 4; epoch++) {
            assertThat(moved.epochEnd(epoch)).isEqualTo(new EpochEnd(epoch, 10L * (epoch + 1)));
        }
        assertThat(moved.append(Batches.idempotent(7, 0, 39, "v39"), 3).duplicate())
                .as("the producer is known")
                .isTrue();
        moved.append(Batches.idempotent(7, 0, 40, "v40"), 4);
        assertThatThrownBy(() -> log.append(Batches.of("late"), 4)).isInstanceOf(LogDirOfflineException.class);
        store.closeCleanly(5);
        assertThat(names(temp.resolve("from"))).isEmpty();

        store = reopened();
        log = opened(to);
        assertThat(log.directoryId()).isEqualTo(to);
        assertThat(log.logEndOffset()).isEqualTo(41);
    }

    @Test
    void itStartsWhereTheLogStartsAndFollowsWhatIsCut() throws Exception {
        log.updateHighWatermark(40);
        log.advanceLogStart(15);
        FutureLog future = store.beginMove(log, to);
        copyAll(future);
        log.truncateTo(33);
        log.startEpoch(9);
        log.append(Batches.of("other"), 9);
        copyAll(future);
        PartitionLog moved = store.promote(future);
        assertThat(moved.logStartOffset()).isEqualTo(15);
        assertThat(LogFixture.readAll(moved, 32)).containsExactly("32:v32", "33:other");
    }

    @Test
    void aMoveThatACrashCutShortIsDroppedAndTheLogIsAsItWas() throws Exception {
        FutureLog future = store.beginMove(log, to);
        future.copy(log, 20, CHUNK);
        store.close();
        store = reopened();
        assertThat(names(temp.resolve("to"))).isEmpty();
        log = opened(to);
        assertThat(log.directoryId()).as("assigned too early").isEqualTo(from);
        assertThat(log.logEndOffset()).isEqualTo(40);
    }

    @Test
    void anAbandonedMoveLeavesNothing() throws Exception {
        FutureLog future = store.beginMove(log, to);
        future.copy(log, 20, CHUNK);
        store.abandon(future);
        log.append(Batches.of("on"), 5);
        store.closeCleanly(5);
        assertThat(names(temp.resolve("to"))).isEmpty();
        store = reopened();
    }

    @Test
    void aCopyThatACleanStopCutShortIsNotMissed() throws Exception {
        FutureLog future = store.beginMove(log, to);
        copyAll(future);
        assertThat(future.log().checkpoint()).isTrue();
        store.closeCleanly(5);
        store = reopened();
        assertThat(names(temp.resolve("to"))).isEmpty();
        assertThat(store.cleanShutdownBrokerEpoch()).isEqualTo(5);
        log = opened(from);
    }

    @Test
    void aLogThatMovesBackHasBeenCleanedNowhere() throws Exception {
        ((SegmentedLog) log).flush();
        CleanedEnds.End end = new CleanedEnds.End(20, Long.MAX_VALUE);
        CleanedEnds before = new CleanedEnds(LogFiles.SYSTEM, temp.resolve("from"));
        store.close();
        before.moved("t-0", TOPIC, end);
        store = reopened();
        log = opened(from);
        FutureLog away = store.beginMove(log, to);
        copyAll(away);
        log = store.promote(away);
        FutureLog back = store.beginMove(log, from);
        copyAll(back);
        store.promote(back);
        CleanedEnds after = new CleanedEnds(LogFiles.SYSTEM, temp.resolve("from"));
        after.load();
        assertThat(after.get("t-0", TOPIC)).isEqualTo(CleanedEnds.End.NONE);
    }

    /** Each single file operation of the exchange fails in turn: after a restart the log is whole, in the dir that is assigned. */
    @Test
    void whereverTheExchangeFailsTheLogIsWhole() throws Exception {
        for (int n = 0; ; n++) {
            store.close();
            Path round = temp.resolve("round" + n);
            FaultyFiles faulty = new FaultyFiles();
            store = reopened(round, faulty);
            Uuid source = store.directoryIds().get(0);
            Uuid target = store.directoryIds().get(1);
            log = opened(source);
            for (int i = 0; i < 10; i++) {
                log.append(Batches.of("v" + i), 0);
            }
            FutureLog future = store.beginMove(log, target);
            copyAll(future);
            faulty.failIn(n);
            boolean promoted = true;
            try {
                store.promote(future);
            } catch (LogDirOfflineException e) {
                promoted = false;
            }
            faulty.failAt(Integer.MAX_VALUE);
            store.close();
            store = reopened(round, LogFiles.SYSTEM);
            log = opened(promoted ? target : source);
            assertThat(LogFixture.readAll(log, 0))
                    .as("after operation " + n + ", " + faulty.failed())
                    .hasSize(10);
            assertThat(log.directoryId()).isEqualTo(promoted ? target : source);
            if (faulty.failed() == null) {
                assertThat(n).isGreaterThan(10);
                return;
            }
        }
    }

    @Test
    void aDirThatFailsTakesTheCopyAndNotTheLog() throws Exception {
        FutureLog future = store.beginMove(log, to);
        files.failUnder(temp.resolve("to"));
        assertThatThrownBy(() -> copyAll(future)).isInstanceOf(LogDirOfflineException.class);
        assertThat(offline).containsExactly(temp.resolve("to"));
        store.abandon(future);
        log.append(Batches.of("on"), 5);
        assertThat(log.logEndOffset()).isEqualTo(41);
        assertThatThrownBy(() -> store.beginMove(log, to)).isInstanceOf(LogDirOfflineException.class);
    }

    /** Operations of the disk have their order then, and each is one of the move's. */
    private void leaveNothingToTheBackground() throws LogDirOfflineException {
        store.close();
        store = LogStore.open(
                LogFixture.storeConfig(temp.resolve("from"), temp.resolve("to")),
                files,
                new LogFixture.HandClock(),
                (path, error) -> offline.add(path),
                path -> new StepPool());
        log = opened(from);
    }

    @Test
    void aMoveBeginsOnlyWhereThereIsRoomAndCostsNoDir() throws Exception {
        leaveNothingToTheBackground();
        boolean met = true;
        for (int n = 0; met; n++) {
            files.noSpaceIn(n, 1);
            FutureLog future = null;
            try {
                future = store.beginMove(log, to);
            } catch (LogDirOfflineException e) {
                assertThat(names(temp.resolve("to")))
                        .as(files.noSpaceMet())
                        .noneMatch(name -> name.endsWith("-future"));
            }
            met = files.noSpaceMet() != null;
            files.noSpaceIn(0, 0);
            assertThat(offline).isEmpty();
            store.checkSpace();
            store.checkSpace();
            if (future != null) {
                store.abandon(future);
                assertThat(n).isPositive();
            }
        }
    }

    @Test
    void anExchangeThatFindsNoRoomCostsNoDirAndTheLogStays() throws Exception {
        leaveNothingToTheBackground();
        log.updateHighWatermark(40);
        log.advanceLogStart(15);
        FutureLog future = store.beginMove(log, to);
        copyAll(future);
        assertThat(future.log().checkpoint()).isTrue();
        int failures = 0;
        PartitionLog moved = null;
        for (int n = 0; moved == null; n++) {
            files.noSpaceIn(n, 1);
            try {
                moved = store.promote(future);
            } catch (LogDirOfflineException e) {
                failures++;
                assertThat(offline).as(files.noSpaceMet()).isEmpty();
                assertThat(store.get(TOPIC, 0)).isSameAs(log);
                log.append(Batches.of("on"), 5);
                files.noSpaceIn(0, 0);
                store.abandon(future);
                store.checkSpace();
                store.checkSpace();
                future = store.beginMove(log, to);
                copyAll(future);
                assertThat(future.log().checkpoint()).isTrue();
            }
        }
        assertThat(failures).isPositive();
        assertThat(moved.logStartOffset()).isEqualTo(15);
        assertThat(moved.logEndOffset()).isEqualTo(40 + failures);
        assertThat(offline).isEmpty();
    }

    @Test
    void noMoveEatsTheReserve() throws Exception {
        store.close();
        store = LogStore.open(
                new LogStoreConfig(
                        1, "cluster", List.of(temp.resolve("from"), temp.resolve("to")), 1, 86_400_000, 1000, 1000),
                files,
                new LogFixture.HandClock(),
                (path, error) -> offline.add(path));
        log = opened(from);
        FutureLog future = store.beginMove(log, to);
        files.usableSpace(999);
        store.checkSpace();
        assertThatThrownBy(() -> copyAll(future)).isInstanceOf(RejectedBatchException.class);
        store.abandon(future);
        assertThatThrownBy(() -> store.beginMove(log, to)).isInstanceOf(LogDirOfflineException.class);
        assertThat(names(temp.resolve("to"))).noneMatch(name -> name.endsWith("-future"));
        assertThat(offline).isEmpty();
    }

    /** A copy that takes long has read the record, and would find its tombstone gone. */
    @Test
    void aLogIsNotCompactedWhileItIsCopied() throws Exception {
        LogFixture.HandClock clock = new LogFixture.HandClock();
        LogConfig compacting = CompactionFixture.config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
        SegmentedLog compacted =
                (SegmentedLog) store.openOrCreate("c", new Uuid(5, 6), 0, compacting, new LogPlace(from, true));
        for (int i = 0; i < 40; i++) {
            compacted.append(keyed("k" + i % 3, "v" + "x".repeat(100)), 0);
        }
        compacted.checkpoint();
        compacted.updateHighWatermark(compacted.logEndOffset());
        List<String> all = LogFixture.readAll(compacted, 0);
        CleanableLog.View before = compacted.cleanable().view();
        assertThat(before.segments()).isNotEmpty();
        try (LogCleaner cleaner =
                new LogCleaner(CompactionFixture.CLEANER, store::compactedLogs, clock, System::nanoTime)) {
            FutureLog first = store.beginMove(compacted, to);
            assertThat(cleaner.cleanOne()).isFalse();
            assertThatThrownBy(() -> compacted
                            .cleanable()
                            .replace(before, before.segments().get(0)))
                    .as("one that was under way")
                    .isInstanceOf(CleaningAbortedException.class);
            store.abandon(first);
            store.abandon(first);
            FutureLog second = store.beginMove(compacted, to);
            assertThat(cleaner.cleanOne()).isFalse();
            while (second.copy(compacted, Long.MAX_VALUE, CHUNK) > 0) {
                assertThat(cleaner.cleanOne()).isFalse();
            }
            assertThat(LogFixture.readAll(compacted, 0)).isEqualTo(all);
            store.abandon(second);
            assertThat(cleaner.cleanOne()).as("the move has ended").isTrue();
            assertThat(LogFixture.readAll(compacted, 0)).hasSizeLessThan(all.size());
        }
        assertThat(offline).isEmpty();
    }

    private static ByteBuffer keyed(String key, String value) {
        return Batches.direct(MemoryRecords.withRecords(
                Compression.NONE,
                new SimpleRecord(1000, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8))));
    }
}
