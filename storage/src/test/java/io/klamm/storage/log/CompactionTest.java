/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Which logs are cleaned and when, and what becomes of those that cannot be. */
@NullUnmarked // what is missing fails the test
class CompactionTest extends CompactionFixture {
    @Test
    void smallSegmentsBecomeOneAndThePolicyDeleteStillWorks() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        log.configure(config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), true));
        fill(log, 300);
        int before = log.segments().count();
        log.configure(config(6000, new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), true));
        assertThat(clean()).isTrue();
        assertThat(log.segments().count()).isLessThan(before / 2);
        for (Segment segment : log.segments().all()) {
            assertThat(segment.size()).isLessThanOrEqualTo(6000);
        }
        check("grouped", log);
        assertThat(clean()).as("nothing is new").isFalse();
        fixture.clock.advance(10_000);
        put(log, "young", "v");
        log.updateHighWatermark(log.logEndOffset());
        fixture.store.enforceRetention();
        assertThat(log.logStartOffset()).isEqualTo(log.segments().active().baseOffset());
    }

    @Test
    void moreKeysThanMemoryTakeSeveralPasses() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        for (int i = 0; i < 400; i++) {
            put(log, "many" + i % 200, "v" + i);
        }
        fill(log, 10);
        CleanerConfig forFewKeys = new CleanerConfig(1, 24 * 40, 0.9, 8192, Double.MAX_VALUE, 1);
        try (LogCleaner cleaner =
                new LogCleaner(forFewKeys, fixture.store::compactedLogs, fixture.clock, System::nanoTime)) {
            assertThat(cleaner.cleanOne()).isTrue();
            assertThat(cleaner.cleanings()).as("passes, of 36 keys each").isGreaterThan(200 / 36);
            assertThat(cleaner.cleanOne()).as("nothing is left to do").isFalse();
        }
        assertThat(log.cleanable().view().cleanedEnd())
                .isEqualTo(log.segments().active().baseOffset());
        check("several passes", log);
    }

    @Test
    void lagsAndRatioAreKept() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 100);
        log.configure(config(new LogConfig.Compaction(0, 1000, 500, Long.MAX_VALUE), false));
        assertThat(clean()).as("too young").isFalse();
        fixture.clock.advance(500);
        assertThat(clean()).isTrue();
        log.configure(config(new LogConfig.Compaction(1, 1000, 0, 2000), false));
        fill(log, 20);
        assertThat(clean()).as("too little is new").isFalse();
        fixture.clock.advance(2001);
        assertThat(clean()).as("too old").isTrue();
        check("due", log);
    }

    @Test
    void tombstonesGoWhenTheirTimeHasComeThoughNothingIsNew() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 60);
        long cleanedMs = fixture.clock.ms();
        assertThat(clean()).isTrue();
        check("cleaned", log);
        assertThat(clean()).as("their time has not come").isFalse();
        fixture.clock.advance(1000);
        assertThat(clean()).isTrue();
        check("their time has come", log);
        model.checkTombstonesGone(log, cleanedMs);
        assertThat(clean()).as("once").isFalse();
    }

    @Test
    void thatTombstonesAreToGoIsRememberedOverAStart() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 60);
        long cleanedMs = fixture.clock.ms();
        long end = log.logEndOffset();
        assertThat(clean()).isTrue();
        check("cleaned", log);
        log = fixture.reopenClean();
        log.updateHighWatermark(end);
        assertThat(clean()).as("their time has not come").isFalse();
        fixture.clock.advance(1000);
        assertThat(clean()).isTrue();
        model.checkTombstonesGone(log, cleanedMs);
    }

    @Test
    void aLogWithoutAppendsRollsSoThatWhatIsDueCanBeCleaned() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        log.configure(config(new LogConfig.Compaction(1, 1000, 0, 2000), false));
        put(log, "a", "v1");
        put(log, "a", "v2");
        log.updateHighWatermark(log.logEndOffset());
        Segment active = log.segments().active();
        fixture.store.maintain();
        assertThat(log.segments().active()).as("too young").isSameAs(active);
        fixture.clock.advance(2001);
        fixture.store.maintain();
        assertThat(log.segments().active()).isNotSameAs(active);
        log.checkpoint();
        assertThat(clean()).isTrue();
        check("rolled", log);
    }

    @Test
    void theHighWatermarkAndTheActiveSegmentBound() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 100);
        long end = log.logEndOffset();
        fixture.store.close();
        fixture.open();
        SegmentedLog reopened = fixture.log();
        reopened.checkpoint();
        assertThat(clean()).as("high watermark unknown").isFalse();
        Segment third = reopened.segments().all().get(2);
        reopened.updateHighWatermark(third.baseOffset());
        assertThat(clean()).isTrue();
        assertThat(reopened.cleanable().view().cleanedEnd()).isEqualTo(third.baseOffset());
        assertThat(reopened.segments().all()).contains(third);
        reopened.updateHighWatermark(end);
        assertThat(clean()).isTrue();
        assertThat(reopened.cleanable().view().cleanedEnd())
                .isEqualTo(reopened.segments().active().baseOffset());
        check("bounds", reopened);
    }

    @Test
    void aDamagedLogIsSetAsideUntilItChangesAndOthersGoOn() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        SegmentedLog other = fixture.log("other", new Uuid(5, 6), 0);
        fill(log, 100);
        CompactionModel damaged = model;
        model = new CompactionModel();
        fill(other, 100);
        Segment second = log.segments().all().get(1);
        try (FileChannel file = FileChannel.open(second.file().path(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 150);
        }
        try (LogCleaner cleaner = cleaner(System::nanoTime)) {
            for (int i = 0; i < 3; i++) {
                cleaner.cleanOne();
            }
            assertThat(cleaner.setAsideLogs()).isEqualTo(1);
            assertThat(cleaner.cleanings()).isEqualTo(1);
            check("the other", other);
            model = damaged;
            assertThat(log.cleanable().view().cleanedEnd()).isZero();
            assertThat(leftovers()).isEmpty();
            put(log, "more", "v");
            assertThat(cleaner.cleanOne()).as("an append changes nothing").isFalse();
            // The damage leaves the log.
            long start = log.segments().all().get(2).baseOffset();
            log.advanceLogStart(start);
            fixture.store.enforceRetention();
            assertThat(log.segments().first().baseOffset()).isEqualTo(start);
            assertThat(cleaner.cleanOne()).isTrue();
            assertThat(cleaner.setAsideLogs()).isZero();
        }
    }

    @Test
    void aThrottledCleanerEndsWhenItIsClosed() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 100);
        AtomicInteger calls = new AtomicInteger();
        CleanerConfig slow = new CleanerConfig(2, 1 << 16, 0.9, 8192, 1, 1);
        LogCleaner cleaner = new LogCleaner(slow, fixture.store::compactedLogs, fixture.clock, () -> {
            calls.incrementAndGet();
            return 0; // time stands still, so it would wait for ever
        });
        cleaner.start();
        while (calls.get() < 5) {
            Thread.onSpinWait();
        }
        cleaner.close();
        assertThat(log.cleanable().view().cleanedEnd()).isZero();
        assertThat(leftovers()).isEmpty();
        assertThat(clean()).isTrue();
        check("after", log);
    }

    @Test
    void aFailureThatPassesDoesNotEndCompaction() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 100);
        AtomicBoolean broken = new AtomicBoolean();
        AtomicLong nanos = new AtomicLong();
        LongSupplier clock = () -> {
            if (broken.getAndSet(false)) {
                throw new IllegalStateException("for once");
            }
            return nanos.get();
        };
        try (LogCleaner cleaner = cleaner(clock)) {
            broken.set(true);
            assertThat(cleaner.cleanOne()).isFalse();
            assertThat(cleaner.setAsideLogs()).isEqualTo(1);
            assertThat(cleaner.cleanOne()).as("not at once").isFalse();
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(16));
            broken.set(false);
            assertThat(cleaner.cleanOne()).isTrue();
            assertThat(cleaner.setAsideLogs()).isZero();
        }
        check("tried again", log);
    }
}
