/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A log that is compacted, and the model of what must be in it. */
@NullUnmarked // what is missing fails the test
abstract class CompactionFixture {
    static final int KEYS = 10;
    static final CleanerConfig CLEANER = new CleanerConfig(1, 1 << 16, 0.9, 8192, Double.MAX_VALUE, 1);

    @TempDir
    Path dir;

    LogFixture fixture;
    CompactionModel model = new CompactionModel();

    SegmentedLog start(Path folder, FaultyFiles files) {
        fixture = new LogFixture(folder, files);
        fixture.config = config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
        return fixture.log();
    }

    static LogConfig config(LogConfig.Compaction compaction, boolean alsoDelete) {
        return config(2000, compaction, alsoDelete);
    }

    static LogConfig config(int segmentBytes, LogConfig.Compaction compaction, boolean alsoDelete) {
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
    void fill(SegmentedLog log, int records) throws Exception {
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

    void put(SegmentedLog log, String key, String value) throws Exception {
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

    LogCleaner cleaner(LongSupplier nanoTime) {
        return new LogCleaner(CLEANER, fixture.store::compactedLogs, fixture.clock, nanoTime);
    }

    boolean clean() {
        try (LogCleaner cleaner = cleaner(System::nanoTime)) {
            return cleaner.cleanOne();
        }
    }

    void check(String what, SegmentedLog log) throws Exception {
        long cleanedEnd = log.cleanable().view().cleanedEnd();
        model.cleaned(cleanedEnd, fixture.clock.ms());
        model.check(what, log, log.logEndOffset(), cleanedEnd, fixture.clock.ms(), 1000);
    }

    List<String> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(fixture.folder())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SegmentNames.CLEANED) || name.endsWith(SegmentNames.SWAP))
                    .toList();
        }
    }
}
