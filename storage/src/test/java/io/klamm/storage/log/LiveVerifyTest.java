/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.inspect.DirVerifier;
import io.klamm.storage.inspect.Finding;
import io.klamm.storage.inspect.Finding.Severity;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifier on a dir whose node appends, rolls, flushes, truncates and deletes all the time: it reports nothing that is not there. */
class LiveVerifyTest {
    private static final int CHECKS = 30;

    @TempDir
    Path dir;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong rounds = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    @Test
    void aNodeAtWorkIsSound() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            LogConfig base = LogFixture.smallSegments();
            fixture.config = new LogConfig(
                    base.segmentBytes(),
                    base.segmentMs(),
                    0,
                    100,
                    base.indexMaxBytes(),
                    base.flush(),
                    base.validation(),
                    new LogConfig.Retention(true, false, -1, 40_000, 0));
            SegmentedLog log = fixture.log();
            Thread node = new Thread(() -> work(fixture.store, log), "node");
            node.start();
            try {
                for (int i = 0; i < CHECKS && failure.get() == null; i++) {
                    long before = rounds.get();
                    DirVerifier.Report report = verify();
                    assertThat(serious(report)).as("check " + i).isEmpty();
                    awaitRounds(before + 1);
                }
            } finally {
                stop.set(true);
                node.join(30_000);
            }
            assertThat(failure.get()).isNull();
            assertThat(log.logStartOffset()).as("retention was at work").isPositive();
            fixture.store.closeCleanly(5);
            assertThat(serious(verify())).as("after the stop").isEmpty();
        }
    }

    @Test
    void aFileOfTheDirThatIsBeingWrittenIsLookedAtAgain() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.log().append(Batches.of("a"), 0);
            fixture.log().flush();
            fixture.store.closeCleanly(5);
        }
        Path file = dir.resolve(DirCheckpoints.RECOVERY_FILE);
        byte[] whole = Files.readAllBytes(file);
        byte[] half = Arrays.copyOf(whole, whole.length - 3);
        Files.write(file, half);
        assertThat(serious(verify(LogFiles.SYSTEM, () -> write(file, whole)))).isEmpty();
        Files.write(file, half);
        assertThat(serious(verify(LogFiles.SYSTEM, () -> {})))
                .as("it stays so")
                .anySatisfy(finding -> assertThat(finding.file()).isEqualTo(file));
    }

    @Test
    void aFileOfTheDirThatIsDeletedWhileItIsReadIsNotMissed() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            assertThat(fixture.log().logEndOffset()).isZero();
            fixture.store.closeCleanly(5);
        }
        Path mark = dir.resolve(LogFileKind.CLEAN_STOP_FILE);
        FaultyFiles files = new FaultyFiles() {
            @Override
            public List<Path> list(Path directory) throws IOException {
                List<Path> entries = super.list(directory);
                Files.deleteIfExists(mark);
                return entries;
            }
        };
        assertThat(serious(verify(files, () -> {}))).isEmpty();
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitRounds(long count) {
        while (rounds.get() < count && failure.get() == null && !stop.get()) {
            Thread.onSpinWait();
        }
    }

    private static List<Finding> serious(DirVerifier.Report report) {
        return report.findings().stream()
                .filter(finding -> finding.severity() != Severity.NOTE)
                .toList();
    }

    private void work(LogStore store, SegmentedLog log) {
        try {
            log.startEpoch(1);
            int epoch = 1;
            int sequence = 0;
            for (int i = 0; !stop.get(); i++) {
                log.append(Batches.idempotent(7, 0, sequence++, "v".repeat(1 + i % 300)), epoch);
                log.append(Batches.transactional(8, 0, i, "t"), epoch);
                log.appendEndMarker(8, (short) 0, new EndMarker(i % 3 > 0, 1), epoch);
                log.updateHighWatermark(log.logEndOffset());
                if (i % 50 == 0) {
                    log.startEpoch(++epoch);
                }
                if (i % 7 == 0) {
                    long end = log.logEndOffset();
                    log.append(Batches.of("cut", "off"), epoch);
                    log.truncateTo(end);
                }
                if (i % 20 == 0) {
                    store.enforceRetention();
                    store.maintain();
                }
                rounds.incrementAndGet();
            }
        } catch (Exception | AssertionError e) {
            failure.set(e);
        }
    }

    private DirVerifier.Report verify() throws Exception {
        return verify(LogFiles.SYSTEM, () -> awaitRounds(rounds.get() + 20));
    }

    private DirVerifier.Report verify(LogFiles files, Runnable pause) throws Exception {
        return new DirVerifier(files, new DirVerifier.Progress() {
                    @Override
                    public void starts(int logs, long totalBytes) {}

                    @Override
                    public void log(Path folder) {}

                    @Override
                    public void bytes(long more) {}

                    @Override
                    public void pause(long ms) {
                        pause.run();
                    }
                })
                .verify(dir, true);
    }
}
