/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
