/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Each kind of damage: what is left of the log, and the line that tells the operator. */
class RecoveryTest {
    @TempDir
    Path dir;

    private LogFixture fixture;
    private SegmentedLog log;
    private List<String> records = new ArrayList<>();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.klamm.storage.log");
    private Level level = Level.INFO;

    @BeforeEach
    void fill() throws Exception {
        level = logger.getLevel();
        fixture = new LogFixture(dir);
        log = fixture.log();
        log.startEpoch(3);
        for (int i = 0; i < 60; i++) {
            log.append(Batches.idempotent(7, 0, i, "value " + i), 3);
        }
        records = LogFixture.readAll(log, 0);
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
    }

    @AfterEach
    void close() {
        logger.detachAppender(lines);
        logger.setLevel(level);
        logger.setAdditive(true);
        fixture.close();
    }

    private interface Damage {
        void to(Path folder) throws IOException;
    }

    private void afterKill(Damage damage) throws Exception {
        fixture.store.close();
        damage.to(fixture.folder());
        lines.list.clear();
        fixture.open();
        log = fixture.log();
    }

    private void afterCleanStop(Damage damage) throws Exception {
        fixture.store.closeCleanly(1);
        damage.to(fixture.folder());
        lines.list.clear();
        fixture.open();
        log = fixture.log();
    }

    private void assertHolds(long end) throws Exception {
        assertThat(log.logEndOffset()).isEqualTo(end);
        assertThat(LogFixture.readAll(log, 0)).isEqualTo(records.subList(0, (int) end));
        assertThat(log.lastEpoch()).isEqualTo(end == 0 ? -1 : 3);
        assertThat(log.append(Batches.idempotent(7, 0, (int) end, "goes on"), 3).baseOffset())
                .as("the producer is known")
                .isEqualTo(end);
    }

    private void assertSaid(String... parts) {
        assertThat(lines.list.stream().map(ILoggingEvent::getFormattedMessage))
                .anySatisfy(line -> assertThat(line).contains(parts));
    }

    private Path file(long base, String suffix) {
        return fixture.folder().resolve(SegmentNames.name(base, suffix));
    }

