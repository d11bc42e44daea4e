/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cleaning beside all that may happen to a log meanwhile. */
@NullUnmarked // what is missing fails the test
class CompactionTest {
    private static final int KEYS = 10;
    private static final CleanerConfig CLEANER = new CleanerConfig(1, 1 << 16, 0.9, 8192, Double.MAX_VALUE, 1);

    @TempDir
    Path dir;

    private LogFixture fixture;
    private CompactionModel model = new CompactionModel();

    private SegmentedLog start(Path folder, FaultyFiles files) {
        fixture = new LogFixture(folder, files);
        fixture.config = config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
        return fixture.log();
    }

    private static LogConfig config(LogConfig.Compaction compaction, boolean alsoDelete) {
        return config(2000, compaction, alsoDelete);
    }

    private static LogConfig config(int segmentBytes, LogConfig.Compaction compaction, boolean alsoDelete) {
        LogConfig base = LogFixture.smallSegments();
        return new LogConfig(
                segmentBytes,
                base.segmentMs(),
                0,
                100,
                base.indexMaxBytes(),
                base.flush(),
                base.validation(),
                new LogConfig.Retention(alsoDelete, true, alsoDelete ? 5000 : -1, -1, 0),
                compaction);
    }

    @AfterEach
    void close() {
        if (fixture != null) {
            fixture.close();
        }
    }

    /** Sealed segments, and one record in the active one. */
    private void fill(SegmentedLog log, int records) throws Exception {
        for (int i = 0; i < records; i++) {
            put(log, "key" + i % KEYS, i % 7 == 3 ? null : "v" + "x".repeat(100));
            if (i % 9 == 0) {
                put(log, "once" + i, "v");
            }
        }
        Segment active = log.segments().active();
        while (log.segments().active() == active) {
            put(log, "filler", "v" + "x".repeat(100));
        }
        log.checkpoint();
        log.updateHighWatermark(log.logEndOffset());
    }

    private void put(SegmentedLog log, String key, String value) throws Exception {
        long now = fixture.clock.ms();
        model.appended(log.logEndOffset(), key, value, now, -1);
        log.append(
                Batches.direct(MemoryRecords.withRecords(
                        Compression.NONE,
                        new SimpleRecord(
                                now,
                                key.getBytes(StandardCharsets.UTF_8),
                                value == null ? null : value.getBytes(StandardCharsets.UTF_8)))),
                1);
    }

    private LogCleaner cleaner(LongSupplier nanoTime) {
        return new LogCleaner(CLEANER, fixture.store::compactedLogs, fixture.clock, nanoTime);
    }

    private boolean clean() {
        try (LogCleaner cleaner = cleaner(System::nanoTime)) {
            return cleaner.cleanOne();
        }
    }

    private void check(String what, SegmentedLog log) throws Exception {
        long cleanedEnd = log.cleanable().view().cleanedEnd();
        model.cleaned(cleanedEnd, fixture.clock.ms());
        model.check(what, log, log.logEndOffset(), cleanedEnd, fixture.clock.ms(), 1000);
    }

