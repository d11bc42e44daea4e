/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Cleaning while the process dies, or the disk is full. */
@NullUnmarked // what is missing fails the test
class CompactionFaultTest extends CompactionFixture {
    @Test
    void aCrashAtAnyFileOperationLosesNothing() throws Exception {
        int crashes = 0;
        for (int n = 0; ; n++) {
            model = new CompactionModel();
            FaultyFiles files = new FaultyFiles();
            SegmentedLog log = start(dir.resolve("crash" + n), files);
            fill(log, 60);
            fixture.config = config(6000, new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
            log.configure(fixture.config); // several become one
            files.crashIn(n);
            boolean done = clean();
            String failed = files.failed();
            assertThat(done).isEqualTo(failed == null);
            long end = log.logEndOffset();
            fixture.store.close();
            fixture.open(new FaultyFiles());
            SegmentedLog reopened = fixture.log();
            reopened.updateHighWatermark(end);
            reopened.checkpoint();
            String what = "crash " + n + " at " + failed;
            assertThat(reopened.logEndOffset()).as(what).isEqualTo(end);
            check(what, reopened);
            assertThat(leftovers()).as(what).isEmpty();
            assertFilesInOrder(what, reopened);
            clean();
            check(what + ", cleaned again", reopened);
            assertFilesInOrder(what + ", cleaned again", reopened);
            assertThat(reopened.cleanable().view().cleanedEnd())
                    .as(what)
                    .isEqualTo(reopened.cleanable().view().endOffset());
            fixture.close();
            if (failed == null) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).isGreaterThan(30);
    }

    /** No segment holds an offset that belongs to another. */
    private static void assertFilesInOrder(String what, SegmentedLog log) throws IOException {
        long next = 0;
        for (Segment segment : log.segments().all()) {
            assertThat(segment.baseOffset()).as(what).isGreaterThanOrEqualTo(next);
            HeaderCursor cursor = segment.cursor();
            for (int at = 0; at < segment.size(); ) {
                RecordBatch batch = cursor.at(at, segment.size());
                assertThat(batch).as(what).isNotNull();
                assertThat(batch.baseOffset()).as(what).isGreaterThanOrEqualTo(next);
                next = batch.nextOffset();
                at += batch.sizeInBytes();
            }
        }
    }

    @Test
    void aLogThatComesBackUnderItsTopicIdHasBeenCleanedNowhere() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 60);
        assertThat(clean()).isTrue();
        assertThat(fixture.reopenClean().cleanable().view().cleanedEnd()).isPositive();
        fixture.store.delete(LogFixture.TOPIC_ID, 0);
        model = new CompactionModel();
        fill(fixture.log(), 60);
        log = fixture.reopenUnclean();
        assertThat(log.cleanable().view().cleanedEnd()).isZero();
    }

    @Test
    void aLogWhoseFolderHasVanishedHasBeenCleanedNowhereWhenItIsMadeAnew() throws Exception {
        CleanedEnds ends = new CleanedEnds(LogFiles.SYSTEM, dir);
        CleanedEnds.End end = new CleanedEnds.End(1000, 5);
        ends.moved("here-0", LogFixture.TOPIC_ID, end);
        ends.moved("gone-0", LogFixture.TOPIC_ID, end);
        DirCheckpoints checkpoints = new DirCheckpoints(LogFiles.SYSTEM, dir);
        checkpoints.load(DirCheckpoints.Sizes.NONE);
        checkpoints.retain("here-0"::equals);
        checkpoints.settle();
        CleanedEnds reloaded = new CleanedEnds(LogFiles.SYSTEM, dir);
        reloaded.load();
        assertThat(reloaded.get("here-0", LogFixture.TOPIC_ID)).isEqualTo(end);
        assertThat(reloaded.get("gone-0", LogFixture.TOPIC_ID)).isEqualTo(CleanedEnds.End.NONE);
    }

    @Test
    void aFullDiskPutsCleaningOff() throws Exception {
        FaultyFiles files = new FaultyFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 100);
        files.full(true);
        assertThat(clean()).isFalse();
        files.full(false);
        assertThat(clean()).as("until somebody has looked").isFalse();
        assertThat(leftovers()).isEmpty();
        assertThat(fixture.failures).as("the dir is online").isEmpty();
        fixture.store.checkSpace();
        fixture.store.checkSpace();
        assertThat(clean()).isTrue();
        check("room again", log);
    }

    @Test
    void aDiskThatIsFullForAnyOperationCostsNoLogDirAndNoRecord() throws Exception {
        for (int times : new int[] {1, 1000}) {
            boolean met = true;
            for (int n = 0; met; n++) {
                model = new CompactionModel();
                FaultyFiles files = new FaultyFiles();
                SegmentedLog log = start(dir.resolve("full" + times + "-" + n), files);
                fill(log, 30);
                log.configure(config(6000, new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false));
                files.noSpaceIn(n, times);
                clean();
                String what = times + " times no room from " + n + ", " + files.noSpaceMet();
                met = files.noSpaceMet() != null;
                assertThat(fixture.failures).as(what).isEmpty();
                check(what, log);
                boolean dies = n % 2 == 0;
                files.noSpaceIn(0, 0);
                if (dies) {
                    long end = log.logEndOffset();
                    fixture.store.close();
                    fixture.open(files);
                    log = fixture.log();
                    log.updateHighWatermark(end);
                }
                fixture.store.checkSpace();
                fixture.store.checkSpace();
                fixture.store.maintain();
                log.checkpoint();
                check(what + ", room again", log);
                clean();
                assertThat(leftovers()).as(what).isEmpty();
                check(what + ", cleaned again", log);
                assertFilesInOrder(what, log);
                assertThat(log.cleanable().view().cleanedEnd())
                        .as(what)
                        .isEqualTo(log.cleanable().view().endOffset());
                assertThat(fixture.failures).as(what).isEmpty();
                fixture.close();
            }
        }
    }

    @Test
    void aCleaningDoesNotLiveOffTheReserve() throws Exception {
        long reserve = 20_000;
        FaultyFiles files = new FaultyFiles();
        fixture = new LogFixture(dir, files, reserve);
        fixture.config = config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
        SegmentedLog log = fixture.log();
        fill(log, 100);
        files.usableSpace(reserve / 2 + 1000);
        fixture.store.checkSpace();
        assertThat(clean()).as("less than a segment above the mark").isFalse();
        assertThat(log.cleanable().view().cleanedEnd()).isZero();
        assertThat(leftovers()).isEmpty();
        files.usableSpace(reserve / 2 + 2500);
        assertThat(clean()).isTrue();
        assertThat(fixture.failures).isEmpty();
        check("with little room", log);
    }

    @Test
    void aLogForWhichThereIsNoRoomDoesNotKeepOthersWaiting() throws Exception {
        long reserve = 20_000;
        FaultyFiles files = new FaultyFiles();
        fixture = new LogFixture(dir, files, reserve);
        LogConfig.Compaction compaction = new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE);
        fixture.config = config(6000, compaction, false);
        SegmentedLog large = fixture.log();
        fill(large, 200);
        fixture.config = config(1500, compaction, false);
        SegmentedLog small = fixture.log("small", new Uuid(5, 6), 0);
        fill(small, 20);
        files.usableSpace(reserve / 2 + 2500);
        fixture.store.checkSpace();
        try (LogCleaner cleaner = cleaner(() -> 0)) {
            assertThat(cleaner.cleanOne()).isTrue();
            assertThat(small.cleanable().view().cleanedEnd()).isPositive();
            assertThat(large.cleanable().view().cleanedEnd()).isZero();
            assertThat(cleaner.setAsideLogs()).isEqualTo(1);
            assertThat(cleaner.cleanOne()).isFalse();
        }
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void aCleaningThatFoundNoRoomGoesOnAsSoonAsThereIsSome() throws Exception {
        long reserve = 20_000;
        FaultyFiles files = new FaultyFiles();
        fixture = new LogFixture(dir, files, reserve);
        fixture.config = config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
        SegmentedLog log = fixture.log();
        fill(log, 100);
        AtomicLong nanos = new AtomicLong();
        try (LogCleaner cleaner = cleaner(nanos::get)) {
            files.usableSpace(reserve / 2 + 1000);
            fixture.store.checkSpace();
            for (int i = 0; i < 10; i++) { // it does not matter for how long there was none
                nanos.addAndGet(TimeUnit.MINUTES.toNanos(10));
                assertThat(cleaner.cleanOne()).isFalse();
            }
            files.usableSpace(100 * reserve);
            fixture.store.checkSpace();
            assertThat(cleaner.cleanOne()).isTrue();
            assertThat(cleaner.setAsideLogs()).isZero();
        }
        check("room again", log);
    }

    @Test
    void aCleaningThatFindsNoRoomWhereThereSeemsToBeIsNotPutOffForLong() throws Exception {
        FaultyFiles files = new FaultyFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 100);
        fixture.store.checkSpace();
        AtomicLong nanos = new AtomicLong();
        try (LogCleaner cleaner = cleaner(nanos::get)) {
            for (int i = 0; i < 10; i++) { // inodes, or a quota
                files.noSpaceIn(0, Integer.MAX_VALUE / 2);
                assertThat(cleaner.cleanOne()).isFalse();
                assertThat(files.noSpaceMet()).as("attempt " + i).isNotNull();
                files.noSpaceIn(0, 0);
                fixture.store.checkSpace();
                fixture.store.checkSpace();
                assertThat(cleaner.cleanOne()).as("not at once").isFalse();
                nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
            }
            assertThat(cleaner.cleanOne()).isTrue();
        }
        check("room again", log);
    }

    @Test
    void aTruncationFinishesAnExchangeThatFoundNoRoomOrLivesOffTheBallast() throws Exception {
        int unfinished = 0;
        boolean met = true;
        for (int n = 0; met; n++) {
            for (boolean room : new boolean[] {true, false}) {
                model = new CompactionModel();
                FaultyFiles files = new FaultyFiles();
                SegmentedLog log = start(dir.resolve("cut" + n + room), files);
                fill(log, 30);
                long committed = log.logEndOffset();
                put(log, "above", "v");
                fixture.store.checkSpace(); // there is ballast
                files.noSpaceIn(n, Integer.MAX_VALUE / 2);
                clean();
                met = files.noSpaceMet() != null;
                unfinished += leftovers().stream().anyMatch(name -> name.endsWith(SegmentNames.SWAP)) ? 1 : 0;
                if (room) {
                    files.noSpaceIn(0, 0);
                } else {
                    files.fullUntilDeleteOf(Ballast.FILE);
                }
                log.truncateTo(committed);
                model.cutAt(committed);
                String what = "no room from " + n + ", " + files.noSpaceMet() + ", then " + room;
                assertThat(fixture.failures).as(what).isEmpty();
                assertThat(leftovers()).as(what).noneMatch(name -> name.endsWith(SegmentNames.SWAP));
                check(what, log);
                files.noSpaceIn(0, 0);
                log = fixture.reopenUnclean();
                log.updateHighWatermark(log.logEndOffset());
                check(what + ", opened again", log);
                assertFilesInOrder(what, log);
                fixture.close();
            }
        }
        assertThat(unfinished).isPositive();
    }

    @Test
    void retentionTakesNothingAwayBeforeAnExchangeIsFinished() throws Exception {
        int unfinished = 0;
        boolean met = true;
        for (int n = 0; met; n++) {
            model = new CompactionModel();
            FaultyFiles files = new FaultyFiles();
            SegmentedLog log = start(dir.resolve("drop" + n), files);
            fill(log, 30);
            log.advanceLogStart(log.segments().all().get(2).baseOffset());
            files.noSpaceIn(n, Integer.MAX_VALUE / 2);
            clean();
            met = files.noSpaceMet() != null;
            boolean swapping = leftovers().stream().anyMatch(name -> name.endsWith(SegmentNames.SWAP));
            unfinished += swapping ? 1 : 0;
            int segments = log.segments().count();
            String what = "no room from " + n + ", swapping " + swapping;
            if (swapping) {
                log.enforceRetention();
                assertThat(log.segments().count()).as(what).isEqualTo(segments);
            }
            files.noSpaceIn(0, 0);
            fixture.store.checkSpace();
            fixture.store.checkSpace();
            fixture.store.maintain();
            log.enforceRetention();
            assertThat(log.segments().first().nextOffset()).as(what).isGreaterThan(log.logStartOffset());
            assertThat(leftovers()).as(what).noneMatch(name -> name.endsWith(SegmentNames.SWAP));
            long start = log.logStartOffset();
            log = fixture.reopenUnclean();
            assertThat(log.logStartOffset()).as(what).isEqualTo(start);
            assertFilesInOrder(what, log);
            assertThat(fixture.failures).as(what).isEmpty();
            fixture.close();
        }
        assertThat(unfinished).isPositive();
    }

    @Test
    void aMissingCodecPutsTheLogOff() throws Exception {
        FaultyFiles files = new FaultyFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 60);
        files.surpriseAtRead(0, () -> {
            throw new UnsatisfiedLinkError("injected");
        });
        AtomicLong nanos = new AtomicLong();
        try (LogCleaner cleaner = cleaner(nanos::get)) {
            assertThat(cleaner.cleanOne()).isFalse();
            assertThat(cleaner.setAsideLogs()).isEqualTo(1);
            assertThat(cleaner.cleanOne()).as("not at once").isFalse();
            nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
            assertThat(cleaner.cleanOne()).isTrue();
            assertThat(cleaner.setAsideLogs()).isZero();
        }
        check("tried again", log);
    }

    @Test
    void indexesThatFindNoRoomCostNoLogDir() throws Exception {
        FaultyFiles files = new FaultyFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 100);
        files.fullAfterMove(SegmentNames.CLEANED, "No space left on device");
        clean();
        files.full(false);
        assertThat(fixture.failures).isEmpty();
        check("no room for indexes", log);
        long end = log.logEndOffset();
        fixture.store.close();
        fixture.open(new FaultyFiles());
        SegmentedLog reopened = fixture.log();
        reopened.updateHighWatermark(end);
        reopened.checkpoint();
        check("reopened", reopened);
        assertThat(clean()).isTrue();
        check("cleaned again", reopened);
    }

    @Test
    void aCrashAtAnyFileOperationShowsNoAbortedRecord() throws Exception {
        boolean crashed = true;
        for (int n = 0; crashed; n++) {
            FaultyFiles files = new FaultyFiles();
            SegmentedLog log = start(dir.resolve("aborted" + n), files);
            for (int i = 0; i < 8; i++) {
                for (int k = 0; k < 2; k++) {
                    String key = "key" + i + "-" + k;
                    log.append(
                            Batches.direct(MemoryRecords.withTransactionalRecords(
                                    Compression.NONE,
                                    7,
                                    (short) 0,
                                    2 * i + k,
                                    new SimpleRecord(
                                            fixture.clock.ms(), key.getBytes(StandardCharsets.UTF_8), new byte[100]))),
                            1);
                    put(log, key, "v" + "x".repeat(50));
                }
                log.appendEndMarker(7, (short) 0, new EndMarker(false, 0), 1);
            }
            put(log, "last", "v");
            log.checkpoint();
            log.updateHighWatermark(log.logEndOffset());
            files.crashIn(n);
            // Memory for few keys: what is exchanged reaches beyond what has been cleaned.
            CleanerConfig small = new CleanerConfig(1, 24 * 4, 0.9, 8192, Double.MAX_VALUE, 1);
            try (LogCleaner cleaner =
                    new LogCleaner(small, fixture.store::compactedLogs, fixture.clock, System::nanoTime)) {
                cleaner.cleanOne();
            }
            crashed = files.failed() != null;
            fixture.store.close();
            fixture.open(new FaultyFiles());
            checkAborted("crash " + n + " at " + files.failed(), fixture.log());
            fixture.close();
        }
    }

    private static void checkAborted(String what, SegmentedLog log) throws Exception {
        long at = 0;
        while (at < log.logEndOffset()) {
            for (var batch :
                    LogFixture.records(log.read(at, 300, Long.MAX_VALUE, true)).batches()) {
                if (batch.isTransactional() && !batch.isControlBatch() && batch.countOrNull() > 0) {
                    assertThat(log.abortedTransactions(batch.baseOffset(), batch.nextOffset()))
                            .as(what + ", batch at " + batch.baseOffset())
                            .isNotEmpty();
                }
                at = batch.nextOffset();
            }
        }
    }

    /** Names of files that are moved or deleted, and folders that are synced. */
    private static final class RecordingFiles extends FaultyFiles {
        private final List<String> steps = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void move(Path from, Path to) throws IOException {
            steps.add("move to " + to.getFileName());
            super.move(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            steps.add("delete " + file.getFileName());
            super.delete(file);
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            steps.add("sync " + directory.getFileName());
            super.syncDirectory(directory);
        }
    }

    @Test
    void theNewNameIsOnDiskBeforeAnOldSegmentGoes() throws Exception {
        RecordingFiles files = new RecordingFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 60);
        files.steps.clear();
        assertThat(clean()).isTrue();
        boolean synced = true;
        int exchanges = 0;
        for (String step : List.copyOf(files.steps)) {
            if (step.startsWith("move to ") && step.endsWith(SegmentNames.SWAP)) {
                synced = false;
                exchanges++;
            } else if (step.equals("sync topic-0")) {
                synced = true;
            } else if (step.startsWith("delete ") && step.endsWith(SegmentNames.LOG)) {
                assertThat(synced).as(step + " of " + files.steps).isTrue();
            }
        }
        assertThat(exchanges).isPositive();
    }
}
