/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentedLogTest {
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

    private List<String> fill(int batches) throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            long base = log.logEndOffset();
            AppendResult result = log.append(Batches.of("a" + i, "b" + i), 0);
            assertThat(result).isEqualTo(new AppendResult(base, base + 2, -1, false));
            expected.add(base + ":a" + i);
            expected.add(base + 1 + ":b" + i);
        }
        return expected;
    }

    @Test
    void readsBackWhatWasAppendedAcrossSegments() throws Exception {
        List<String> expected = fill(100);
        assertThat(log.logEndOffset()).isEqualTo(200);
        assertThat(LogFixture.readAll(log, 0)).isEqualTo(expected);
        assertThat(LogFixture.readAll(log, 77)).isEqualTo(expected.subList(77, 200));
        assertThat(fixture.folder().toFile().list((d, name) -> name.endsWith(".log")).length)
                .isGreaterThan(3);
    }

    @Test
    void survivesACleanAndAnUncleanStop() throws Exception {
        List<String> expected = fill(50);
        log.startEpoch(3);
        log = fixture.reopenClean();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(5);
        assertThat(log.lastEpoch()).isEqualTo(3);
        assertThat(LogFixture.readAll(log, 0)).isEqualTo(expected);
        expected.addAll(fill(50));
        log = fixture.reopenUnclean();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        assertThat(LogFixture.readAll(log, 0)).isEqualTo(expected);
    }

    @Test
    void truncatesAndGoesOn() throws Exception {
        List<String> expected = fill(50);
        log.truncateTo(61);
        assertThat(log.logEndOffset()).isEqualTo(60);
        assertThat(LogFixture.readAll(log, 0)).isEqualTo(expected.subList(0, 60));
        fill(3);
        assertThat(log.logEndOffset()).isEqualTo(66);
        log.truncateFullyAndStartAt(1000);
        assertThat(log.logStartOffset()).isEqualTo(1000);
        assertThat(LogFixture.readAll(log, 1000)).isEmpty();
        fill(2);
        log = fixture.reopenUnclean();
        assertThat(log.logStartOffset()).isEqualTo(1000);
        assertThat(log.logEndOffset()).isEqualTo(1004);
    }

    @Test
    void whatIsWrittenIsCachedAndWhatIsFoundOnDiskIsNot() throws Exception {
        fill(50);
        assertThat(log.isCached(0)).isTrue();
        log = fixture.reopenClean();
        assertThat(log.isCached(0)).isFalse();
        assertThat(log.isCached(100)).as("nothing is there to be read").isTrue();
        fill(1);
        assertThat(log.isCached(99)).isFalse();
        assertThat(log.isCached(100)).isTrue();
        log.truncateTo(90);
        assertThat(log.isCached(80)).isFalse();
    }

    @Test
    void readsThroughWhatAReadWouldReturn() throws Exception {
        fill(50);
        CacheClock clock = fixture.store.cacheClock();
        long before = clock.now();
        log.readThrough(10, 300);
        RecordsRange range = log.read(10, 300, 100, true);
        assertThat(clock.now() - before).isPositive().isEqualTo(range.length());
        range.release();
        log.readThrough(1_000, 300);
        log.readThrough(100, 300);
        fixture.close();
        assertThatThrownBy(() -> log.readThrough(10, 300)).isInstanceOf(LogDirOfflineException.class);
    }

    @Test
    void aDiskThatFailsAReadThroughIsOffline() throws Exception {
        fill(50);
        fixture.close();
        FaultyFiles files = new FaultyFiles();
        fixture.open(files);
        log = fixture.log();
        log.read(10, 300, 100, true).release(); // the files are open
        files.failIn(0);
        assertThatThrownBy(() -> log.readThrough(10, 300)).isInstanceOf(LogDirOfflineException.class);
        assertThat(fixture.failures).hasSize(1);
    }

    @Test
    void refusesOffsetsOutsideOfTheLog() throws Exception {
        fill(10);
        log.advanceLogStart(5);
        assertThatThrownBy(() -> log.read(4, 100, 20, true)).isInstanceOf(OffsetOutOfRangeException.class);
        assertThatThrownBy(() -> log.read(21, 100, 20, true)).isInstanceOf(OffsetOutOfRangeException.class);
        assertThat(log.read(20, 100, 20, true).length()).isZero();
        log = fixture.reopenUnclean();
        assertThat(log.logStartOffset()).isEqualTo(5);
    }
}
