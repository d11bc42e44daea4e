/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.clean.LogCleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Cleaning beside those who read, cut and delete the log meanwhile. */
@NullUnmarked // what is missing fails the test
class ConcurrentCompactionTest extends CompactionFixture {
    private interface Disturbance {
        void happen(SegmentedLog log) throws Exception;
    }

    /** Lets something happen at the n-th piece of I/O of a cleaning. @return false when there were fewer */
    private boolean cleanWith(SegmentedLog log, int n, Disturbance disturbance) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        AtomicReference<Exception> failure = new AtomicReference<>();
        LongSupplier clock = () -> {
            if (calls.getAndIncrement() == n + 1) { // the first call is the throttle's own
                try {
                    disturbance.happen(log);
                } catch (Exception e) {
                    failure.set(e);
                }
            }
            return 0;
        };
        try (LogCleaner cleaner = cleaner(clock)) {
            cleaner.cleanOne();
            assertThat(cleaner.setAsideLogs()).isZero();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return calls.get() > n + 1;
    }

    private void disturb(String name, Disturbance disturbance) throws Exception {
        boolean happened = true;
        for (int n = 0; happened; n++) {
            model = new CompactionModel();
            SegmentedLog log = start(dir.resolve(name + n), new FaultyFiles());
            fill(log, 60);
            long highWatermark = log.logEndOffset();
            put(log, "not replicated", "v");
            happened = cleanWith(log, n, disturbance);
            assertThat(fixture.failures).as(name + n).isEmpty();
            if (fixture.store.get(LogFixture.TOPIC_ID, 0) != null) {
                model.cutAt(log.logEndOffset());
                assertThat(log.logEndOffset()).isGreaterThanOrEqualTo(highWatermark);
                if (log.logStartOffset() == 0) {
                    check(name + n, log);
                }
                assertThat(leftovers()).as(name + n).isEmpty();
                clean();
                assertThat(log.cleanable().view().cleanedEnd())
                        .isEqualTo(log.cleanable().view().endOffset());
            }
            assertThat(fixture.failures).as(name + n).isEmpty();
            fixture.close();
        }
    }

    @Test
    void aTruncationEndsTheCleaning() throws Exception {
        disturb("truncate", log -> log.truncateTo(log.logEndOffset() - 1));
    }

    @Test
    void retentionMayTakeSegmentsAway() throws Exception {
        disturb("retention", log -> {
            log.advanceLogStart(log.segments().all().get(1).baseOffset());
            fixture.store.enforceRetention();
        });
    }

    @Test
    void aLogMayBeDeleted() throws Exception {
        disturb("delete", log -> {
            fixture.store.delete(LogFixture.TOPIC_ID, 0);
            // Another topic of the same name takes the folder's name.
            fixture.log("topic", new Uuid(8, 9), 0);
        });
    }

    @Test
    void aHeldRangeStaysReadable() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 100);
        RecordsRange held = log.read(0, 1500, Long.MAX_VALUE, true);
        int length = held.length();
        assertThat(clean()).isTrue();
        MemoryRecords records = LogFixture.records(held);
        assertThat(records.sizeInBytes()).isEqualTo(length);
        records.batches().forEach(batch -> batch.ensureValid());
        assertThat(records.batches().iterator().next().baseOffset()).isZero();
        check("after", log);
    }

    @Test
    void aSearchThatHoldsReplacedSegmentsTriesAgain() throws Exception {
        AtomicBoolean happened = new AtomicBoolean(true);
        for (int n = 0; happened.getAndSet(false); n++) {
            FaultyFiles files = new FaultyFiles();
            model = new CompactionModel();
            SegmentedLog log = start(dir.resolve("search" + n), files);
            fill(log, 60);
            fixture.clock.advance(1000);
            put(log, "late", "v");
            long late = log.logEndOffset() - 1;
            fill(log, 30);
            long end = log.logEndOffset();
            fixture.store.close();
            fixture.open(); // so that the indexes must be read again
            SegmentedLog reopened = fixture.log();
            reopened.checkpoint();
            reopened.updateHighWatermark(end);
            files.surpriseAtRead(n, () -> {
                happened.set(true);
                assertThat(clean()).isTrue();
            });
            TimestampOffset found = reopened.findByTimestamp(fixture.clock.ms(), Long.MAX_VALUE);
            assertThat(found).as("surprise " + n).isNotNull();
            assertThat(found.offset()).isEqualTo(late);
            assertThat(fixture.failures).isEmpty();
            fixture.close();
        }
    }

    @Test
    void readersNeverMissWhatIsThere() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        put(log, "first", "only once");
        fill(log, 100);
        Thread reader = new Thread(() -> {
            try {
                while (!stop.get()) {
                    long end = log.logEndOffset();
                    List<Long> offsets = offsets(log);
                    assertThat(offsets.get(0)).isZero();
                    assertThat(offsets.get(offsets.size() - 1)).isGreaterThanOrEqualTo(end - 1);
                    assertThat(offsets).isSorted();
                    assertThat(log.findByTimestamp(0, Long.MAX_VALUE)).isNotNull();
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        reader.start();
        for (int i = 0; i < 10; i++) {
            fixture.clock.advance(1);
            fill(log, 100);
            assertThat(clean()).isTrue();
        }
        stop.set(true);
        reader.join(30_000);
        assertThat(failure.get()).isNull();
        check("after", log);
    }

    private static List<Long> offsets(PartitionLog log) throws Exception {
        List<Long> offsets = new ArrayList<>();
        long at = 0;
        RecordsRange range = log.read(at, 700, Long.MAX_VALUE, true);
        while (range.length() > 0) {
            for (Record record : LogFixture.records(range).records()) {
                assertThat(record.offset()).isGreaterThanOrEqualTo(at);
                offsets.add(record.offset());
                at = record.offset() + 1;
            }
            range = log.read(at, 700, Long.MAX_VALUE, true);
        }
        range.release();
        return offsets;
    }
}
