/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.index.IndexReader;
import io.klamm.storage.inspect.DirVerifier;
import io.klamm.storage.inspect.SegmentWalk;
import io.klamm.storage.inspect.SnapshotFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * One case: files of a log dir that stopped, cleanly or not, are mutated; then the readers of the tools go over them, and a store opens
 * the dir, recovers, serves and appends.
 */
final class FolderFuzz implements AutoCloseable {
    private static final Uuid TOPIC_ID = new Uuid(3, 4);
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(2_000_000), ZoneOffset.UTC);

    private final Random random;
    private final Mutations mutations;
    private final Path dir;
    private final Map<Path, byte[]> sound = new TreeMap<>();
    private final Map<Path, byte[]> files = new TreeMap<>();
    private String last = "";

    /** @param dir empty; what is in it comes and goes */
    FolderFuzz(Random random, Path dir) throws Exception {
        this.random = random;
        this.mutations = new Mutations(random);
        this.dir = dir;
        try (LogStore store = open()) {
            PartitionLog log = store.openOrCreate("topic", TOPIC_ID, 0, LogFixture.smallSegments());
            log.startEpoch(1);
            for (int i = 0; i < 40; i++) {
                append(log, mutations.sound(), i);
                if (i == 20) {
                    log.startEpoch(2);
                    log.flush();
                    store.maintain();
                }
            }
            abortedTransaction(log);
            CleanableLog cleanable = ((SegmentedLog) log).cleanable();
            cleanable.cleanedTo(cleanable.view(), 10, Long.MAX_VALUE);
            store.closeCleanly(1);
        }
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                sound.put(file, Files.readAllBytes(file));
            }
        }
    }

    private LogStore open() {
        return LogStore.open(LogFixture.storeConfig(dir), UnforcedFiles.create(), CLOCK, (path, error) -> {
            throw new AssertionError(path + " went offline", error);
        });
    }

    /** So that there is a transaction index. */
    private static void abortedTransaction(PartitionLog log) throws LogDirOfflineException {
        append(log, bytes(Batches.transactional(77, 0, 0, "aborted")), -1);
        append(log, bytes(Batches.replicatedMarker(log.logEndOffset(), log.lastEpoch(), 77, 0, false)), -2);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static void append(PartitionLog log, byte[] batch, int number) throws LogDirOfflineException {
        try {
            log.appendReplicated(
                    ByteBuffer.wrap(stamped(batch, log.logEndOffset(), log.lastEpoch())), EpochGate.GROWING);
        } catch (RejectedBatchException e) {
            throw new AssertionError("batch " + number, e);
        }
    }

    private static byte[] stamped(byte[] batch, long offset, int epoch) {
        byte[] stamped = batch.clone();
        new RecordBatch().wrap(ByteBuffer.wrap(stamped), 0).stamp(offset, epoch);
        return stamped;
    }

    /** Puts mutated files in place of the sound ones. @return bytes of all files */
    long next() throws IOException {
        restore();
        StringBuilder what = new StringBuilder();
        if (random.nextInt(4) == 0) {
            what.append(unfinishedCleaning()).append(" added; ");
        }
        List<Path> names = List.copyOf(files.keySet());
        for (int i = random.nextInt(3); i >= 0; i--) {
            Path file = names.get(random.nextInt(names.size()));
            if (LogFileKind.of(file) == LogFileKind.LOCK) {
                continue;
            }
            byte @Nullable [] mutated = mutate(file, files.getOrDefault(file, new byte[0]));
            what.append(file.getFileName()).append(mutated == null ? " deleted; " : " mutated; ");
            if (mutated == null) {
                files.remove(file);
                Files.deleteIfExists(file);
            } else {
                files.put(file, mutated);
                Files.write(file, mutated);
            }
        }
        if (random.nextInt(4) == 0) {
            Files.deleteIfExists(dir.resolve(DirCheckpoints.RECOVERY_FILE)); // everything is scanned
            what.append("no recovery point; ");
        }
        last = what.toString();
        return files.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /** What a cleaning leaves that is cut short: a segment with the records of another, whole until it is mutated. */
    private Path unfinishedCleaning() throws IOException {
        List<Path> segments = sound.keySet().stream()
                .filter(file -> LogFileKind.of(file) == LogFileKind.SEGMENT)
                .toList();
        int i = random.nextInt(segments.size() - 1);
        long base = LogFileKind.offset(segments.get(i)).orElseThrow();
        long end = LogFileKind.offset(segments.get(i + 1)).orElseThrow();
        String name = random.nextBoolean() ? SegmentNames.cleaned(base) : SegmentNames.swap(base, end);
        Path left = segments.get(i).resolveSibling(name);
        byte[] records = Files.readAllBytes(segments.get(i));
        files.put(left, records);
        Files.write(left, records);
        return left.getFileName();
    }

    private void restore() throws IOException {
        clear();
        files.clear();
        files.putAll(sound);
        for (Map.Entry<Path, byte[]> file : sound.entrySet()) {
            Files.createDirectories(file.getKey().getParent());
            Files.write(file.getKey(), file.getValue());
        }
    }

    /** Deletes everything that the last case has left. */
    private void clear() throws IOException {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(dir)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private byte @Nullable [] mutate(Path file, byte[] content) {
        if (random.nextInt(12) == 0) {
            return null;
        }
        LogFileKind kind = LogFileKind.of(file);
        boolean repair = random.nextBoolean();
        if (kind == LogFileKind.SEGMENT || kind == LogFileKind.CLEANED || kind == LogFileKind.SWAP) {
            return mutateSegment(content, repair);
        }
        byte[] mutated = mutations.mutate(content);
        if (!repair) {
            return mutated;
        }
        return switch (kind) {
            case PRODUCER_SNAPSHOT -> sealedSnapshot(mutated);
            case TIME_INDEX -> sealedEntries(mutated, 16);
            case TRANSACTION_INDEX -> sealedEntries(mutated, 36);
            case RECOVERY_POINTS, LOG_STARTS, LEADER_EPOCHS -> sealedLines(mutated);
            default -> kind.isText() ? sealedText(mutated) : mutated;
        };
    }

    private byte[] mutateSegment(byte[] content, boolean repair) {
        if (!repair) {
            return mutations.mutate(content);
        }
        // Mutates one batch and makes length and CRC right again; offsets stay plausible half of the time.
        int target = random.nextInt(Math.max(1, content.length));
        int at = 0;
        ByteBuffer in = ByteBuffer.wrap(content);
        int end = 0;
        while (end <= target) {
            at = end;
            if (content.length - at < RecordBatch.HEADER_BYTES || in.getInt(at + 8) < 0) {
                return mutations.mutate(content);
            }
            end = (int) Math.min(content.length, at + 12L + in.getInt(at + 8));
        }
        byte[] batch = mutations.repaired(mutations.mutate(Arrays.copyOfRange(content, at, end)));
        if (random.nextBoolean() && batch.length >= RecordBatch.HEADER_BYTES) {
            batch = stamped(batch, in.getLong(at), in.getInt(at + 12));
        }
        byte[] mutated = Arrays.copyOf(content, at + batch.length + content.length - end);
        System.arraycopy(batch, 0, mutated, at, batch.length);
        System.arraycopy(content, end, mutated, at + batch.length, content.length - end);
        return mutated;
    }

    private static byte[] sealedSnapshot(byte[] bytes) {
        if (bytes.length > 10) {
            CRC32C crc = new CRC32C();
            crc.update(bytes, 10, bytes.length - 10);
            ByteBuffer.wrap(bytes).putInt(6, (int) crc.getValue());
        }
        return bytes;
    }

    private static byte[] sealedEntries(byte[] bytes, int entryBytes) {
        for (int at = 16; at + entryBytes <= bytes.length; at += entryBytes) {
            CRC32C crc = new CRC32C();
            crc.update(bytes, at, entryBytes - 4);
            ByteBuffer.wrap(bytes).putInt(at + entryBytes - 4, (int) crc.getValue());
        }
        return bytes;
    }

    /** A journal: each line but the first begins with the CRC of its rest. */
    private static byte[] sealedLines(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        StringBuilder sealed = new StringBuilder(lines[0]);
        for (int i = 1; i < lines.length; i++) {
            sealed.append('\n');
            if (lines[i].length() > 9) {
                String rest = lines[i].substring(9);
                CRC32C crc = new CRC32C();
                crc.update(rest.getBytes(StandardCharsets.UTF_8));
                sealed.append(String.format(Locale.ROOT, "%08x ", crc.getValue()))
                        .append(rest);
            } else {
                sealed.append(lines[i]);
            }
        }
        return sealed.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] sealedText(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int last = text.lastIndexOf("crc ");
        String body = last < 0 ? text + "\n" : text.substring(0, last);
        CRC32C crc = new CRC32C();
        crc.update(Mutations.bytes(body));
        return Mutations.bytes(body + "crc " + Integer.toHexString((int) crc.getValue()) + "\n");
    }

    /** What was done last, to be shown when it fails. */
    String last() {
        return last;
    }

    /** What {@code klamm log dump} and {@code klamm log verify} read. */
    void inspect() throws IOException {
        for (Path file : files.keySet()) {
            LogFileKind kind = LogFileKind.of(file);
            switch (kind) {
                case SEGMENT -> SegmentWalk.run(LogFiles.SYSTEM, file, 0, 0, new Ignoring());
                case OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX ->
                    IndexReader.read(LogFiles.SYSTEM, file, new IgnoringIndex());
                case PRODUCER_SNAPSHOT -> SnapshotFile.read(LogFiles.SYSTEM, file);
                default -> {
                    if (kind.isText() && Files.exists(file)) {
                        kind.readText(LogFiles.SYSTEM, file);
                    }
                }
            }
        }
        if (files.containsKey(dir.resolve(DirState.IDENTITY_FILE))) {
            new DirVerifier(LogFiles.SYSTEM, new NoProgress()).verify(dir, random.nextBoolean());
        }
    }

    /** Opens, reads, appends, stops. What a damaged dir may answer is said by exceptions that are declared. */
    void recover() throws Exception {
        try (LogStore store = open()) {
            PartitionLog log = store.openOrCreate("topic", TOPIC_ID, 0, LogFixture.smallSegments());
            long at = log.logStartOffset();
            for (int i = 0; at < log.logEndOffset() && i < 200; i++) {
                RecordsRange range = log.read(at, 500, Long.MAX_VALUE, true);
                long next = nextOffset(range);
                range.release();
                if (next <= at) {
                    break;
                }
                at = next;
            }
            log.findByTimestamp(1_000_010, Long.MAX_VALUE);
            log.maxTimestamp(Long.MAX_VALUE);
            if (log.logEndOffset() < Long.MAX_VALUE / 2) {
                log.appendReplicated(
                        ByteBuffer.wrap(stamped(mutations.sound(), log.logEndOffset(), 9)), EpochGate.GROWING);
            }
            store.closeCleanly(2);
        } catch (LogDirOfflineException e) {
            if (!e.isDamage()) {
                throw new AssertionError("damage is not the disk's fault", e);
            }
        } catch (LogStoreException | OffsetOutOfRangeException | RejectedBatchException e) {
            return; // the defined answers
        }
    }

    private static long nextOffset(RecordsRange range) throws IOException {
        if (range.length() == 0) {
            return -1;
        }
        ByteBuffer bytes = ByteBuffer.allocate(range.length());
        LogFiles.SYSTEM.read(range.channel(), bytes, range.position());
        long next = -1;
        RecordBatch batch = new RecordBatch();
        for (int at = 0; at < bytes.position(); at += batch.sizeInBytes()) {
            if (BatchStructure.problem(batch.wrap(bytes, at), bytes.position() - at) != null) {
                return -1; // damage below the recovery point, which nobody has looked at
            }
            next = batch.nextOffset();
        }
        return next;
    }

    @Override
    public void close() throws IOException {
        clear();
    }

    private static final class Ignoring implements SegmentWalk.Visitor {
        @Override
        public boolean batch(RecordBatch batch, long position, @Nullable ByteBuffer whole) {
            return true;
        }

        @Override
        public void damage(SegmentWalk.Damage damage) {}
    }

    private static final class IgnoringIndex implements IndexReader.Visitor {
        @Override
        public void header(IndexReader.Header header) {}

        @Override
        public void offsetEntry(long position, long relativeOffset, long segmentPosition) {}

        @Override
        public void timeEntry(long position, long maxTimestampMs, long relativeOffset) {}

        @Override
        public void transactionEntry(long position, AbortedTransaction transaction) {}

        @Override
        public void damage(long position, String problem) {}
    }

    private static final class NoProgress implements DirVerifier.Progress {
        @Override
        public void starts(int logs, long totalBytes) {}

        @Override
        public void log(Path folder) {}

        @Override
        public void bytes(long more) {}

        @Override
        public void pause(long ms) {}
    }
}
