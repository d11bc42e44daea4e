/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One of two disks hangs: what is on the other goes on. */
class SlowDirTest {
    private static final int LOGS = 20;

    @TempDir
    Path temp;

    /** Forces of files below one folder wait. */
    private static final class HangingFiles extends FaultyFiles {
        private final Path hanging;
        private final CountDownLatch gate = new CountDownLatch(1);
        private final Map<FileChannel, Path> there = new ConcurrentHashMap<>();
        private final BlockingQueue<Path> waiting = new LinkedBlockingQueue<>();

        HangingFiles(Path hanging) {
            this.hanging = hanging;
        }

        /** @return partition of a log that is being forced */
        int awaitForce() throws InterruptedException {
            Path file = waiting.poll(10, TimeUnit.SECONDS);
            return file == null
                    ? -1
                    : StoreDir.partitionOf(Objects.requireNonNull(file.getParent())
                            .getFileName()
                            .toString());
        }

        @Override
        public FileChannel open(Path file, OpenOption... options) throws IOException {
            FileChannel channel = super.open(file, options);
            if (file.startsWith(hanging)) {
                there.put(channel, file);
            }
            return channel;
        }

        @Override
        public void force(FileChannel channel, boolean metadata) throws IOException {
            Path file = there.get(channel);
            if (file != null) {
                waiting.add(file);
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            super.force(channel, metadata);
        }
    }

    @Test
    void aDiskThatHangsDelaysOnlyItsOwnLogs() throws Exception {
        Path slow = temp.resolve("slow");
        Path fast = temp.resolve("fast");
        HangingFiles files = new HangingFiles(slow);
        List<IOException> failures = new ArrayList<>();
        LogStore store = LogStore.open(
                LogFixture.storeConfig(fast, slow),
                new FaultyFiles(),
                new LogFixture.HandClock(),
                (path, error) -> failures.add(error));
        store.close(); // the dirs have their identities
        store = LogStore.open(
                LogFixture.storeConfig(fast, slow),
                files,
                new LogFixture.HandClock(),
                (path, error) -> failures.add(error));
        try {
            Uuid onFast = store.directoryIds().get(0);
            Uuid onSlow = store.directoryIds().get(1);
            List<CompletableFuture<Void>> hanging = new ArrayList<>();
            for (int partition = 0; partition < LOGS; partition++) {
                hanging.add(written(store, partition, onSlow));
            }
            for (int partition = LOGS; partition < 2 * LOGS; partition++) {
                written(store, partition, onFast).get(10, TimeUnit.SECONDS);
            }
            assertThat(hanging).noneMatch(CompletableFuture::isDone);
            PartitionLog flushing = Objects.requireNonNull(store.get(LogFixture.TOPIC_ID, files.awaitForce()));
            flushing.updateHighWatermark(1);
            flushing.advanceLogStartUnlessBusy(1);
            assertThat(flushing.logStartOffset())
                    .as("nobody has waited for the disk")
                    .isZero();
            files.gate.countDown();
            for (CompletableFuture<Void> each : hanging) {
                each.get(10, TimeUnit.SECONDS);
            }
            flushing.advanceLogStart(1);
            assertThat(flushing.logStartOffset()).isEqualTo(1);
        } finally {
            files.gate.countDown();
            store.close();
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void aDiskThatHangsDelaysNeitherTheUpkeepNorTheCleanStopOfTheOther() throws Exception {
        Path slow = temp.resolve("slow");
        Path fast = temp.resolve("fast");
        HangingFiles files = new HangingFiles(slow);
        LogFixture.HandClock clock = new LogFixture.HandClock();
        LogStore.open(LogFixture.storeConfig(fast, slow), new FaultyFiles(), clock, (path, error) -> {})
                .close(); // the dirs have their identities
        List<ExecutorService> pools = new ArrayList<>();
        LogStore store = LogStore.open(LogFixture.storeConfig(fast, slow), files, clock, (path, error) -> {}, path -> {
            pools.add(Executors.newFixedThreadPool(4));
            return pools.get(pools.size() - 1);
        });
        try {
            CompletableFuture<Void> hanging =
                    written(store, 0, store.directoryIds().get(1));
            assertThat(files.awaitForce()).isZero();
            written(store, 1, store.directoryIds().get(0)).get(10, TimeUnit.SECONDS);
            DirUpkeep ofFast = store.upkeep().get(0);
            DirUpkeep ofSlow = store.upkeep().get(1);
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(ofSlow::enforceRetention, pools.get(1));
            CompletableFuture.runAsync(
                            () -> {
                                ofFast.checkSpace();
                                ofFast.maintain();
                                ofFast.enforceRetention();
                                ofFast.boundRecovery();
                            },
                            pools.get(0))
                    .get(10, TimeUnit.SECONDS);
            assertThat(waiting).isNotDone();
            store.closeCleanly(5, 5_000, 100);
            assertThat(hanging).as("who waits is told").isCompletedExceptionally();
            assertThat(fast.resolve(DirState.CLEAN_STOP_FILE)).exists();
            assertThat(slow.resolve(DirState.CLEAN_STOP_FILE)).doesNotExist();
        } finally {
            files.gate.countDown();
            store.close();
        }
        for (ExecutorService pool : pools) {
            assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Deletions wait. */
    private static final class HangingDeletions extends FaultyFiles {
        private final CountDownLatch gate = new CountDownLatch(1);

        @Override
        public void delete(Path file) throws IOException {
            if (file.toString().contains(".deleted")) {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            super.delete(file);
        }
    }

    @Test
    void deletionsLeaveThreadsForThoseWhoWaitForAFlush() throws Exception {
        HangingDeletions files = new HangingDeletions();
        try (LogFixture fixture = new LogFixture(temp, files)) {
            try {
                Uuid here = fixture.store.directoryIds().get(0);
                for (int partition = 0; partition < LOGS; partition++) {
                    written(fixture.store, partition, here).get(10, TimeUnit.SECONDS);
                }
                for (int partition = 0; partition < LOGS; partition++) {
                    fixture.store.delete(LogFixture.TOPIC_ID, partition);
                    written(fixture.store, LOGS + partition, here).get(10, TimeUnit.SECONDS);
                }
            } finally {
                files.gate.countDown();
            }
        }
        try (LogFixture fixture = new LogFixture(temp)) {
            assertThat(fixture.store.strays()).hasSize(LOGS);
        }
    }

    private static CompletableFuture<Void> written(LogStore store, int partition, Uuid dir) throws Exception {
        PartitionLog log = store.openOrCreate(
                "t", LogFixture.TOPIC_ID, partition, LogFixture.smallSegments(), new LogPlace(dir, true));
        log.append(Batches.of("a"), 0);
        return log.durableUpTo(1);
    }
}
