/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.LogStoreConfig;
import io.klamm.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** What the benchmarks work on: batches, stores, and data that is made once for all of them. */
final class BenchData {
    static final Path ROOT = Path.of(System.getProperty("bench.dir"));
    static final Path LARGE = ROOT.resolve("large");
    static final Path MANY = ROOT.resolve("many");
    static final Path FORCED = ROOT.resolve("forced");
    static final Path KEYS = ROOT.resolve("keys");
    static final long LARGE_BYTES = Long.getLong("bench.recovery.mib", 1024) << 20;
    static final int MANY_LOGS = Integer.getInteger("bench.logs", 10_000);
    static final int KEY_COUNT = Integer.getInteger("bench.keys", 1_000_000);
    private static final int RECORDS_PER_BATCH = 500;

    private BenchData() {}

    static LogStore open(Path dir) {
        return LogStore.open(
                new LogStoreConfig(1, "bench", List.of(dir), 2, 86_400_000, 1000, 0),
                LogFiles.SYSTEM,
                Clock.systemUTC(),
                (path, error) -> {
                    throw new IllegalStateException(path + " failed", error);
                });
    }

    static LogConfig config(int segmentBytes, boolean compact) {
        LogConfig defaults = LogConfig.DEFAULT;
        return new LogConfig(
                segmentBytes,
                defaults.segmentMs(),
                0,
                defaults.indexIntervalBytes(),
                defaults.indexMaxBytes(),
                defaults.flush(),
                new LogConfig.Validation(2 << 20, false, Long.MAX_VALUE, Long.MAX_VALUE, "producer"),
                new LogConfig.Retention(!compact, compact, -1, -1, 0),
                new LogConfig.Compaction(0.01, 86_400_000, 0, Long.MAX_VALUE));
    }

    static Uuid id(int number) {
        return new Uuid(7, number + 1);
    }

    static PartitionLog log(LogStore store, int number, LogConfig config) {
        try {
            return store.openOrCreate("bench", id(number), number, config);
        } catch (LogDirOfflineException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One batch of records of 1 KiB, a little smaller than {@code bytes}, in a direct buffer. */
    static ByteBuffer batch(int bytes) {
        Random random = new Random(1);
        SimpleRecord[] records = new SimpleRecord[Math.max(1, bytes / 1048)];
        for (int i = 0; i < records.length; i++) {
            byte[] value = new byte[1024];
            random.nextBytes(value);
            records[i] = new SimpleRecord(1_000 + i, value);
        }
        return direct(MemoryRecords.withRecords(Compression.NONE, records));
    }

    private static ByteBuffer direct(MemoryRecords records) {
        ByteBuffer from = records.buffer().duplicate();
        return ByteBuffer.allocateDirect(from.remaining()).put(from).flip();
    }

    /** A batch can be appended again: the log has stamped its offset on it. */
    static ByteBuffer fresh(ByteBuffer batch) {
        new RecordBatch().wrap(batch, 0).stamp(0, 0);
        return batch;
    }

    /** A log of {@link #LARGE_BYTES} that stopped without a checkpoint: all of it is checked at the next start. */
    static void makeLarge() throws Exception {
        try (LogStore store = open(LARGE)) {
            PartitionLog log = log(store, 0, config(128 << 20, false));
            ByteBuffer batch = batch(1 << 20);
            while (log.sizeInBytes() < LARGE_BYTES) {
                log.append(fresh(batch), 0);
            }
            log.flush();
        }
    }

    /** {@link #MANY_LOGS} logs of one batch each, stopped cleanly. */
    static void makeMany() throws Exception {
        LogStore store = open(MANY);
        ByteBuffer batch = batch(2048);
        for (int i = 0; i < MANY_LOGS; i++) {
            log(store, i, LogConfig.DEFAULT).append(fresh(batch), 0);
        }
        store.closeCleanly(1);
    }

    /** Every key twice, in random order, values of 50 bytes; stopped cleanly. */
    static void makeKeys() throws Exception {
        LogStore store = open(KEYS);
        PartitionLog log = log(store, 0, config(8 << 20, true));
        Random random = new Random(2);
        int[] keys = random.ints(0, KEY_COUNT).limit(2L * KEY_COUNT).toArray();
        for (int at = 0; at < keys.length; at += RECORDS_PER_BATCH) {
            SimpleRecord[] records = new SimpleRecord[Math.min(RECORDS_PER_BATCH, keys.length - at)];
            for (int i = 0; i < records.length; i++) {
                byte[] value = new byte[50];
                random.nextBytes(value);
                records[i] = new SimpleRecord(1_000 + at, String.format("key-%012d", keys[at + i]).getBytes(), value);
            }
            log.append(direct(MemoryRecords.withRecords(Compression.NONE, records)), 0);
        }
        store.closeCleanly(1);
    }

    static List<Path> segments(Path dir) {
        try (Stream<Path> files = Files.walk(dir)) {
            return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes files out of the page cache; they must be on disk. */
    static void evict(Path dir) throws Exception {
        for (Path file : segments(dir)) {
            Process dd = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                    .inheritIO()
                    .start();
            if (dd.waitFor() != 0) {
                throw new IOException("dd cannot evict " + file);
            }
        }
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    static void delete(Path dir) throws IOException {
        if (!Files.exists(dir)) {
            return;
        }
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
