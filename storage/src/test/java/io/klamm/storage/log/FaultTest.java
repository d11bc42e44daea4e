/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file operation after the other fails. The dir goes offline, once; nothing acknowledged is lost; the next start works. */
class FaultTest {
    private static final Uuid OTHER_ID = new Uuid(5, 6);
    private static final long DELAY_MS = 60_000;

    @TempDir
    Path dir;

    /** What must be in the log, and what may be. */
    private List<String> must = new ArrayList<>();

    private List<String> may = new ArrayList<>();
    private int sequence;
    private int values;

    @Test
    void everyFileOperationMayFail() throws Exception {
        int failures = 0;
        for (int n = 0; ; n++) {
            must = new ArrayList<>();
            may = new ArrayList<>();
            sequence = 0;
            Path folder = dir.resolve("run" + n);
            FaultyFiles files = new FaultyFiles();
            files.failAt(n);
            List<Path> offline = new ArrayList<>();
            boolean refused = false;
            try {
                run(folder, files, offline);
            } catch (LogDirOfflineException | LogStoreException e) {
                refused = true;
            }
            String failed = files.failed();
            if (failed == null) {
                assertThat(refused).isFalse();
                break;
            }
            failures++;
            assertThat(offline).as("operation " + n + ": " + failed).hasSizeLessThanOrEqualTo(1);
            assertThat(refused || !offline.isEmpty())
                    .as("operation " + n + ": " + failed)
                    .isTrue();
            checkAfterRestart(folder, "operation " + n + ": " + failed);
        }
        assertThat(failures).isGreaterThan(200);
    }

    private void run(Path folder, FaultyFiles files, List<Path> offline) throws Exception {
        LogFixture.HandClock clock = new LogFixture.HandClock();
        for (int start = 0; start < 2; start++) {
            LogStore store =
                    LogStore.open(LogFixture.storeConfig(folder), files, clock, (path, error) -> offline.add(path));
            try {
                PartitionLog log = store.openOrCreate("topic", LogFixture.TOPIC_ID, 0, LogFixture.smallSegments());
                work(log, store);
                if (start == 1) {
                    retire(log, store, clock);
                }
                store.closeCleanly(3);
            } finally {
                store.close();
            }
        }
    }

    private void work(PartitionLog log, LogStore store) throws Exception {
        log.startEpoch(log.lastEpoch() + 1);
        for (int i = 0; i < 6; i++) {
            append(log);
        }
        log.flush();
        append(log);
        store.maintain();
        store.enforceRetention();
        // Cut the last two batches: they may be gone from when it begins, and must be gone when it is done.
        long end = log.logEndOffset() - 4;
        must = new ArrayList<>(must.subList(0, must.size() - 4));
        log.truncateTo(end);
        sequence -= 4;
        may = new ArrayList<>(must);
        append(log);
        assertThat(log.read(log.logStartOffset(), 10_000, Long.MAX_VALUE, true)).satisfies(RecordsRange::release);
        assertThat(log.findByTimestamp(1000, Long.MAX_VALUE)).isNotNull();
        log.advanceLogStart(log.logStartOffset() + 1);
    }

    /** Retention drops all but the active segment, later the files go, and a whole log goes too. */
    private static void retire(PartitionLog log, LogStore store, LogFixture.HandClock clock) throws Exception {
        PartitionLog other = store.openOrCreate("other", OTHER_ID, 0, LogFixture.smallSegments());
        other.append(Batches.of("gone soon"), 0);
        log.updateHighWatermark(log.logEndOffset());
        LogConfig small = LogFixture.smallSegments();
        log.configure(new LogConfig(
                small.segmentBytes(),
                small.segmentMs(),
                0,
                small.indexIntervalBytes(),
                small.indexMaxBytes(),
                small.flush(),
                small.validation(),
                new LogConfig.Retention(true, false, -1, 1, DELAY_MS)));
        store.enforceRetention();
        clock.advance(DELAY_MS);
        store.maintain();
        store.delete(OTHER_ID, 0);
        store.maintain();
    }

    private void append(PartitionLog log) throws Exception {
        String large = "x".repeat(400);
        String first = "v" + values + large;
        String second = "w" + values++ + large;
        long offset = log.logEndOffset();
        may.add(offset + ":" + first);
        may.add(offset + 1 + ":" + second);
        log.append(Batches.idempotent(9, 0, sequence, first, second), log.lastEpoch());
        sequence += 2;
        must = new ArrayList<>(may);
    }

    private void checkAfterRestart(Path folder, String what) throws Exception {
        try (LogFixture healthy = new LogFixture(folder)) {
            SegmentedLog log = healthy.log();
            List<String> found = LogFixture.readAll(log, log.logStartOffset());
            int from = (int) log.logStartOffset();
            assertThat(isPrefix(behind(must, from), found))
                    .as(what + " keeps what was acknowledged")
                    .isTrue();
            assertThat(isPrefix(found, behind(may, from)))
                    .as(what + " has only what was appended")
                    .isTrue();
            log.append(Batches.of("goes on"), log.lastEpoch() + 1);
            log.checkpoint();
        }
    }

    private static List<String> behind(List<String> records, int offset) {
        return records.subList(Math.min(offset, records.size()), records.size());
    }

    private static boolean isPrefix(List<String> some, List<String> all) {
        return some.size() <= all.size() && all.subList(0, some.size()).equals(some);
    }

    @Test
    void aRangeThatCannotBeReadTakesTheDirOffline() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.append(Batches.of("a"), 0);
            RecordsRange range = log.read(0, 1000, Long.MAX_VALUE, true);
            IOException error = new IOException("Input/output error");
            range.failed(error);
            range.release();
            assertThat(fixture.failures).containsExactly(error);
            assertThatThrownBy(() -> log.read(0, 1000, Long.MAX_VALUE, true))
                    .isInstanceOf(LogDirOfflineException.class);
        }
    }

    @Test
    void aFailedForceFailsThoseWhoWaitAndIsNotTriedAgain() throws Exception {
        FaultyFiles files = new FaultyFiles();
        List<Path> offline = new ArrayList<>();
        try (LogStore store = LogStore.open(
                LogFixture.storeConfig(dir), files, new LogFixture.HandClock(), (path, error) -> offline.add(path))) {
            PartitionLog log = store.openOrCreate("topic", LogFixture.TOPIC_ID, 0, LogConfig.DEFAULT);
            PartitionLog other = store.openOrCreate("topic", LogFixture.TOPIC_ID, 1, LogConfig.DEFAULT);
            log.append(Batches.of("a"), 0);
            files.failForces();
            CompletableFuture<Void> durable = log.durableUpTo(1);
            assertThatThrownBy(() -> durable.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(LogDirOfflineException.class);
            assertThat(log.flushedEndOffset()).isZero();
            assertThatThrownBy(() -> log.append(Batches.of("b"), 0)).isInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(() -> other.append(Batches.of("b"), 0)).isInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(() -> other.read(0, 10, 10, true)).isInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(log::flush).isInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(() -> other.durableUpTo(1).get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(() -> store.openOrCreate("topic", LogFixture.TOPIC_ID, 2, LogConfig.DEFAULT))
                    .isInstanceOf(LogDirOfflineException.class);
            assertThat(store.directoryIds()).isEmpty();
            store.closeCleanly(4);
        }
        assertThat(offline).containsExactly(dir);
        try (LogFixture again = new LogFixture(dir)) {
            assertThat(again.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            assertThat(LogFixture.readAll(again.log(), 0)).containsExactly("0:a");
        }
    }
}