    private long baseOf(int segment) throws IOException {
        try (Stream<Path> files = Files.list(fixture.folder())) {
            return files.filter(file -> file.toString().endsWith(SegmentNames.LOG))
                    .sorted()
                    .skip(segment)
                    .mapToLong(
                            file -> SegmentNames.offset(file, SegmentNames.LOG).orElseThrow())
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void cut(Path file, long by) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - by);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void aCleanedSegmentThatWasNotFinishedIsRemoved() throws Exception {
        long base = baseOf(0);
        Path cleaned = fixture.folder().resolve(SegmentNames.cleaned(base));
        afterKill(folder -> Files.copy(file(base, SegmentNames.LOG), cleaned));
        assertSaid("topic-0", "removing " + SegmentNames.cleaned(base));
        assertThat(cleaned).doesNotExist();
        assertHolds(60);
    }

    @Test
    void aCleanedSegmentThatWasOnItsWayTakesItsPlace() throws Exception {
        long base = baseOf(0);
        Path swap = fixture.folder().resolve(SegmentNames.swap(base, baseOf(1)));
        afterKill(folder -> Files.move(file(base, SegmentNames.LOG), swap));
        assertSaid("topic-0", "finishing the exchange", swap.getFileName().toString());
        assertThat(swap).doesNotExist();
        assertThat(file(base, SegmentNames.LOG)).exists();
        assertHolds(60);
    }

    @Test
    void aSealedSegmentThatIsEmptyIsTold() throws Exception {
        log.checkpoint();
        fixture.store.maintain(); // writes the recovery point
        long base = baseOf(0);
        long next = baseOf(1);
        afterKill(folder -> Files.write(file(base, SegmentNames.LOG), new byte[0]));
        assertSaid("topic-0", "its records from " + base + " to " + next + " are gone");
        assertThat(log.logEndOffset()).isEqualTo(60);
    }

    @Test
    void aTornTailIsCut() throws Exception {
        long last = baseOf(1);
        afterKill(folder -> cut(file(last, SegmentNames.LOG), 7));
        assertSaid("topic-0", SegmentNames.log(last), "reaches beyond", "the log ends at 59");
        assertHolds(59);
    }

    @Test
    void D5_8_recoveryTruncatesAtTheFirstBadCheckSum() throws Exception {
        int batch = (int) Files.size(file(0, SegmentNames.LOG)) / (int) baseOf(1);
        afterKill(folder -> flip(file(0, SegmentNames.LOG), 10L * batch + 70));
        assertSaid("CRC mismatch", "1 later segments", "the log ends at 10");
        assertThat(log.logEndOffset()).isEqualTo(10);
        assertHolds(10);
    }

    @Test
    void belowTheRecoveryPointNothingIsChecked() throws Exception {
        log.checkpoint();
        fixture.store.maintain();
        afterKill(folder -> {});
        assertThat(lines.list).isEmpty();
        assertHolds(60);
    }

    @Test
    void onlyWhatLiesBehindTheRecoveryPointIsChecked() throws Exception {
        log.checkpoint();
        fixture.store.maintain();
        log.append(Batches.idempotent(7, 0, 60, "one more"), 3);
        records.add("60:one more");
        long size = Files.size(file(baseOf(1), SegmentNames.LOG))
                - log.recoveryPoint().position();
        assertThat(log.bytesToRecover()).isEqualTo(size);
        afterKill(folder -> {});
        assertSaid("recovered, " + size + " bytes checked");
        assertHolds(61);
    }

    @Test
    void missingAndDamagedIndexesAreRebuilt() throws Exception {
        long last = baseOf(1);
        afterCleanStop(folder -> {
            Files.delete(file(0, SegmentNames.TIME_INDEX));
            Files.delete(file(0, SegmentNames.OFFSET_INDEX));
            Files.write(file(last, SegmentNames.OFFSET_INDEX), new byte[40]);
            Files.write(file(last, SegmentNames.TIME_INDEX), new byte[40]);
        });
        assertHolds(60);
        assertThat(log.findByTimestamp(1000, 61)).isEqualTo(new TimestampOffset(1000, 0, 3));
        assertSaid("rebuilding the indexes of", SegmentNames.log(0));
        assertSaid("rebuilding the indexes of", SegmentNames.log(last));
    }

    @Test
    void damagedCheckpointsCostACheckNotARecord() throws Exception {
        afterCleanStop(folder -> {
            Files.write(dir.resolve(DirCheckpoints.RECOVERY_FILE), new byte[] {1, 2, 3, '\n', 5});
            Files.write(dir.resolve(DirCheckpoints.LOG_START_FILE), new byte[] {1, 2, 3, '\n', 5});
            Files.write(folder.resolve(LeaderEpochs.FILE), new byte[] {1, 2, 3, '\n', 5});
        });
        assertSaid(DirCheckpoints.RECOVERY_FILE, "damaged", "all logs are checked");
        assertSaid(DirCheckpoints.LOG_START_FILE, "damaged");
        assertSaid("recovered");
        assertHolds(60);
    }

    enum TextDamage {
        GONE,
        EMPTY,
        CUT,
        GARBAGE;

        void apply(Path file) throws IOException {
            switch (this) {
                case GONE -> Files.delete(file);
                case EMPTY -> Files.write(file, new byte[0]);
                case CUT -> cut(file, 3);
                default -> Files.write(file, new byte[] {1, 2, 3, '\n', 5});
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void leaderEpochsAreReadFromTheBatchesWhereTheirFileIsOfNoUse(TextDamage damage) throws Exception {
        afterCleanStop(folder -> damage.apply(folder.resolve(LeaderEpochs.FILE)));
        assertSaid("topic-0: the file of leader epochs is missing or damaged");
        assertThat(log.epochEnd(3)).isEqualTo(new EpochEnd(3, 60));
        assertHolds(60);
    }

    @ParameterizedTest
    @EnumSource
    void withoutAMarkThatCanBeReadTheStopWasNotClean(TextDamage damage) throws Exception {
        afterCleanStop(folder -> damage.apply(dir.resolve(DirState.CLEAN_STOP_FILE)));
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        if (damage != TextDamage.GONE) {
            assertSaid(DirState.CLEAN_STOP_FILE, "counts as an unclean one");
        }
        assertHolds(60);
    }

    @ParameterizedTest
    @EnumSource
    void endsOfCompactionThatCannotBeReadCostACleaning(TextDamage damage) throws Exception {
        log.checkpoint();
        log.updateHighWatermark(60);
        log.cleanable().cleanedTo(log.cleanable().view(), baseOf(1), Long.MAX_VALUE);
        afterCleanStop(folder -> damage.apply(dir.resolve(CleanedEnds.FILE)));
        assertThat(log.cleanable().view().cleanedEnd()).isZero();
        if (damage != TextDamage.GONE) {
            assertSaid(CleanedEnds.FILE, "damaged", "cleaned from their start");
        }
        assertHolds(60);
    }

    @Test
    void aDeletionThatWasCutShortIsFinished() throws Exception {
        Path half = dir.resolve("AAAAAAAAAAUAAAAAAAAABg-0.deleted");
        afterKill(folder -> {
            Files.createDirectory(half);
            Files.createFile(half.resolve(SegmentNames.log(0)));
        });
        assertSaid(half.getFileName().toString(), "is deleted");
        assertThat(half).doesNotExist();
        assertHolds(60);
    }

    @Test
    void aDamagedProducerSnapshotIsReplacedByTheBatches() throws Exception {
        afterCleanStop(folder -> flip(file(60, SegmentNames.PRODUCER_SNAPSHOT), 20));
        assertSaid("deleting the damaged producer snapshot 60");
        assertHolds(60);
    }

    @Test
    void leftoversAreRemovedAndStrangersLeftAlone() throws Exception {
        afterKill(folder -> {
            Files.createFile(folder.resolve(SegmentNames.log(0) + SegmentNames.DELETED));
            Files.createFile(file(77, SegmentNames.OFFSET_INDEX));
            Files.createFile(folder.resolve("leader-epoch-checkpoint.tmp"));
            Files.writeString(folder.resolve("notes.txt"), "mine");
        });
        assertSaid("removed what an earlier stop had left behind", SegmentNames.log(0) + SegmentNames.DELETED);
        assertSaid("left alone", "notes.txt");
        assertThat(file(77, SegmentNames.OFFSET_INDEX)).doesNotExist();
        assertThat(fixture.folder().resolve("notes.txt")).hasContent("mine");
        assertHolds(60);
    }

    @Test
    void anEmptySegmentFileIsWhereTheLogGoesOn() throws Exception {
        afterKill(folder -> Files.createFile(file(60, SegmentNames.LOG)));
        assertSaid("topic-0: recovered", "the log ends at 60");
        assertHolds(60);
        assertThat(file(60, SegmentNames.LOG)).isNotEmptyFile();
    }

    @Test
    void aSegmentThatLostItsEndEndsTheLogThoughALaterOneSurvived() throws Exception {
        long second = baseOf(1);
        afterKill(folder -> cut(file(0, SegmentNames.LOG), Files.size(file(0, SegmentNames.LOG))));
        assertSaid("segment " + second + " does not begin at the end 0");
        assertThat(log.logEndOffset()).isZero();
        assertThat(file(second, SegmentNames.LOG)).doesNotExist();
    }

    @Test
    void whatATruncationHadCutDoesNotComeBackBelowTheNextSegment() throws Exception {
        long second = baseOf(1);
        byte[] stale = Files.readAllBytes(file(second, SegmentNames.LOG));
        afterKill(folder -> Files.write(file(0, SegmentNames.LOG), stale, StandardOpenOption.APPEND));
        assertSaid("reaches beyond the beginning of the next segment", "cutting " + stale.length + " bytes");
        assertHolds(60);
    }

    @Test
    void recoveryPointsMoveForThoseWithTheMostBehindThem() throws Exception {
        SegmentedLog small = fixture.log("small", new org.apache.kafka.common.Uuid(5, 6), 0);
        small.append(Batches.of("x"), 0);
        fixture.store.upkeep().get(0).boundRecovery(small.bytesToRecover());
        awaitRecovered(log);
        assertThat(small.bytesToRecover()).isPositive();
        fixture.store.upkeep().get(0).boundRecovery(0);
        awaitRecovered(small);
    }

    private static void awaitRecovered(SegmentedLog log) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (log.bytesToRecover() > 0) {
            assertThat(System.nanoTime()).as("waiting for the recovery point").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** Counts the scans that are under way, by their reads of segment files. */
    private static final class CountingFiles extends FaultyFiles {
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final CountDownLatch two = new CountDownLatch(2);

        @Override
        public void read(FileChannel channel, ByteBuffer into, long position) throws IOException {
            if (Thread.currentThread().getName().startsWith("opener") && into.capacity() > 1000) {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                two.countDown();
                try {
                    assertThat(two.await(30, TimeUnit.SECONDS))
                            .as("a second scan")
                            .isTrue();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                super.read(channel, into, position);
                now.decrementAndGet();
            } else {
                super.read(channel, into, position);
            }
        }
    }

    @Test
    void scansRunInParallelUpToTheirNumberPerDir() throws Exception {
        for (int i = 1; i < 6; i++) {
            SegmentedLog other = fixture.log("topic", LogFixture.TOPIC_ID, i);
            other.append(Batches.of("x".repeat(1500)), 0);
        }
        fixture.store.close();
        CountingFiles files = new CountingFiles();
        LogStoreConfig two = new LogStoreConfig(1, "cluster", List.of(dir), 2, 86_400_000, 1000, 0);
        try (LogStore store = LogStore.open(two, files, fixture.clock, (path, error) -> {})) {
            List<CompletableFuture<Void>> opening = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int partition = i;
                CompletableFuture<Void> done = new CompletableFuture<>();
                Thread opener = new Thread(
                        () -> {
                            try {
                                store.openOrCreate("topic", LogFixture.TOPIC_ID, partition, fixture.config);
                                done.complete(null);
                            } catch (LogDirOfflineException | RuntimeException | AssertionError e) {
                                done.completeExceptionally(e);
                            }
                        },
                        "opener-" + i);
                opener.start();
                opening.add(done);
            }
            for (CompletableFuture<Void> each : opening) {
                each.get(60, TimeUnit.SECONDS);
            }
            assertThat(files.most.get()).isEqualTo(2);
        }
        fixture.open();
    }
}
