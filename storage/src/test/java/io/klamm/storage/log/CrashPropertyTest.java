/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.EndMarker;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of one log on a {@link SimulatedDisk}: appends, rolls, truncations, retention, DeleteRecords, flushes, until the
 * process dies, the power goes, an operation of the disk fails or the disk is full for a while; then a new start, and on. What is read equals {@link LogModel}:
 * after the death of the process all of it, after a loss of power a beginning of it that holds whatever was called flushed.
 */
@SuppressWarnings("NullAway.Init") // set up per seed
class CrashPropertyTest {
    private static final Path DIR = Path.of("/node/logs");
    private static final int STEPS = 60;
    private static final int CASES_PER_TEST = 50;

    private Random random;
    private SimulatedDisk disk;
    private LogFixture.HandClock clock;
    private StepPool pool;
    private LogStore store;
    private SegmentedLog log;
    private LogConfig config;
    private LogModel model;
    private int leaderEpoch;
    private boolean full;
    private final List<String> history = new ArrayList<>();
    private final List<Exception> offline = new ArrayList<>();
    private final List<Durable> waiting = new ArrayList<>();
    /** Log starts that a loss of power may bring back, oldest first. */
    private final List<Long> starts = new ArrayList<>();

    /** Somebody who was told that the log is on disk up to here, or will be. */
    private record Durable(long end, CompletableFuture<Void> future) {}

    static Stream<Long> seeds() {
        long first = Long.getLong("seed", System.nanoTime());
        int count = Integer.getInteger("seeds", 600);
        return Stream.iterate(first, seed -> seed + CASES_PER_TEST).limit(Math.max(1, count / CASES_PER_TEST));
    }

    @ParameterizedTest(name = "seeds {0} and on")
    @MethodSource("seeds")
    void behavesAsTheModel(long first) {
        int cases = Math.min(CASES_PER_TEST, Integer.getInteger("seeds", 600));
        for (long seed = first; seed < first + cases; seed++) {
            history.clear();
            try {
                run(seed);
            } catch (AssertionError | Exception e) {
                throw new AssertionError(
                        "seed " + seed + ", history: " + String.join("; ", history) + "; disk: " + disk, e);
            }
        }
    }

    private void run(long seed) throws Exception {
        random = new Random(seed);
        disk = new SimulatedDisk(random);
        clock = new LogFixture.HandClock();
        model = new LogModel();
        leaderEpoch = 0;
        full = false;
        waiting.clear();
        starts.clear();
        starts.add(0L);
        config = config(new LogConfig.Retention(true, false, -1, -1, 0));
        open();
        compare();
        for (int step = 0; step < STEPS; step++) {
            step();
            compare();
        }
    }

    private LogConfig config(LogConfig.Retention retention) {
        return new LogConfig(
                600 + random.nextInt(1200),
                100_000,
                random.nextInt(2) * 50_000L,
                random.nextInt(300),
                random.nextInt(4) == 0 ? 24 : 10_000,
                new LogConfig.Flush(random.nextInt(4) == 0 ? 1 : Long.MAX_VALUE, 50_000),
                LogConfig.DEFAULT.validation(),
                retention);
    }

    private void open() throws Exception {
        pool = new StepPool();
        offline.clear();
        store = LogStore.open(
                LogFixture.storeConfig(DIR), disk, clock, (path, error) -> offline.add(error), dirs -> pool);
        log = (SegmentedLog) store.openOrCreate("topic", LogFixture.TOPIC_ID, 0, config);
    }

    // ---- steps

    private void step() throws Exception {
        int dice = random.nextInt(100);
        if (dice < 86) {
            change(dice, false);
        } else if (dice < 90) {
            history.add("clean stop");
            pool.direct();
            store.closeCleanly(7);
            disk.kill();
            boolean power = random.nextBoolean();
            if (!power) {
                history.add("without power");
                disk.losePower();
            }
            forgetStarts();
            reopen(model.end, true, power);
        } else if (dice < 93) {
            history.add("kill");
            disk.kill();
            reopen(model.end, true, true);
        } else if (dice < 96) {
            history.add("power loss");
            long floor = flushed();
            disk.losePower();
            reopen(floor, false, false);
        } else if (dice < 98) {
            fullDisk();
        } else {
            fault();
        }
        clock.advance(random.nextInt(2000));
    }

