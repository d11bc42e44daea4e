/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.NullUnmarked;

/** A store in a folder with a clock to be moved by hand. */
@NullUnmarked // what is missing fails the test
final class LogFixture implements AutoCloseable {
    static final Uuid TOPIC_ID = new Uuid(1, 2);
    static final int SEGMENT_BYTES = 2500;

    final Path dir;
    final HandClock clock = new HandClock();
    final List<IOException> failures = new ArrayList<>();
    LogFiles files;
    LogConfig config = smallSegments();
    LogStore store;
    /** For a store that is opened from now on: what else threads of its own do. */
    Supplier<ExecutorService> background;

    private final long reserveBytes;

    LogFixture(Path dir) {
        this(dir, LogFiles.SYSTEM, 0);
    }

    LogFixture(Path dir, LogFiles files) {
        this(dir, files, 0);
    }

    LogFixture(Path dir, LogFiles files, long reserveBytes) {
        this.dir = dir;
        this.files = files;
        this.reserveBytes = reserveBytes;
        open();
    }

    static final class HandClock extends Clock {
        private final AtomicLong ms = new AtomicLong(1_000_000);

        long ms() {
            return ms.get();
        }

        void advance(long byMs) {
            ms.addAndGet(byMs);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(ms.get());
        }
    }

    static LogConfig smallSegments() {
        LogConfig defaults = LogConfig.DEFAULT;
        return new LogConfig(
                SEGMENT_BYTES,
                defaults.segmentMs(),
                0,
                100,
                defaults.indexMaxBytes(),
                defaults.flush(),
                defaults.validation(),
                defaults.retention());
    }

    static LogStoreConfig storeConfig(Path... dirs) {
        return storeConfig(0, dirs);
    }

    private static LogStoreConfig storeConfig(long reserveBytes, Path... dirs) {
        return new LogStoreConfig(1, "cluster", List.of(dirs), 1, 86_400_000, 1000, reserveBytes);
    }

    void open() {
        open(files);
    }

    /** With these files, for this time. */
    void open(LogFiles with) {
        LogStoreConfig storeConfig = storeConfig(reserveBytes, dir);
        store = background == null
                ? LogStore.open(storeConfig, with, clock, (path, error) -> failures.add(error))
                : LogStore.open(
                        storeConfig, with, clock, (path, error) -> failures.add(error), path -> background.get());
    }

    SegmentedLog log() {
        return log("topic", TOPIC_ID, 0);
    }

    SegmentedLog log(String topic, Uuid id, int partition) {
        try {
            return (SegmentedLog) store.openOrCreate(topic, id, partition, config);
        } catch (LogDirOfflineException e) {
            throw new AssertionError(e);
        }
    }

    SegmentedLog reopenClean() {
        store.closeCleanly(5);
        open();
        return log();
    }

    SegmentedLog reopenUnclean() {
        store.close();
        open();
        return log();
    }

    Path folder() {
        return dir.resolve("topic-0");
    }

    /** Every record from the offset on, as {@code offset:value}. */
    static List<String> readAll(PartitionLog log, long from) throws Exception {
        List<String> values = new ArrayList<>();
        long at = from;
        while (at < log.logEndOffset()) {
            RecordsRange range = log.read(at, 300, Long.MAX_VALUE, true);
            if (range.length() == 0) {
                break;
            }
            for (Record record : records(range).records()) {
                if (record.offset() >= at) {
                    byte[] value = new byte[record.valueSize()];
                    record.value().get(value);
                    values.add(record.offset() + ":" + new String(value, java.nio.charset.StandardCharsets.UTF_8));
                    at = record.offset() + 1;
                }
            }
        }
        return values;
    }

    /** The bytes of a range, which is released. */
    static MemoryRecords records(RecordsRange range) throws IOException {
        return records(range, LogFiles.SYSTEM);
    }

    /** @param files where its file is */
    static MemoryRecords records(RecordsRange range, LogFiles files) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(range.length());
        if (range.length() > 0) {
            files.read(range.channel(), bytes, range.position());
        }
        range.release();
        return MemoryRecords.readableRecords(bytes.flip());
    }

    @Override
    public void close() {
        store.close();
    }
}
