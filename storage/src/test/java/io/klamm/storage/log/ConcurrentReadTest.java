/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers see only whole, right batches while the log is appended to, rolled, cut at its end and shortened at its start. */
class ConcurrentReadTest {
    private static final int ROUNDS = 6000;

    @TempDir
    Path dir;

    private final AtomicLong committed = new AtomicLong();
    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    void readsTakeNoHarmFromWrites() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.configure(withRetention(fixture.config));
            ExecutorService threads = Executors.newFixedThreadPool(3);
            List<CompletableFuture<Void>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                long seed = i;
                readers.add(CompletableFuture.runAsync(() -> read(log, new Random(seed)), threads));
            }
            try {
                write(fixture, log);
            } finally {
                done.set(true);
            }
            for (CompletableFuture<Void> reader : readers) {
                reader.get(60, TimeUnit.SECONDS);
            }
            threads.shutdown();
            assertThat(fixture.failures).isEmpty();
        }
    }

    private static LogConfig withRetention(LogConfig config) {
        return new LogConfig(
                config.segmentBytes(),
                config.segmentMs(),
                0,
                config.indexIntervalBytes(),
                config.indexMaxBytes(),
                config.flush(),
                config.validation(),
                new LogConfig.Retention(true, false, -1, 40_000, 0));
    }

    private void write(LogFixture fixture, SegmentedLog log) throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < ROUNDS; i++) {
            long offset = log.logEndOffset();
            log.append(Batches.of("v" + offset, "v" + (offset + 1)), 0);
            if (random.nextInt(4) == 0) {
                committed.set(log.logEndOffset());
                log.updateHighWatermark(log.logEndOffset());
            } else if (random.nextInt(20) == 0) {
                log.truncateTo(committed.get());
            } else if (random.nextInt(200) == 0) {
                fixture.store.maintain();
                fixture.store.enforceRetention();
            }
        }
    }

    private void read(SegmentedLog log, Random random) {
        try {
            while (!done.get()) {
                long end = committed.get();
                long start = log.logStartOffset();
                long offset = random.nextInt(3) == 0
                        ? Math.max(start, end - 2)
                        : start + (long) (random.nextDouble() * (end - start));
                try {
                    check(log.read(offset, random.nextInt(3000), end, true), offset, end);
                    TimestampOffset found = log.findByTimestamp(0, end);
                    assertThat(found == null || found.offset() >= start).isTrue();
                } catch (OffsetOutOfRangeException e) {
                    assertThat(offset).isLessThan(log.logStartOffset());
                }
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void check(RecordsRange range, long offset, long end) throws Exception {
        long next = range.baseOffset();
        assertThat(next).isLessThanOrEqualTo(offset);
        boolean first = true;
        for (MutableRecordBatch batch : LogFixture.records(range).batches()) {
            batch.ensureValid();
            assertThat(batch.baseOffset()).isEqualTo(next);
            assertThat(batch.lastOffset()).isLessThan(end);
            assertThat(!first || batch.lastOffset() >= offset).isTrue();
            for (Record record : batch) {
                byte[] value = new byte[record.valueSize()];
                record.value().get(value);
                assertThat(new String(value, java.nio.charset.StandardCharsets.UTF_8))
                        .isEqualTo("v" + record.offset());
            }
            next = batch.nextOffset();
            first = false;
        }
    }
}
