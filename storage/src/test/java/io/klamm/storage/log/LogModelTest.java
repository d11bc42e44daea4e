/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.index.AbortedTransaction;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of one log against {@link LogModel}: appends of every kind, truncations, log starts, clean and unclean stops,
 * damage to files while stopped. After every step what can be seen from outside equals the model.
 */
@SuppressWarnings("NullAway.Init") // set up per seed
class LogModelTest {
    private static final int STEPS = 120;
    private static final int PRODUCERS = 3;

    @TempDir
    Path dir;

    private Random random;
    private LogFixture fixture;
    private StepPool pool;
    private SegmentedLog log;
    private LogModel model;
    private int leaderEpoch;
    private long time;

    static Stream<Long> seeds() {
        long first = Long.getLong("seed", System.nanoTime());
        int count = Integer.getInteger("seeds", 20);
        return Stream.iterate(first, seed -> seed + 1).limit(count);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void behavesAsTheModel(long seed) throws Exception {
        random = new Random(seed);
        fixture = new LogFixture(dir);
        fixture.store.close();
        fixture.background = () -> pool = new StepPool();
        fixture.open();
        log = fixture.log();
        model = new LogModel();
        leaderEpoch = 0;
        time = 500_000;
        for (int step = 0; step < STEPS; step++) {
            String did = "failed";
            try {
                did = step();
                while (random.nextInt(4) > 0 && pool.runOne()) {
                    did += ", then what waited";
                }
                compare();
            } catch (AssertionError | Exception e) {
                throw new AssertionError("seed " + seed + ", after step " + step + ": " + did, e);
            }
        }
        assertThat(fixture.failures).isEmpty();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private String step() throws Exception {
        while (!model.admits(leaderEpoch)) {
            leaderEpoch++;
        }
        int dice = random.nextInt(100);
        if (dice < 40) {
            appendPlain(1 + random.nextInt(3));
            return "append";
        } else if (dice < 55) {
            long producer = random.nextInt(PRODUCERS);
            appendIdempotent(producer);
            return "idempotent append of " + producer;
        } else if (dice < 60) {
            rejectedSequences(random.nextInt(PRODUCERS));
            return "duplicates and bad sequences";
        } else if (dice < 65) {
            appendTransaction(10 + random.nextInt(2));
            return "transaction";
        } else if (dice < 70) {
            leaderEpoch += 1 + random.nextInt(2);
            log.startEpoch(leaderEpoch);
            model.startEpoch(leaderEpoch);
            return "epoch " + leaderEpoch;
        } else if (dice < 77) {
            long to = Math.max(model.start, model.end - random.nextInt(random.nextInt(10) == 0 ? 200 : 12));
            log.truncateTo(to);
            model.truncate(to);
            return "truncate to " + to;
        } else if (dice < 80) {
            long to = model.start + (model.end - model.start) * random.nextInt(40) / 100;
            log.advanceLogStart(to);
            if (to > model.start) {
                model.startAt(to);
            }
            return "start at " + to;
        } else if (dice < 81) {
            long to = random.nextInt(1000);
            log.truncateFullyAndStartAt(to);
            model.reset(to);
            return "empty, start at " + to;
        } else if (dice < 85) {
            log.flush();
            assertThat(log.flushedEndOffset()).isEqualTo(model.end);
            return "flush";
        } else if (dice < 89) {
            log.checkpoint();
            return "checkpoint";
        } else if (dice < 91) {
            fixture.store.maintain();
            fixture.store.enforceRetention();
            return "maintain";
        } else if (dice < 94) {
            pool.direct();
            fixture.store.closeCleanly(7);
            String damage = damageIndexes();
            fixture.open();
            log = fixture.log();
            assertThat(log.flushedEndOffset()).isEqualTo(log.logEndOffset());
            return "clean stop" + damage;
        }
        if (random.nextBoolean()) {
            fixture.store.maintain();
            fixture.store.enforceRetention();
        }
        return crash();
    }

    // ---- appends

    private void appendPlain(int count) throws Exception {
        List<MemoryRecords> parts = new ArrayList<>();
        List<List<Long>> timestamps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Long> times = times(1 + random.nextInt(5));
            timestamps.add(times);
            parts.add(MemoryRecords.withRecords(compression(), records(times)));
        }
        ByteBuffer buffer = Batches.join(parts.stream().map(Batches::direct).toArray(ByteBuffer[]::new));
        AppendResult result = log.append(buffer, leaderEpoch);
        assertThat(result.baseOffset()).isEqualTo(model.end);
        assertThat(buffer.position()).isZero();
        int at = 0;
        for (int i = 0; i < count; i++) {
            int size = parts.get(i).sizeInBytes();
            remember(bytes(buffer, at, size), timestamps.get(i), -1, -1, -1, false, false);
            at += size;
        }
        assertThat(result.endOffset()).isEqualTo(model.end);
    }

    private void appendIdempotent(long producer) throws Exception {
        List<LogModel.Batch> known = model.remembered(producer);
        int epoch = Math.max(0, model.producerEpoch(producer));
        int sequence = known.isEmpty() ? 0 : sequenceBehind(known.get(known.size() - 1));
        if (random.nextInt(20) == 0) {
            epoch++;
            sequence = 0;
        } else if (log.logStartOffset() > 0 && model.producerEpoch(producer) < 0) {
            sequence =
                    Integer.MAX_VALUE - random.nextInt(20); // its records may have been deleted: it may go on anywhere
        }
        List<Long> times = times(1 + random.nextInt(4));
        MemoryRecords records =
                MemoryRecords.withIdempotentRecords(compression(), producer, (short) epoch, sequence, records(times));
        ByteBuffer buffer = Batches.direct(records);
        AppendResult result = log.append(buffer, leaderEpoch);
        assertThat(result.duplicate()).isFalse();
        remember(bytes(buffer, 0, buffer.limit()), times, producer, epoch, sequence, false, false);
    }

    private static int sequenceBehind(LogModel.Batch batch) {
        return (int) (((long) batch.sequence() + batch.timestamps().size()) & Integer.MAX_VALUE);
    }

    private void rejectedSequences(long producer) throws Exception {
        long firstBase = firstBase();
        List<LogModel.Batch> known = model.remembered(producer).stream()
                .filter(batch -> batch.base() >= firstBase) // what was deleted is forgotten with a damaged snapshot
                .toList();
        for (LogModel.Batch batch : known) {
            AppendResult result = log.append(
                    Batches.direct(MemoryRecords.withIdempotentRecords(
                            Compression.NONE,
                            producer,
                            (short) batch.producerEpoch(),
                            batch.sequence(),
                            records(batch.timestamps()))),
                    leaderEpoch);
            assertThat(result).isEqualTo(new AppendResult(batch.base(), batch.next(), -1, true));
        }
        if (!known.isEmpty()) {
            LogModel.Batch last = known.get(known.size() - 1);
            int epoch = last.producerEpoch();
            int gap = (sequenceBehind(last) + 1) & Integer.MAX_VALUE;
            assertRejected(Batches.idempotent(producer, epoch, gap, "x"), Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
            assertRejected(Batches.idempotent(producer, epoch + 1, 1, "x"), Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
            if (epoch > 0) {
                assertRejected(Batches.idempotent(producer, epoch - 1, 0, "x"), Errors.INVALID_PRODUCER_EPOCH);
            }
        }
    }

    private void assertRejected(ByteBuffer batch, Errors error) {
        assertThatThrownBy(() -> log.append(batch, leaderEpoch))
                .isInstanceOfSatisfying(
                        RejectedBatchException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    /** As a follower gets it: a transactional batch, and its marker or not. */
    private void appendTransaction(long producer) throws Exception {
        List<LogModel.Batch> known = model.remembered(producer);
        int sequence = known.isEmpty() ? 0 : sequenceBehind(known.get(known.size() - 1));
        List<Long> times = times(2);
        ByteBuffer batch = Batches.direct(MemoryRecords.withTransactionalRecords(
                (byte) 2,
                model.end,
                compression(),
                producer,
                (short) 0,
                sequence,
                Math.max(leaderEpoch, 0),
                records(times)));
        log.appendReplicated(batch, EpochGate.GROWING);
        remember(bytes(batch, 0, batch.limit()), times, producer, 0, sequence, true, false);
        if (random.nextBoolean()) {
            ByteBuffer marker = Batches.replicatedMarker(model.end, leaderEpoch, producer, 0, random.nextBoolean());
            log.appendReplicated(marker, EpochGate.GROWING);
            remember(bytes(marker, 0, marker.limit()), List.of(1000L), producer, 0, -1, true, true);
        }
        log.updateHighWatermark(model.end);
    }

    private void remember(
            byte[] bytes,
            List<Long> times,
            long producer,
            int producerEpoch,
            int sequence,
            boolean transactional,
            boolean marker) {
        model.add(new LogModel.Batch(
                model.end, times, leaderEpoch, producer, producerEpoch, sequence, transactional, marker, bytes));
    }

    private List<Long> times(int count) {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            time += random.nextInt(20) - 5;
            times.add(time);
        }
        return times;
    }

    private SimpleRecord[] records(List<Long> times) {
        return times.stream()
                .map(ms -> new SimpleRecord(ms, new byte[random.nextInt(60)], new byte[random.nextInt(120)]))
                .toArray(SimpleRecord[]::new);
    }

    private Compression compression() {
        return random.nextInt(3) > 0
                ? Compression.NONE
                : Compression.of(CompressionType.forId(random.nextInt(5))).build();
    }

    private static byte[] bytes(ByteBuffer buffer, int at, int size) {
        byte[] copy = new byte[size];
        buffer.get(at, copy);
        return copy;
    }

    // ---- stops

    private String crash() throws Exception {
        fixture.store.close();
        RecoveryPoint safe = log.recoveryPoint(); // what the file says may lag behind it, never lie ahead
        String damage = damageIndexes();
        List<Path> segments = files(".log");
        if (segments.isEmpty()) {
            fixture.open();
            log = fixture.log();
            model.settleEpoch(log.lastEpoch());
            return "crash of an empty log" + damage;
        }
        Path last = segments.get(segments.size() - 1);
        long base = SegmentNames.offset(last, ".log").orElseThrow();
        int size = (int) Files.size(last);
        int floor = base == safe.segmentBase() ? safe.position() : 0;
        switch (random.nextInt(5)) {
            case 0 -> { // torn tail: the file lost its end
                int cut = floor + random.nextInt(size - floor + 1);
                try (RandomAccessFile file = new RandomAccessFile(last.toFile(), "rw")) {
                    file.setLength(cut);
                }
                model.lose(firstBeyond(base, cut));
                damage += ", cut at " + cut;
            }
            case 1 -> { // garbage behind the end
                byte[] garbage = new byte[1 + random.nextInt(200)];
                if (random.nextBoolean()) {
                    random.nextBytes(garbage);
                }
                Files.write(last, garbage, java.nio.file.StandardOpenOption.APPEND);
                damage += ", garbage";
            }
            case 2 -> { // one bit behind the recovery point
                if (size > floor) {
                    int at = floor + random.nextInt(size - floor);
                    if (flip(last, at, base)) {
                        model.lose(firstBeyond(base, at));
                        damage += ", bit flipped at " + at;
                    }
                }
            }
            default -> damage += "";
        }
        fixture.open();
        log = fixture.log();
        model.settleEpoch(log.lastEpoch());
        return "crash" + damage;
    }

    /** @return false for the bytes that no CRC covers and whose change cannot be told */
    private boolean flip(Path file, int at, long base) throws IOException {
        int position = 0;
        for (LogModel.Batch batch : model.batches) {
            if (batch.base() >= base) {
                int inBatch = at - position;
                if (inBatch >= 0
                        && inBatch < batch.bytes().length
                        && (inBatch < 8 || (inBatch >= 12 && inBatch < 16))) {
                    return false;
                }
                position += batch.bytes().length;
            }
        }
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int old = bytes.read();
            bytes.seek(at);
            bytes.write(old ^ 1 << random.nextInt(8));
        }
        return true;
    }

    /** Index of the first batch of the segment that does not lie wholly before the position. */
    private int firstBeyond(long base, int limit) {
        int position = 0;
        for (int i = 0; i < model.batches.size(); i++) {
            LogModel.Batch batch = model.batches.get(i);
            if (batch.base() >= base) {
                position += batch.bytes().length;
                if (position > limit) {
                    return i;
                }
            }
        }
        return model.batches.size();
    }

    private String damageIndexes() throws IOException {
        if (random.nextInt(3) > 0) {
            return "";
        }
        String[] suffixes = {".index", ".timeindex", ".snapshot", ".txnindex", LeaderEpochs.FILE};
        String suffix = suffixes[random.nextInt(suffixes.length)];
        List<Path> victims = files(suffix);
        if (victims.isEmpty()) {
            return "";
        }
        Path victim = victims.get(random.nextInt(victims.size()));
        if (suffix.equals(LeaderEpochs.FILE)) {
            boolean lostInside =
                    model.epochs.headMap(model.epochs.isEmpty() ? 0 : model.epochs.lastKey()).keySet().stream()
                            .anyMatch(epoch -> model.batches.stream().noneMatch(b -> b.leaderEpoch() == epoch));
            boolean shifted = model.epochs.entrySet().stream()
                    .anyMatch(e -> e.getValue() > model.start
                            && e.getValue() < model.end
                            && model.batches.stream()
                                    .noneMatch(b -> b.base() == e.getValue() && b.leaderEpoch() == e.getKey()));
            if (lostInside || shifted || model.start == model.end) {
                return "";
            }
            // Only batches can bring epochs back: one that was started without a record is lost with the file.
            model.epochs.values().removeIf(start -> start >= model.end);
            model.started.clear();
        }
        int size = (int) Files.size(victim);
        if (suffix.equals(".txnindex")) { // entries missing at its end could not be told from entries that never were
            byte[] bytes = Files.readAllBytes(victim);
            bytes[random.nextInt(size)] ^= (byte) (1 << random.nextInt(8));
            Files.write(victim, bytes);
            return ", damaged " + victim.getFileName();
        }
        if (size == 0 || random.nextInt(3) == 0) {
            Files.delete(victim);
            return ", without " + victim.getFileName();
        }
        byte[] bytes = Files.readAllBytes(victim);
        int at = random.nextInt(size);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(victim, random.nextBoolean() ? bytes : java.util.Arrays.copyOf(bytes, at));
        return ", damaged " + victim.getFileName() + " at " + at;
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.list(fixture.folder())) {
            return all.filter(file -> file.getFileName().toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private long firstBase() throws IOException {
        List<Path> segments = files(".log");
        return segments.isEmpty()
                ? 0
                : SegmentNames.offset(segments.get(0), ".log").orElseThrow();
    }

    // ---- comparison

    private void compare() throws Exception {
        assertThat(log.logStartOffset()).as("start").isEqualTo(model.start);
        assertThat(log.logEndOffset()).as("end").isEqualTo(model.end);
        assertThat(log.lastEpoch()).as("last epoch").isEqualTo(model.epochs.isEmpty() ? -1 : model.epochs.lastKey());
        assertThat(log.flushedEndOffset()).isLessThanOrEqualTo(model.end);
        for (int epoch = -1; epoch <= leaderEpoch + 1; epoch++) {
            assertThat(log.epochEnd(epoch)).as("end of epoch " + epoch).isEqualTo(model.epochEnd(epoch));
        }
        for (int i = 0; i < 6; i++) {
            compareRead();
        }
        long below = model.start + random.nextInt((int) (model.end - model.start) + 2);
        for (int i = 0; i < 3; i++) {
            long timestamp = time - random.nextInt(300) + 20;
            assertThat(log.findByTimestamp(timestamp, below))
                    .as("timestamp " + timestamp + " below " + below)
                    .isEqualTo(model.firstAtOrAfter(timestamp, below));
        }
        assertThat(log.maxTimestamp(below)).as("max timestamp below " + below).isEqualTo(model.latest(below));
        compareAborted();
        log.updateHighWatermark(model.end);
        if (model.firstUnstable() >= firstBase()) {
            assertThat(log.firstUnstableOffset()).as("first unstable").isEqualTo(model.firstUnstable());
        }
    }

    private void compareAborted() throws Exception {
        long from = model.start + random.nextInt((int) (model.end - model.start) + 1);
        long to = Math.min(from + 1 + random.nextInt(20), model.firstUnstable());
        List<LogModel.Aborted> expected = new ArrayList<>(model.aborted(from, to));
        List<LogModel.Aborted> found = new ArrayList<>();
        for (AbortedTransaction each : log.abortedTransactions(from, to)) {
            found.add(new LogModel.Aborted(each.producerId(), each.firstOffset(), each.lastOffset()));
        }
        // The beginning of a transaction that has been deleted cannot be rebuilt.
        long firstBase = firstBase();
        List<Long> beheaded = expected.stream()
                .filter(each -> each.first() < firstBase)
                .map(LogModel.Aborted::last)
                .toList();
        expected.removeIf(each -> beheaded.contains(each.last()));
        found.removeIf(each -> beheaded.contains(each.last()));
        assertThat(found).as("aborted between " + from + " and " + to).isEqualTo(expected);
    }

    private void compareRead() throws Exception {
        long offset = model.start + random.nextInt((int) (model.end - model.start) + 1);
        int maxBytes = random.nextInt(1200);
        long below = random.nextBoolean()
                ? Long.MAX_VALUE
                : model.start + random.nextInt((int) (model.end - model.start) + 1);
        boolean atLeastOne = random.nextBoolean();
        RecordsRange range = log.read(offset, maxBytes, below, atLeastOne);
        long segmentEnd = Long.MAX_VALUE;
        for (Path file : files(".log")) {
            long base = SegmentNames.offset(file, ".log").orElseThrow();
            if (base > offset) {
                segmentEnd = Math.min(segmentEnd, base);
            }
        }
        ByteBuffer got = LogFixture.records(range).buffer();
        byte[] bytes = new byte[got.remaining()];
        got.get(bytes);
        byte[] expected = model.read(offset, maxBytes, below, atLeastOne, segmentEnd);
        assertThat(bytes.length)
                .as("length of read " + offset + " max " + maxBytes + " below " + below + " one " + atLeastOne + " at "
                        + range.baseOffset() + " position " + range.position())
                .isEqualTo(expected.length);
        assertThat(bytes)
                .as("read " + offset + " max " + maxBytes + " below " + below + " one " + atLeastOne)
                .isEqualTo(expected);
    }
}
