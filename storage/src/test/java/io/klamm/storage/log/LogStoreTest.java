/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.io.LogFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogStoreTest {
    private static final Uuid OTHER_ID = new Uuid(3, 4);

    @TempDir
    Path dir;

    private static LogStore open(LogStoreConfig config) {
        return LogStore.open(config, LogFiles.SYSTEM, new LogFixture.HandClock(), (path, error) -> {
            throw new AssertionError(path.toString(), error);
        });
    }

    private LogStoreConfig config(int node, String cluster) {
        return new LogStoreConfig(node, cluster, List.of(dir), 1, 1000, 10, 0);
    }

    @Test
    void aDirectoryBelongsToOneNodeOfOneCluster() {
        Uuid id;
        try (LogStore store = open(config(1, "a"))) {
            id = store.directoryIds().get(0);
        }
        try (LogStore store = open(config(1, "a"))) {
            assertThat(store.directoryIds()).containsExactly(id);
        }
        assertThatThrownBy(() -> open(config(2, "a")))
                .isInstanceOf(LogStoreException.class)
                .hasMessageContaining("node.id 1")
                .hasMessageContaining(dir.toString());
        assertThatThrownBy(() -> open(config(1, "b")))
                .isInstanceOf(LogStoreException.class)
                .hasMessageContaining("cluster.id a");
    }

    @Test
    void refusesADirectoryOfApacheKafkaADamagedIdentityAndALockedOne() throws Exception {
        Files.writeString(dir.resolve("meta.properties"), "version=1");
        assertThatThrownBy(() -> open(config(1, "a")))
                .isInstanceOf(LogStoreException.class)
                .hasMessageContaining("Apache Kafka");
        Files.delete(dir.resolve("meta.properties"));
        try (LogStore store = open(config(1, "a"))) {
            assertThat(store.logs()).isEmpty();
            assertThatThrownBy(() -> open(config(1, "a")))
                    .isInstanceOf(LogStoreException.class)
                    .hasMessageContaining("in use");
        }
        Files.writeString(dir.resolve(DirState.IDENTITY_FILE), "klamm log-dir 1\nnode.id 1\ncrc 0\n");
        assertThatThrownBy(() -> open(config(1, "a")))
                .isInstanceOf(LogStoreException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void anUnusableDirectoryIsOneLine() throws Exception {
        Path file = Files.createFile(dir.resolve("file"));
        assertThatThrownBy(() -> open(new LogStoreConfig(1, "a", List.of(file), 1, 1000, 10, 0)))
                .isInstanceOf(LogStoreException.class)
                .hasMessageContaining("cannot be used")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aFolderOfAnotherTopicIdIsSetAside() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.log().append(Batches.of("old"), 0);
            fixture.store.closeCleanly(1);
            fixture.open();
            SegmentedLog other = fixture.log("topic", OTHER_ID, 0);
            assertThat(other.logEndOffset()).isZero();
            other.append(Batches.of("new"), 0);
            Path aside = dir.resolve("topic-0." + LogFixture.TOPIC_ID + "-stray");
            assertThat(aside.resolve(SegmentNames.log(0))).isNotEmptyFile();
            fixture.store.closeCleanly(1);
            fixture.open();
            assertThat(fixture.store.strays()).containsExactly(new LogStore.StrayLog("topic", OTHER_ID, 0));
            assertThat(LogFixture.readAll(fixture.log("topic", OTHER_ID, 0), 0)).containsExactly("0:new");
            assertThat(fixture.store.strays()).isEmpty();
        }
    }

    @Test
    void aFolderWithoutItsFileIsAdoptedOnlyWhenItHoldsNothing() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.log().append(Batches.of("kept"), 0);
            fixture.store.close();
            Files.delete(fixture.folder().resolve(LogFolder.METADATA_FILE));
            Files.createDirectories(dir.resolve("empty-3"));
            fixture.open();
            assertThat(fixture.log().logEndOffset()).isZero();
            assertThat(dir.resolve("topic-0.unknown-stray")).isDirectory();
            fixture.log("empty", OTHER_ID, 3);
            try (Stream<Path> all = Files.list(dir)) {
                assertThat(all.filter(path -> path.toString().endsWith("-stray")))
                        .hasSize(1);
            }
        }
    }

    @Test
    void deletesLogsAndStraysAndFinishesAfterACrash() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.append(Batches.of("a"), 0);
            RecordsRange range = log.read(0, 100, 10, true);
            fixture.log("stray", OTHER_ID, 1);
            fixture.store.delete(LogFixture.TOPIC_ID, 0);
            assertThat(fixture.store.get(LogFixture.TOPIC_ID, 0)).isNull();
            assertThat(fixture.folder()).doesNotExist();
            assertThatThrownBy(() -> log.append(Batches.of("b"), 0)).isInstanceOf(LogDirOfflineException.class);
            assertThat(LogFixture.records(range).sizeInBytes())
                    .as("a range in flight")
                    .isPositive();
            fixture.store.closeCleanly(1);
            Path half = Files.createDirectories(dir.resolve(OTHER_ID + "-9.deleted"));
            Files.createFile(half.resolve("left.log"));
            fixture.open();
            assertThat(half).doesNotExist();
            for (LogStore.StrayLog stray : fixture.store.strays()) {
                fixture.store.deleteStray(stray);
            }
            assertThat(fixture.store.strays()).isEmpty();
            assertThat(dir.resolve("stray-1")).doesNotExist();
            fixture.store.close();
            try (Stream<Path> all = Files.list(dir)) {
                assertThat(all.filter(Files::isDirectory)).isEmpty();
            }
            fixture.open();
        }
    }

    @Test
    void theCleanMarkHoldsForOneStartAndOnlyIfAllDirsHaveIt() throws Exception {
        Path second = dir.resolve("second");
        LogStoreConfig both = LogFixture.storeConfig(dir.resolve("first"), second);
        try (LogStore store = open(both)) {
            assertThat(store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            store.closeCleanly(17);
        }
        try (LogStore store = open(both)) {
            assertThat(store.cleanShutdownBrokerEpoch()).isEqualTo(17);
        }
        try (LogStore store = open(both)) {
            assertThat(store.cleanShutdownBrokerEpoch())
                    .as("a start that opened no log has not used the mark up")
                    .isEqualTo(17);
            store.openOrCreate("t", OTHER_ID, 0, LogConfig.DEFAULT);
        }
        try (LogStore store = open(both)) {
            assertThat(store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            store.closeCleanly(18);
        }
        Files.delete(second.resolve(DirState.CLEAN_STOP_FILE));
        try (LogStore store = open(both)) {
            assertThat(store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
            store.closeCleanly(-1);
        }
        assertThat(second.resolve(DirState.CLEAN_STOP_FILE)).doesNotExist();
    }

    @Test
    void newLogsGoWhereThereAreTheFewest() throws Exception {
        LogStoreConfig both = LogFixture.storeConfig(dir.resolve("first"), dir.resolve("second"));
        try (LogStore store = open(both)) {
            Set<Uuid> used = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                used.add(store.openOrCreate("t", OTHER_ID, i, LogConfig.DEFAULT).directoryId());
            }
            assertThat(used).hasSize(2);
            try (Stream<Path> first = Files.list(dir.resolve("first"))) {
                assertThat(first.filter(Files::isDirectory)).hasSize(5);
            }
        }
    }

    @Test
    void opensManyAtOnceAndEachOnlyOnce() throws Exception {
        try (LogStore store = open(config(1, "a"))) {
            ExecutorService threads = Executors.newFixedThreadPool(4);
            List<CompletableFuture<PartitionLog>> opened = IntStream.range(0, 200)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return store.openOrCreate("t", OTHER_ID, i % 50, LogConfig.DEFAULT);
                                } catch (LogDirOfflineException e) {
                                    throw new AssertionError(e);
                                }
                            },
                            threads))
                    .toList();
            Set<PartitionLog> logs = new HashSet<>();
            for (CompletableFuture<PartitionLog> each : opened) {
                logs.add(each.get(30, TimeUnit.SECONDS));
            }
            threads.shutdown();
            assertThat(logs).hasSize(50);
            assertThat(store.logs()).hasSize(50);
        }
    }

    @Test
    void aForeignDirectoryInADeletedLogLeavesTheDirInUse() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.log().append(Batches.of("a"), 0);
            Path foreign = Files.createDirectories(fixture.folder().resolve("lost+found"));
            Files.writeString(foreign.resolve("file"), "text");
            fixture.store.delete(LogFixture.TOPIC_ID, 0);
            fixture.log("other", new Uuid(5, 6), 0).append(Batches.of("b"), 0);
            fixture.store.closeCleanly(5);
            assertThat(fixture.failures).isEmpty();
            fixture.open();
            assertThat(fixture.store.directoryIds()).hasSize(1);
            assertThat(fixture.log("other", new Uuid(5, 6), 0).logEndOffset()).isEqualTo(1);
        }
    }

    @Test
    void linesOfCleanedEndsThatDoNotFollowTheFormatAreLeftOut() throws Exception {
        CheckpointFile file = new CheckpointFile(LogFiles.SYSTEM, dir.resolve(CleanedEnds.FILE), "cleaned-ends", 2);
        String id = LogFixture.TOPIC_ID.toString();
        file.write(List.of("", "topic-1", "topic-2 " + id + " x 5", "topic-3 !! 4 5", "topic-0 " + id + " 4 5"));
        CleanedEnds ends = new CleanedEnds(LogFiles.SYSTEM, dir);
        ends.load();
        assertThat(ends.get("topic-0", LogFixture.TOPIC_ID)).isEqualTo(new CleanedEnds.End(4, 5));
        assertThat(ends.get("topic-2", LogFixture.TOPIC_ID)).isEqualTo(CleanedEnds.End.NONE);
    }
}