    private void change(int dice, boolean mayFail) throws Exception {
        if (dice < 30) {
            history.add("append at " + model.end);
            appendIdempotent(random.nextInt(3), mayFail);
        } else if (dice < 42) {
            history.add("transaction at " + model.end);
            appendTransaction(10 + random.nextInt(2), mayFail);
        } else if (dice < 47) {
            history.add("epoch " + ++leaderEpoch);
            log.startEpoch(leaderEpoch);
            model.startEpoch(leaderEpoch);
        } else if (dice < 53) {
            long to = Math.max(model.start, model.end - random.nextInt(random.nextInt(6) == 0 ? 60 : 8));
            history.add("truncate to " + to);
            waiting.removeIf(each -> each.end() > to && !each.future().isDone()); // told that it is gone
            log.truncateTo(to);
            model.truncate(to);
            waiting.replaceAll(each -> new Durable(Math.min(each.end(), model.end), each.future()));
        } else if (dice < 56) {
            long to = model.start + (model.end - model.start) * random.nextInt(50) / 100;
            history.add("start at " + to);
            long before = log.logStartOffset();
            log.advanceLogStart(to);
            assertThat((full && log.logStartOffset() == before) || log.logStartOffset() == to)
                    .isTrue();
            startMoved(log.logStartOffset());
        } else if (dice < 57) {
            long to = random.nextInt(300);
            history.add("empty at " + to);
            log.truncateFullyAndStartAt(to);
            model.reset(to);
            waiting.clear();
            starts.clear();
            starts.add(to);
        } else if (dice < 61) {
            history.add("flush");
            log.flush();
            assertThat(log.flushedEndOffset()).isEqualTo(model.end);
        } else if (dice < 65) {
            history.add("wait for " + model.end);
            waiting.add(new Durable(model.end, log.durableUpTo(model.end)));
        } else if (dice < 70) {
            history.add("checkpoint");
            log.checkpoint();
        } else if (dice < 75) {
            history.add("upkeep");
            store.maintain();
            forgetStarts();
        } else if (dice < 78) {
            retain();
        } else if (dice < 80) {
            config = config(log.config().retention());
            history.add("configure");
            log.configure(config);
        } else {
            history.add("background");
            if (random.nextBoolean()) {
                pool.runAll();
            } else {
                pool.runOne();
            }
        }
    }

    private void retain() throws Exception {
        LogConfig.Retention rules =
                switch (random.nextInt(3)) {
                    case 0 -> new LogConfig.Retention(true, false, 20_000, -1, 100);
                    case 1 -> new LogConfig.Retention(true, false, -1, 2000, 100);
                    default -> new LogConfig.Retention(false, true, 1, 1, 100);
                };
        history.add("retain " + rules);
        log.configure(config(rules));
        log.updateHighWatermark(model.end - random.nextInt(3));
        store.enforceRetention();
        store.maintain();
        assertThat(log.logStartOffset()).isBetween(model.start, model.end);
        if (!rules.delete()) {
            assertThat(log.logStartOffset()).as("a compacted log keeps all").isEqualTo(model.start);
        }
        startMoved(log.logStartOffset());
    }

    private void startMoved(long to) {
        if (to > model.start) {
            model.startAt(to);
            starts.add(to);
        }
    }

    /** Every start so far is on disk, unless it is full. */
    private void forgetStarts() {
        if (full) {
            return;
        }
        starts.clear();
        starts.add(model.start);
    }

    private void appendIdempotent(long number, boolean mayFail) throws Exception {
        long producer = knownOrNew(number);
        int sequence = nextSequence(producer);
        List<Long> times = times(1 + random.nextInt(4));
        ByteBuffer bytes = Batches.direct(
                MemoryRecords.withIdempotentRecords(Compression.NONE, producer, (short) 0, sequence, records(times)));
        append(bytes, times, producer, sequence, false, mayFail);
    }

