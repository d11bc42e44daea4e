/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.klamm.storage.batch.RecordBatch;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bit rot in a batch below the recovery point, where nobody has looked: it is that log's affair, and no reason to believe a length. */
class DamagedBatchTest extends CompactionFixture {
    private static final long LENGTH_AT = 8;
    private static final int HUGE = 200 << 20;
    private static final long ENOUGH_BYTES = 32 << 20;

    private SegmentedLog log;
    private long firstMs;

    @BeforeEach
    void fill() throws Exception {
        log = start(dir, new FaultyFiles());
        firstMs = fixture.clock.ms() + 1;
        for (int i = 0; i < 60; i++) {
            fixture.clock.advance(1);
            put(log, "key" + i % KEYS, "x".repeat(100));
        }
        log.checkpoint();
        log.updateHighWatermark(log.logEndOffset());
        assertThat(log.segments().all()).hasSizeGreaterThan(2);
    }

    private Path first() {
        return fixture.folder().resolve(SegmentNames.log(0));
    }

    /** Where the batches of the first segment begin. */
    private List<Long> positions() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(first()));
        List<Long> positions = new ArrayList<>();
        RecordBatch batch = new RecordBatch();
        for (int at = 0; at < bytes.limit(); at += batch.sizeInBytes()) {
            batch.wrap(bytes, at);
            positions.add((long) at);
        }
        return positions;
    }

    private void setLength(long batchAt, int length) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(first().toFile(), "rw")) {
            file.seek(batchAt + LENGTH_AT);
            file.writeInt(length);
        }
    }

    /** The last batch of the first segment claims more than a small heap has, and the file is as long as that, with nothing in it. */
    private long claimHugeLength() throws Exception {
        List<Long> positions = positions();
        long last = positions.get(positions.size() - 1);
        setLength(last, HUGE - RecordBatch.LENGTH_OVERHEAD);
        try (RandomAccessFile file = new RandomAccessFile(first().toFile(), "rw")) {
            file.setLength(last + HUGE);
        }
        return positions.size() - 1L;
    }

    @Test
    void readersOfADamagedBatchAreToldAndAllElseGoesOn() throws Exception {
        List<Long> positions = positions();
        int damaged = positions.size() / 2;
        setLength(positions.get(damaged), -5);
        fixture.reopenClean();
        log = fixture.log();

        LogDirOfflineException told =
                catchThrowableOfType(LogDirOfflineException.class, () -> log.read(damaged, 10, Long.MAX_VALUE, true));
        assertThat(told.isDamage()).isTrue();
        assertThat(told).hasMessageContaining(first().toString()).hasMessageContaining("topic-0");
        LogFixture.records(log.read(0, 10, Long.MAX_VALUE, true));
        long second = log.segments().all().get(1).baseOffset();
        assertThat(LogFixture.readAll(log, second)).hasSize((int) (log.logEndOffset() - second));
        put(log, "more", "x");
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void aLogThatCannotBeOpenedLeavesTheOthersAlone() throws Exception {
        setLength(positions().get(2), -5);
        put(fixture.log("other", new Uuid(5, 6), 0), "key", "a");
        fixture.store.closeCleanly(5);
        Files.delete(fixture.folder().resolve(LeaderEpochs.FILE)); // so that all batches are read
        fixture.open();
        LogDirOfflineException told = catchThrowableOfType(
                LogDirOfflineException.class,
                () -> fixture.store.openOrCreate("topic", LogFixture.TOPIC_ID, 0, fixture.config));
        assertThat(told.isDamage()).isTrue();
        assertThat(LogFixture.readAll(fixture.log("other", new Uuid(5, 6), 0), 0))
                .containsExactly("0:a");
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void aSearchByTimeBelievesNoLength() throws Exception {
        long last = claimHugeLength();
        fixture.reopenClean();
        log = fixture.log();
        new FuzzLimits().measure(ENOUGH_BYTES, () -> {
            LogDirOfflineException told = catchThrowableOfType(
                    LogDirOfflineException.class, () -> log.findByTimestamp(firstMs + last, Long.MAX_VALUE));
            assertThat(told.isDamage()).isTrue();
        });
        assertThat(fixture.failures).isEmpty();
    }

    @Test
    void compactionBelievesNoLength() throws Exception {
        claimHugeLength();
        fixture.reopenClean();
        log = fixture.log();
        log.updateHighWatermark(log.logEndOffset());
        new FuzzLimits().measure(ENOUGH_BYTES, this::clean);
        assertThat(fixture.failures).isEmpty();
        assertThat(log.segments().all().get(0).size()).as("left as it is").isGreaterThan(HUGE);
    }
}
