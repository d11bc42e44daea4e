/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When segments roll and go, by settings that change while the log is in use; and what an idle log holds open. */
class SegmentsTest {
    @TempDir
    Path dir;

    private LogFixture fixture;
    private SegmentedLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(dir);
        log = fixture.log();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static LogConfig config(
            int segmentBytes, long segmentMs, long jitterMs, int indexBytes, LogConfig.Retention retention) {
        LogConfig defaults = LogConfig.DEFAULT;
        return new LogConfig(
                segmentBytes, segmentMs, jitterMs, 0, indexBytes, defaults.flush(), defaults.validation(), retention);
    }

    private static LogConfig.Retention keep() {
        return new LogConfig.Retention(true, false, -1, -1, 0);
    }

    private int segments(String folder) throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve(folder))) {
            return (int) files.filter(file -> file.toString().endsWith(SegmentNames.LOG))
                    .count();
        }
    }

    @Test
    void anIndexThatIsFullRolls() throws Exception {
        log.configure(config(1 << 20, Long.MAX_VALUE, 0, 3 * 8, keep()));
        for (int i = 0; i < 9; i++) {
            log.append(Batches.of("x"), 0);
        }
        assertThat(segments("topic-0")).isEqualTo(3);
        log.configure(config(1 << 20, Long.MAX_VALUE, 0, 1 << 20, keep()));
        for (int i = 0; i < 9; i++) {
            log.append(Batches.of("x"), 0);
        }
        assertThat(segments("topic-0")).as("changed while in use").isEqualTo(3);
        assertThat(LogFixture.readAll(log, 0)).hasSize(18);
    }

    @Test
    void jitterSpreadsTheRollsOfLogsThatBeganTogether() throws Exception {
        List<SegmentedLog> logs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            logs.add(fixture.log("topic", LogFixture.TOPIC_ID, i));
            logs.get(i).configure(config(1 << 20, 10_000, 8_000, 1 << 20, keep()));
            logs.get(i).append(Batches.of(Compression.NONE, fixture.clock.ms(), "x"), 0);
        }
        Set<Integer> rolled = new HashSet<>();
        Set<Integer> moments = new HashSet<>();
        for (int second = 0; second <= 11; second++) {
            fixture.store.maintain();
            for (int i = 0; i < 20; i++) {
                SegmentedLog each = logs.get(i);
                if (!rolled.contains(i)) {
                    each.append(Batches.of(Compression.NONE, fixture.clock.ms(), "x"), 0);
                    if (segments("topic-" + i) > 1) {
                        rolled.add(i);
                        moments.add(second);
                        assertThat(second).isGreaterThanOrEqualTo(2);
                    }
                }
            }
            fixture.clock.advance(1000);
        }
        assertThat(rolled).hasSize(20);
        assertThat(moments).hasSizeGreaterThan(3);
    }

    @Test
    void anAppendWhoseOffsetsNoSegmentCanNameIsRefused() {
        assertThatThrownBy(() -> log.appendReplicated(
                        Batches.join(Batches.replicated(0, 1, "a"), Batches.replicated(3_000_000_000L, 1, "b")),
                        EpochGate.GROWING))
                .isInstanceOf(RejectedBatchException.class);
        assertThat(log.logEndOffset()).isZero();
    }

    @Test
    void retentionFollowsThePolicyAsItChanges() throws Exception {
        for (int i = 0; i < 60; i++) {
            log.append(Batches.of(Compression.NONE, fixture.clock.ms(), "x".repeat(200)), 0);
        }
        log.updateHighWatermark(60);
        fixture.clock.advance(100_000);
        log.configure(config(2500, Long.MAX_VALUE, 0, 1 << 20, new LogConfig.Retention(false, true, 1, 1, 0)));
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset())
                .as("compact alone deletes nothing by age")
                .isZero();
        log.advanceLogStart(15);
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset()).isEqualTo(15);
        assertThat(log.localLogStartOffset()).isEqualTo(15);
        assertThat(log.segmentBases().get(0))
                .as("what lies below the start goes")
                .isBetween(1L, 15L);
        log.configure(config(2500, Long.MAX_VALUE, 0, 1 << 20, new LogConfig.Retention(true, true, -1, 5000, 0)));
        fixture.store.enforceRetention();
        assertThat(log.sizeInBytes()).as("both: by size").isBetween(5000L, 7500L);
        log.configure(config(2500, Long.MAX_VALUE, 0, 1 << 20, new LogConfig.Retention(true, false, 1000, -1, 500)));
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset()).isEqualTo(60);
        assertThat(deleted()).as("kept for file.delete.delay.ms").isPositive();
        fixture.clock.advance(501);
        fixture.store.maintain();
        assertThat(deleted()).isZero();
        log = fixture.reopenUnclean();
        assertThat(log.logStartOffset()).isEqualTo(60);
        assertThat(log.logEndOffset()).isEqualTo(60);
    }

    private long deleted() throws IOException {
        try (Stream<Path> files = Files.list(fixture.folder())) {
            return files.filter(file -> file.toString().endsWith(SegmentNames.DELETED))
                    .count();
        }
    }

    @Test
    void idleLogsHoldNoFileOpenAndNoIndexIsReadAtTheStart() throws Exception {
        for (int i = 0; i < 10; i++) {
            SegmentedLog each = fixture.log("topic", LogFixture.TOPIC_ID, i);
            for (int k = 0; k < 30; k++) {
                each.append(Batches.of(Compression.NONE, fixture.clock.ms(), "x".repeat(200)), 0);
            }
            each.updateHighWatermark(30);
        }
        fixture.store.closeCleanly(1);
        OpenFiles files = new OpenFiles();
        fixture.files = files;
        fixture.open();
        for (int i = 0; i < 10; i++) {
            assertThat(fixture.log("topic", LogFixture.TOPIC_ID, i).logEndOffset())
                    .isEqualTo(30);
        }
        fixture.store.maintain();
        assertThat(files.paths).noneMatch(path -> path.toString().endsWith("index"));
        assertThat(files.paths).noneMatch(path -> path.toString().endsWith(SegmentNames.LOG));
        assertThat(files.open()).containsExactly(Path.of(DirState.LOCK_FILE));
        for (int i = 0; i < 10; i++) {
            fixture.log("topic", LogFixture.TOPIC_ID, i).updateHighWatermark(30);
        }
        fixture.store.enforceRetention();
        assertThat(files.open()).containsExactly(Path.of(DirState.LOCK_FILE));
    }

    @Test
    void onlyTheActiveSegmentHoldsItsIndexesInMemory() throws Exception {
        for (int i = 0; i < 60; i++) {
            log.append(Batches.of(Compression.NONE, fixture.clock.ms() + i, "x".repeat(200)), 0);
        }
        log.configure(config(2500, Long.MAX_VALUE, 0, 1 << 20, keep()));
        for (int i = 60; i < 120; i++) {
            log.append(Batches.of(Compression.NONE, fixture.clock.ms() + i, "x".repeat(200)), 0);
        }
        log.checkpoint();
        assertOnlyTheActiveHoldsThem("rolled");
        log = fixture.reopenClean();
        for (int i = 0; i < 120; i++) {
            assertThat(log.findByTimestamp(fixture.clock.ms() + i, 120))
                    .isEqualTo(new TimestampOffset(fixture.clock.ms() + i, i, 0));
        }
        assertThat(LogFixture.readAll(log, 0)).hasSize(120);
        assertThat(log.maxTimestamp(110)).isEqualTo(new TimestampOffset(fixture.clock.ms() + 109, 109, 0));
        assertOnlyTheActiveHoldsThem("used after a start");
        log = fixture.reopenUnclean();
        assertThat(log.findByTimestamp(fixture.clock.ms() + 7, 120)).isNotNull();
        assertOnlyTheActiveHoldsThem("used after a crash");
    }

    private void assertOnlyTheActiveHoldsThem(String when) {
        assertThat(log.segments().count()).isGreaterThan(4);
        assertThat(log.segments().all())
                .as(when)
                .allMatch(segment ->
                        segment == log.segments().active() || !segment.indexes().isInMemory());
    }
}