    @Test
    void aCrashAtAnyFileOperationLosesNothing() throws Exception {
        int crashes = 0;
        for (int n = 0; ; n++) {
            model = new CompactionModel();
            FaultyFiles files = new FaultyFiles();
            SegmentedLog log = start(dir.resolve("crash" + n), files);
            fill(log, 60);
            fixture.config = config(6000, new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
            log.configure(fixture.config); // several become one
            files.crashIn(n);
            boolean done = clean();
            String failed = files.failed();
            assertThat(done).isEqualTo(failed == null);
            long end = log.logEndOffset();
            fixture.store.close();
            fixture.open(new FaultyFiles());
            SegmentedLog reopened = fixture.log();
            reopened.updateHighWatermark(end);
            reopened.checkpoint();
            String what = "crash " + n + " at " + failed;
            assertThat(reopened.logEndOffset()).as(what).isEqualTo(end);
            check(what, reopened);
            assertThat(leftovers()).as(what).isEmpty();
            assertFilesInOrder(what, reopened);
            clean();
            check(what + ", cleaned again", reopened);
            assertFilesInOrder(what + ", cleaned again", reopened);
            assertThat(reopened.cleanable().view().cleanedEnd())
                    .as(what)
                    .isEqualTo(reopened.cleanable().view().endOffset());
            fixture.close();
            if (failed == null) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).isGreaterThan(30);
    }

    /** No segment holds an offset that belongs to another. */
    private static void assertFilesInOrder(String what, SegmentedLog log) throws IOException {
        long next = 0;
        for (Segment segment : log.segments().all()) {
            assertThat(segment.baseOffset()).as(what).isGreaterThanOrEqualTo(next);
            HeaderCursor cursor = segment.cursor();
            for (int at = 0; at < segment.size(); ) {
                RecordBatch batch = cursor.at(at, segment.size());
                assertThat(batch).as(what).isNotNull();
                assertThat(batch.baseOffset()).as(what).isGreaterThanOrEqualTo(next);
                next = batch.nextOffset();
                at += batch.sizeInBytes();
            }
        }
    }

    private List<String> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(fixture.folder())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SegmentNames.CLEANED) || name.endsWith(SegmentNames.SWAP))
                    .toList();
        }
    }

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
    void aFullDiskPutsCleaningOff() throws Exception {
        FaultyFiles files = new FaultyFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 100);
        files.full(true);
        assertThat(clean()).isFalse();
        files.full(false);
        assertThat(clean()).as("until somebody has looked").isFalse();
        assertThat(leftovers()).isEmpty();
        assertThat(fixture.failures).as("the dir is online").isEmpty();
        fixture.store.checkSpace();
        fixture.store.checkSpace();
        assertThat(clean()).isTrue();
        check("room again", log);
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
    void aCleaningDoesNotLiveOffTheReserve() throws Exception {
        long reserve = 20_000;
        FaultyFiles files = new FaultyFiles();
        fixture = new LogFixture(dir, files, reserve);
        fixture.config = config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
        SegmentedLog log = fixture.log();
        fill(log, 100);
        files.usableSpace(reserve / 2 + 1000);
        fixture.store.checkSpace();
        assertThat(clean()).as("less than a segment above the mark").isFalse();
        assertThat(log.cleanable().view().cleanedEnd()).isZero();
        assertThat(leftovers()).isEmpty();
        files.usableSpace(reserve / 2 + 2500);
        assertThat(clean()).isTrue();
        assertThat(fixture.failures).isEmpty();
        check("with little room", log);
    }

    @Test
    void indexesThatFindNoRoomCostNoLogDir() throws Exception {
        FaultyFiles files = new FaultyFiles();
        SegmentedLog log = start(dir, files);
        fill(log, 100);
        files.fullAfterMove(SegmentNames.CLEANED, "No space left on device");
        clean();
        files.full(false);
        assertThat(fixture.failures).isEmpty();
        check("no room for indexes", log);
        long end = log.logEndOffset();
        fixture.store.close();
        fixture.open(new FaultyFiles());
        SegmentedLog reopened = fixture.log();
        reopened.updateHighWatermark(end);
        reopened.checkpoint();
        check("reopened", reopened);
        assertThat(clean()).isTrue();
        check("cleaned again", reopened);
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

    @Test
    void aCrashAtAnyFileOperationShowsNoAbortedRecord() throws Exception {
        boolean crashed = true;
        for (int n = 0; crashed; n++) {
            FaultyFiles files = new FaultyFiles();
            SegmentedLog log = start(dir.resolve("aborted" + n), files);
            for (int i = 0; i < 8; i++) {
                for (int k = 0; k < 2; k++) {
                    String key = "key" + i + "-" + k;
                    log.append(
                            Batches.direct(MemoryRecords.withTransactionalRecords(
                                    Compression.NONE,
                                    7,
                                    (short) 0,
                                    2 * i + k,
                                    new SimpleRecord(
                                            fixture.clock.ms(), key.getBytes(StandardCharsets.UTF_8), new byte[100]))),
                            1);
                    put(log, key, "v" + "x".repeat(50));
                }
                log.appendEndMarker(7, (short) 0, new EndMarker(false, 0), 1);
            }
            put(log, "last", "v");
            log.checkpoint();
            log.updateHighWatermark(log.logEndOffset());
            files.crashIn(n);
            // Memory for few keys: what is exchanged reaches beyond what has been cleaned.
            CleanerConfig small = new CleanerConfig(1, 24 * 4, 0.9, 8192, Double.MAX_VALUE, 1);
            try (LogCleaner cleaner =
                    new LogCleaner(small, fixture.store::compactedLogs, fixture.clock, System::nanoTime)) {
                cleaner.cleanOne();
            }
            crashed = files.failed() != null;
            fixture.store.close();
            fixture.open(new FaultyFiles());
            checkAborted("crash " + n + " at " + files.failed(), fixture.log());
            fixture.close();
        }
    }

    private static void checkAborted(String what, SegmentedLog log) throws Exception {
        long at = 0;
        while (at < log.logEndOffset()) {
            for (var batch :
                    LogFixture.records(log.read(at, 300, Long.MAX_VALUE, true)).batches()) {
                if (batch.isTransactional() && !batch.isControlBatch() && batch.countOrNull() > 0) {
                    assertThat(log.abortedTransactions(batch.baseOffset(), batch.nextOffset()))
                            .as(what + ", batch at " + batch.baseOffset())
                            .isNotEmpty();
                }
                at = batch.nextOffset();
            }
        }
    }
}
