/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where logs are opened and created when there are several dirs, and what happens when one cannot be used. */
class LogPlaceTest {
    private static final Uuid TOPIC = new Uuid(3, 4);

    @TempDir
    Path temp;

    private Path first = Path.of("");
    private Path second = Path.of("");

    @BeforeEach
    void folders() {
        first = temp.resolve("first");
        second = temp.resolve("second");
    }

    private LogStore open(Path... dirs) {
        return LogStore.open(
                LogFixture.storeConfig(dirs), LogFiles.SYSTEM, new LogFixture.HandClock(), (path, error) -> {});
    }

    private static PartitionLog log(LogStore store, int partition, Uuid assigned, boolean isNew)
            throws LogDirOfflineException {
        return store.openOrCreate("t", TOPIC, partition, LogConfig.DEFAULT, new LogPlace(assigned, isNew));
    }

    /** Nothing can be read from it any more. */
    private void destroy(Path dir) throws IOException {
        Files.move(dir, temp.resolve("away"));
        Files.createFile(dir);
    }

    private void repair(Path dir) throws IOException {
        Files.delete(dir);
        Files.move(temp.resolve("away"), dir);
    }

    @Test
    void aNewLogGoesToTheDirItIsAssignedTo() throws Exception {
        try (LogStore store = open(first, second)) {
            Uuid assigned = store.directoryIds().get(1);
            for (int partition = 0; partition < 3; partition++) {
                assertThat(log(store, partition, assigned, true).directoryId()).isEqualTo(assigned);
            }
            assertThat(log(store, 3, new Uuid(9, 9), false).directoryId())
                    .as("assigned to a dir that was taken away")
                    .isEqualTo(store.directoryIds().get(0));
        }
    }

    /** Whoever makes a folder of a log waits until the others do. */
    private static final class Together extends FaultyFiles {
        private final CyclicBarrier barrier;

        Together(int logs) {
            this.barrier = new CyclicBarrier(logs);
        }

        @Override
        public void createDirectories(Path directory) throws IOException {
            super.createDirectories(directory);
            if (directory.getFileName().toString().startsWith("t-")) {
                try {
                    barrier.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    @Test
    void logsThatAreMadeSideBySideAreSpreadOverTheDirs() throws Exception {
        int logs = 8;
        ExecutorService threads = Executors.newFixedThreadPool(logs);
        try (LogStore store = LogStore.open(
                LogFixture.storeConfig(first, second),
                new Together(logs),
                new LogFixture.HandClock(),
                (path, error) -> {})) {
            List<Future<PartitionLog>> made = new ArrayList<>();
            for (int partition = 0; partition < logs; partition++) {
                int number = partition;
                made.add(threads.submit(() -> log(store, number, Uuid.ZERO_UUID, true)));
            }
            Map<Uuid, Integer> count = new HashMap<>();
            for (Future<PartitionLog> each : made) {
                count.merge(each.get(60, TimeUnit.SECONDS).directoryId(), 1, Integer::sum);
            }
            assertThat(count.values()).containsExactly(logs / 2, logs / 2);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aLogThatCouldNotBeMadeDoesNotCount() throws Exception {
        FaultyFiles files = new FaultyFiles();
        try (LogStore store = LogStore.open(
                LogFixture.storeConfig(first, second), files, new LogFixture.HandClock(), (path, error) -> {})) {
            files.noSpaceIn(0, Integer.MAX_VALUE / 2); // and no ballast
            Uuid one = store.directoryIds().get(0);
            assertThatThrownBy(() -> log(store, 0, one, true)).isInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(() -> log(store, 1, one, true)).isInstanceOf(LogDirOfflineException.class);
            files.noSpaceIn(0, 0);
            store.checkSpace();
            store.checkSpace();
            assertThat(log(store, 0, Uuid.ZERO_UUID, true).directoryId()).isEqualTo(one);
        }
    }

    @Test
    void aDirThatCannotBeUsedAtTheStartTakesItsPartitionsAlong() throws Exception {
        Uuid good;
        Uuid bad;
        try (LogStore store = open(first, second)) {
            good = store.directoryIds().get(0);
            bad = store.directoryIds().get(1);
            log(store, 0, good, true).append(Batches.of("a"), 0);
            log(store, 1, bad, true).append(Batches.of("b"), 0);
            store.closeCleanly(5);
        }
        destroy(second);
        try (LogStore store = open(first, second)) {
            assertThat(store.directoryIds()).containsExactly(good);
            assertThat(store.directories())
                    .containsExactly(
                            new LogDirStatus(first, good, true, -1, -1),
                            new LogDirStatus(second, Uuid.ZERO_UUID, false, -1, -1));
            assertThat(store.cleanShutdownBrokerEpoch())
                    .as("of those that are there")
                    .isEqualTo(5);
            assertThat(log(store, 0, good, false).logEndOffset()).isEqualTo(1);
            assertThatThrownBy(() -> log(store, 1, bad, false)).isInstanceOf(LogDirOfflineException.class);
            assertThatThrownBy(() -> log(store, 1, Uuid.ZERO_UUID, false))
                    .as("nobody knows where it is")
                    .isInstanceOf(LogDirOfflineException.class);
            assertThat(log(store, 2, Uuid.ZERO_UUID, true).directoryId()).isEqualTo(good);
            assertThat(first.resolve("t-1")).doesNotExist();
            store.closeCleanly(6);
        }
        repair(second);
        try (LogStore store = open(first, second)) {
            assertThat(store.cleanShutdownBrokerEpoch())
                    .as("one dir has missed a life of this node")
                    .isEqualTo(-1);
            assertThat(log(store, 1, bad, false).logEndOffset()).isEqualTo(1);
        }
    }

    @Test
    void withoutAnyUsableDirTheNodeDoesNotStart() throws Exception {
        open(first, second).close();
        destroy(first);
        Files.move(second, temp.resolve("away-too"));
        Files.createFile(second);
        assertThatThrownBy(() -> open(first, second))
                .isInstanceOf(LogStoreException.class)
                .hasMessageContaining("cannot be used");
        Files.delete(first);
        open(first, second).close();
    }

    @Test
    void ofTwoCopiesTheAssignedOneIsOpenedAndTheOtherSetAside() throws Exception {
        Uuid old;
        try (LogStore store = open(first)) {
            old = log(store, 0, Uuid.ZERO_UUID, true).directoryId();
        }
        Uuid assigned;
        try (LogStore store = open(second)) {
            PartitionLog log = log(store, 0, Uuid.ZERO_UUID, true);
            log.append(Batches.of("a"), 0);
            assigned = log.directoryId();
        }
        try (LogStore store = open(first, second)) {
            assertThat(store.directoryIds()).containsExactly(old, assigned);
            PartitionLog log = log(store, 0, assigned, false);
            assertThat(log.directoryId()).isEqualTo(assigned);
            assertThat(log.logEndOffset()).isEqualTo(1);
            assertThat(store.strays()).isEmpty();
        }
        try (var entries = Files.list(first)) {
            List<String> names =
                    entries.map(path -> path.getFileName().toString()).toList();
            assertThat(names)
                    .doesNotContain("t-0")
                    .anyMatch(name -> name.startsWith("t-0.") && name.endsWith("-stray"));
        }
    }
}