    private void appendTransaction(long number, boolean mayFail) throws Exception {
        long producer = knownOrNew(number);
        int sequence = nextSequence(producer);
        List<Long> times = times(1 + random.nextInt(2));
        ByteBuffer bytes = Batches.direct(MemoryRecords.withTransactionalRecords(
                Compression.NONE, producer, (short) 0, sequence, records(times)));
        append(bytes, times, producer, sequence, true, mayFail);
        if (random.nextBoolean()) {
            EndMarker marker = new EndMarker(random.nextBoolean(), 3);
            ByteBuffer expected = marker.toBatch(producer, (short) 0, clock.ms());
            new io.klamm.storage.batch.RecordBatch().wrap(expected, 0).stamp(model.end, leaderEpoch);
            LogModel.Batch batch = batch(expected, List.of(clock.ms()), producer, -1, true, true);
            remember(batch, mayFail);
            log.appendEndMarker(producer, (short) 0, marker, leaderEpoch);
            confirm(batch);
        }
    }

    private LogModel.@Nullable Batch uncertain;

    private void append(
            ByteBuffer bytes, List<Long> times, long producer, int sequence, boolean transactional, boolean mayFail)
            throws Exception {
        ByteBuffer stamped = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate());
        new io.klamm.storage.batch.RecordBatch().wrap(stamped, 0).stamp(model.end, leaderEpoch);
        LogModel.Batch batch = batch(stamped, times, producer, sequence, transactional, false);
        history.add("producer " + producer + " sequence " + sequence + ", " + times.size() + " records");
        remember(batch, mayFail);
        assertThat(log.append(bytes, leaderEpoch).baseOffset()).isEqualTo(batch.base());
        confirm(batch);
    }

    private void remember(LogModel.Batch batch, boolean mayFail) {
        uncertain = mayFail ? batch : null;
    }

    private void confirm(LogModel.Batch batch) {
        uncertain = null;
        model.add(batch);
    }

    @SuppressWarnings("ByteBufferBackingArray") // allocated here, so the array is the batch
    private LogModel.Batch batch(
            ByteBuffer bytes, List<Long> times, long producer, int sequence, boolean transactional, boolean marker) {
        byte[] copy = new byte[bytes.capacity()];
        bytes.get(0, copy);
        return new LogModel.Batch(model.end, times, leaderEpoch, producer, 0, sequence, transactional, marker, copy);
    }

    /** Of a producer whose records are all deleted the log may or may not remember what it has sent: another one takes its place. */
    private long knownOrNew(long number) {
        List<LogModel.Batch> known = model.remembered(number);
        boolean gone = !known.isEmpty() && known.get(known.size() - 1).base() < log.localLogStartOffset();
        return gone ? number + 100 * (1 + log.localLogStartOffset()) : number;
    }

    private int nextSequence(long producer) {
        List<LogModel.Batch> known = model.remembered(producer);
        if (known.isEmpty()) {
            return 0;
        }
        LogModel.Batch last = known.get(known.size() - 1);
        return last.sequence() + last.timestamps().size();
    }

    private List<Long> times(int count) {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            times.add(clock.ms() - random.nextInt(500));
        }
        return times;
    }

    private SimpleRecord[] records(List<Long> times) {
        return times.stream()
                .map(ms -> new SimpleRecord(ms, new byte[random.nextInt(20)], new byte[random.nextInt(60)]))
                .toArray(SimpleRecord[]::new);
    }

    // ---- faults and stops

    /** For a while nothing can be written, whatever is asked for. The dir stays online, and nothing is said to be there that is not. */
    private void fullDisk() throws Exception {
        history.add("full");
        full = true;
        disk.full(true);
        boolean emptied = false;
        for (int i = random.nextInt(6); i >= 0; i--) {
            int dice = random.nextInt(86);
            emptied |= dice == 56;
            try {
                change(dice, false);
            } catch (RejectedBatchException e) {
                assertThat(e.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
                history.add("refused");
            }
            compare();
            assertThat(offline).isEmpty();
        }
        int how = emptied ? 2 : random.nextInt(3); // an emptied log may come back at another place, still empty
        long floor = how == 0 ? model.end : flushed();
        if (how == 0) {
            history.add("kill while full");
            disk.kill();
        } else if (how == 1) {
            history.add("power loss while full");
            disk.losePower();
        }
        full = false;
        disk.full(false);
        history.add("room again");
        if (how < 2) {
            reopen(floor, false, false);
            return;
        }
        store.checkSpace();
        store.checkSpace();
        store.maintain();
        assertThat(offline).isEmpty();
    }

    /** What the log has called on disk, to itself and to others. */
    private long flushed() {
        long floor = log.flushedEndOffset();
        for (Durable each : waiting) {
            if (each.future().isDone() && !each.future().isCompletedExceptionally()) {
                floor = Math.max(floor, Math.min(each.end(), model.end));
            }
        }
        return floor > model.start ? floor : 0; // of an empty log there is nothing to lose
    }

    /** One operation of the disk fails in what comes next; then the process ends, with or without the power. */
    private void fault() throws Exception {
        boolean dies = random.nextBoolean();
        disk.failIn(random.nextInt(12), dies);
        long floor = flushed();
        boolean harmless = true;
        long lowest = model.end;
        List<Long> possibleStarts = new ArrayList<>(starts);
        uncertain = null;
        try {
            while (disk.failed() == null && harmless) {
                floor = flushed();
                int dice = random.nextInt(80);
                if (dice >= 56 && dice < 57) {
                    continue; // emptying is a change of everything: see the test of single faults
                }
                lowest = dice >= 47 && dice < 53 ? 0 : model.end;
                change(dice, true);
                harmless = random.nextInt(8) > 0;
            }
        } catch (LogDirOfflineException e) {
            assertThat(disk.failed()).isNotNull();
        }
        history.add("failed: " + disk.failed() + (dies ? " and all after" : ""));
        boolean failedNow = disk.failed() != null;
        long now = log.flushedEndOffset();
        disk.heal();
        // A truncation that was interrupted may be undone by a loss of power much later; let it come at once.
        boolean powerLoss = random.nextBoolean() || lowest < model.end;
        if (!failedNow) {
            possibleStarts = starts;
        }
        possibleStarts.addAll(starts);
        starts.clear();
        starts.addAll(possibleStarts);
        floor = Math.min(Math.min(floor, Math.max(now, 0)), lowest);
        if (failedNow && !powerLoss) {
            floor = Math.min(model.end, lowest);
        } else if (!powerLoss) {
            floor = model.end;
        }
        if (uncertain != null) {
            model.add(uncertain);
        }
        if (powerLoss) {
            history.add("power loss");
            disk.losePower();
        } else {
            disk.kill();
        }
        reopen(floor, false, false);
    }

    /**
     * Starts again.
     *
     * @param floor what must still be there
     * @param exact no record may be lost
     * @param exactEpochs nor an epoch without records
     */
    private void reopen(long floor, boolean exact, boolean exactEpochs) throws Exception {
        waiting.clear();
        open();
        long end = log.logEndOffset();
        long start = log.logStartOffset();
        history.add("found " + start + " to " + end);
        if (exact) {
            assertThat(start).as("start").isEqualTo(model.start);
            assertThat(end).as("end").isEqualTo(model.end);
        } else {
            assertThat(start).as("start").isLessThanOrEqualTo(model.start).isIn(startsAnd(end));
            assertThat(end).as("end").isBetween(Math.min(floor, model.end), model.end);
        }
        int lost = 0;
        while (lost < model.batches.size() && model.batches.get(lost).next() <= end) {
            lost++;
        }
        if (lost < model.batches.size() && end > start) {
            assertThat(end)
                    .as("ends between batches")
                    .isLessThanOrEqualTo(model.batches.get(lost).base());
        }
        model.start = start;
        model.lose(lost);
        model.end = end;
        settleEpochs(exactEpochs);
        starts.clear();
        starts.add(0L);
        starts.add(start);
    }

    private List<Long> startsAnd(long end) {
        List<Long> possible = new ArrayList<>(starts);
        // An older start may fall between the segments that are left.
        possible.add(log.localLogStartOffset());
        possible.add(end);
        return possible;
    }

    /** Epochs of records are known; one that was started without a record may be lost with the power. */
    private void settleEpochs(boolean exact) {
        TreeMap<Integer, Long> known = new TreeMap<>();
        for (LogModel.Batch batch : model.batches) {
            if (batch.next() > model.start) {
                known.putIfAbsent(batch.leaderEpoch(), Math.max(model.start, batch.base()));
            }
        }
        int last = log.lastEpoch();
        if (last >= 0 && (known.isEmpty() || last > known.lastKey())) {
            assertThat(last).as("epoch without a record").isLessThanOrEqualTo(leaderEpoch);
            known.put(last, model.end);
        }
        if (!exact) {
            model.epochs.clear();
            model.epochs.putAll(known);
        }
        model.started.retainAll(model.epochs.keySet());
    }

    // ---- comparison

    private void compare() throws Exception {
        assertThat(log.logStartOffset()).as("start").isEqualTo(model.start);
        assertThat(log.logEndOffset()).as("end").isEqualTo(model.end);
        assertThat(log.flushedEndOffset()).as("flushed").isLessThanOrEqualTo(model.end);
        for (Map.Entry<Integer, Long> epoch : model.epochs.entrySet()) {
            assertThat(log.epochEnd(epoch.getKey()))
                    .as("end of epoch " + epoch.getKey())
                    .isEqualTo(model.epochEnd(epoch.getKey()));
        }
        compareRead();
        compareAborted();
        compareProducer(random.nextInt(3));
    }

    private void compareRead() throws Exception {
        long from = model.start + random.nextInt((int) (model.end - model.start) + 1);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (LogModel.Batch batch : model.batches) {
            if (batch.next() > from) {
                expected.writeBytes(batch.bytes());
            }
        }
        ByteArrayOutputStream found = new ByteArrayOutputStream();
        long at = from;
        while (at < model.end) {
            RecordsRange range = log.read(at, 200 + random.nextInt(1000), Long.MAX_VALUE, true);
            assertThat(range.length()).as("bytes at " + at + " of " + model.end).isPositive();
            ByteBuffer bytes = ByteBuffer.allocate(range.length());
            disk.read(range.channel(), bytes, range.position());
            range.release();
            found.writeBytes(bytes.array());
            io.klamm.storage.batch.RecordBatch batch = new io.klamm.storage.batch.RecordBatch();
            for (int i = 0; i < bytes.limit(); i += batch.sizeInBytes()) {
                at = batch.wrap(bytes, i).nextOffset();
            }
        }
        assertThat(Arrays.mismatch(found.toByteArray(), expected.toByteArray()))
                .as("first wrong byte of the read from " + from)
                .isEqualTo(-1);
        long timestamp = clock.ms() - random.nextInt(60_000);
        assertThat(log.findByTimestamp(timestamp, model.end))
                .as("timestamp " + timestamp)
                .isEqualTo(model.firstAtOrAfter(timestamp, model.end));
    }

    private void compareAborted() throws Exception {
        long from = model.start + random.nextInt((int) (model.end - model.start) + 1);
        long to = Math.min(from + 1 + random.nextInt(20), model.firstUnstable());
        long firstBase = log.localLogStartOffset();
        List<LogModel.Aborted> expected = new ArrayList<>(model.aborted(from, to));
        List<LogModel.Aborted> found = new ArrayList<>();
        for (AbortedTransaction each : log.abortedTransactions(from, to)) {
            found.add(new LogModel.Aborted(each.producerId(), each.firstOffset(), each.lastOffset()));
        }
        List<Long> beheaded = model.aborted(0, model.end).stream()
                .filter(each -> each.first() < firstBase)
                .map(LogModel.Aborted::last)
                .toList();
        expected.removeIf(each -> beheaded.contains(each.last()));
        found.removeIf(each -> beheaded.contains(each.last()));
        assertThat(found).as("aborted between " + from + " and " + to).isEqualTo(expected);
    }

    private void compareProducer(long producer) throws Exception {
        List<LogModel.Batch> known = model.remembered(producer);
        LogModel.Batch last = known.isEmpty() ? null : known.get(known.size() - 1);
        if (last == null || last.base() < log.localLogStartOffset()) {
            return;
        }
        ByteBuffer again = ByteBuffer.wrap(last.bytes().clone());
        new io.klamm.storage.batch.RecordBatch().wrap(again, 0).stamp(0, -1);
        assertThat(log.append(again, leaderEpoch))
                .as("producer " + producer + " again")
                .isEqualTo(new AppendResult(last.base(), last.next(), -1, true));
    }
}
