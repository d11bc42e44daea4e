/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.inspect.DirVerifier;
import io.klamm.storage.inspect.Finding;
import io.klamm.storage.inspect.Finding.Severity;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirVerifierTest {
    @TempDir
    Path dir;

    private LogFixture fixture;
    private List<Path> segments;

    /** Three segments with every codec, an idempotent producer, and transactions that commit and abort. */
    @BeforeEach
    void write() throws Exception {
        fixture = new LogFixture(dir);
        SegmentedLog log = fixture.log();
        log.startEpoch(3);
        int sequence = 0;
        for (int i = 0; log.logEndOffset() < 90; i++) {
            for (Compression codec : RecordCodecs.all()) {
                log.append(Batches.of(codec, 900_000 + i, "value " + i, "v"), 3);
            }
            log.append(Batches.idempotent(7, 0, sequence++, "idempotent"), 3);
            log.append(Batches.transactional(8, 0, i, "transactional " + i), 3);
            log.appendReplicated(Batches.replicatedMarker(log.logEndOffset(), 3, 8, 0, i % 2 == 0), EpochGate.GROWING);
            fixture.clock.advance(10);
        }
        log.startEpoch(4);
        log.append(Batches.of("last"), 4);
        log.flush();
        log.checkpoint();
        try (var files = Files.list(fixture.folder())) {
            segments = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
        assertThat(segments).hasSizeGreaterThan(2);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private DirVerifier.Report verify(Path path, boolean live) throws IOException {
        return new DirVerifier(LogFiles.SYSTEM, new DirVerifier.Progress() {
                    @Override
                    public void starts(int logs, long totalBytes) {}

                    @Override
                    public void log(Path folder) {}

                    @Override
                    public void bytes(long more) {}

                    @Override
                    public void pause(long ms) {}
                })
                .verify(path, live);
    }

    private void assertFinds(Severity severity, Path file, String what) throws IOException {
        DirVerifier.Report report = verify(dir, false);
        assertThat(report.findings()).anySatisfy(finding -> {
            assertThat(finding.severity()).isEqualTo(severity);
            assertThat(finding.file()).isEqualTo(file);
            assertThat(finding.what()).contains(what);
        });
        assertThat(report.isSound()).isEqualTo(severity == Severity.NOTE);
    }

    private static void flip(Path file, long position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) position] ^= 0x10;
        Files.write(file, bytes);
    }

    private void stop() {
        fixture.store.closeCleanly(5);
    }

    @Test
    void whatTheStoreWritesIsSoundWhileItRunsAndAfterItsStop() throws Exception {
        SegmentedLog log = fixture.log();
        DirVerifier.Report running = verify(dir, false);
        assertThat(running.findings()).isEmpty();
        assertThat(running.usedBy())
                .as("this process holds the lock")
                .hasValue(ProcessHandle.current().pid());
        stop();
        DirVerifier.Report stopped = verify(dir, false);
        assertThat(stopped.findings()).isEmpty();
        assertThat(stopped.usedBy()).isEmpty();
        assertThat(stopped.logs()).isEqualTo(1);
        assertThat(stopped.records()).isEqualTo(log.logEndOffset());
        assertThat(verify(fixture.folder(), false).findings()).isEmpty();
    }

    @Test
    void aDamagedBatchIsFoundAndTheOthersStillCount() throws Exception {
        stop();
        long records = verify(dir, false).records();
        flip(segments.get(1), 100);
        assertFinds(Severity.DAMAGE, segments.get(1), "the next sound batch begins at");
        assertThat(verify(dir, false).records()).isBetween(records - 2, records - 1);
    }

    @Test
    void aLyingLengthIsPassed() throws Exception {
        stop();
        long records = verify(dir, false).records();
        flip(segments.get(1), 8);
        assertFinds(Severity.DAMAGE, segments.get(1), "length ");
        assertThat(verify(dir, false).records()).isBetween(records - 2, records - 1);
    }

    @Test
    void aTornTailIsDamageOfAStoppedNodeAndNoneOfARunningOne() throws Exception {
        stop();
        Path last = segments.get(segments.size() - 1);
        byte[] bytes = Files.readAllBytes(last);
        Files.write(
                last,
                ByteBuffer.allocate(bytes.length + 70)
                        .put(bytes)
                        .put(bytes, 0, 65)
                        .array());
        assertFinds(Severity.DAMAGE, last, "nothing sound follows in the last 70 bytes");
        DirVerifier.Report live = verify(dir, true);
        assertThat(live.findings()).extracting(Finding::severity).containsOnly(Severity.NOTE);
        assertThat(live.findings()).extracting(Finding::what).anyMatch(what -> what.contains("the node is writing"));
    }

    @Test
    void recordsBehindTheRecoveryPointThatAreGoneAreFound() throws Exception {
        stop();
        Path last = segments.get(segments.size() - 1);
        Files.write(last, new byte[0]);
        assertFinds(Severity.DAMAGE, fixture.folder(), "what it called safe is gone");
    }

    @Test
    void aLostSegmentIsFound() throws Exception {
        stop();
        Files.delete(segments.get(1));
        assertFinds(Severity.DAMAGE, fixture.folder(), "is a segment lost?");
        assertFinds(
                Severity.REPAIRABLE,
                Path.of(segments.get(1).toString().replace(".log", ".index")),
                "belongs to no segment");
    }

    @Test
    void indexesThatDisagreeAreFound() throws Exception {
        stop();
        Path index = Path.of(segments.get(0).toString().replace(".log", ".index"));
        byte[] sound = Files.readAllBytes(index);
        flip(index, 16 + 7);
        assertFinds(Severity.REPAIRABLE, index, "where no such batch begins");
        Files.write(index, sound);
        flip(index, 0);
        assertFinds(Severity.REPAIRABLE, index, "not an index");
        Files.delete(index);
        assertFinds(Severity.REPAIRABLE, index, "missing");
        Files.write(index, sound);
        assertThat(verify(dir, false).findings()).isEmpty();
        Path times = Path.of(segments.get(0).toString().replace(".log", ".timeindex"));
        flip(times, 16 + 3);
        assertFinds(Severity.REPAIRABLE, times, "check sum");
        // An index of another segment, whose check sums are right.
        Files.copy(
                Path.of(segments.get(1).toString().replace(".log", ".timeindex")),
                times,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertFinds(Severity.REPAIRABLE, times, "base offset");
    }

    @Test
    void aLostTransactionIndexWouldShowAbortedRecords() throws Exception {
        stop();
        Path index = Path.of(segments.get(0).toString().replace(".log", ".txnindex"));
        Files.delete(index);
        assertFinds(Severity.DAMAGE, index, "its records would be shown");
    }

    @Test
    void producerSnapshotsThatDisagreeAreFound() throws Exception {
        stop();
        List<Path> snapshots;
        try (var files = Files.list(fixture.folder())) {
            snapshots = files.filter(file -> file.toString().endsWith(".snapshot"))
                    .sorted()
                    .toList();
        }
        assertThat(snapshots).isNotEmpty();
        Path newest = snapshots.get(snapshots.size() - 1);
        byte[] sound = Files.readAllBytes(newest);
        // Sound in itself, but of an earlier state of the log.
        Path early = fixture.folder().resolve(SegmentNames.name(10, SegmentNames.PRODUCER_SNAPSHOT));
        Files.write(early, sound);
        assertFinds(Severity.DAMAGE, early, "where the log has nothing of it");
        Files.delete(early);
        flip(newest, 30);
        assertFinds(Severity.REPAIRABLE, newest, "check sum");
        Path late = fixture.folder().resolve(SegmentNames.name(1000, SegmentNames.PRODUCER_SNAPSHOT));
        Files.move(newest, late);
        assertFinds(Severity.REPAIRABLE, late, "above the end");
    }

    @Test
    void leaderEpochsThatDisagreeAreFound() throws Exception {
        stop();
        LeaderEpochs epochs = new LeaderEpochs(LogFiles.SYSTEM, fixture.folder());
        epochs.assign(9, 0);
        epochs.persist();
        assertFinds(Severity.DAMAGE, segments.get(0), "leader epoch 3, by the leader-epoch checkpoint 9");
        Files.delete(fixture.folder().resolve(LeaderEpochs.FILE));
        assertFinds(Severity.REPAIRABLE, fixture.folder().resolve(LeaderEpochs.FILE), "missing or damaged");
    }

    @Test
    void namesAndCheckpointsAreChecked() throws Exception {
        stop();
        Files.writeString(dir.resolve("notes.txt"), "x");
        Files.createDirectory(dir.resolve("lost+found"));
        Files.writeString(segments.get(0).resolveSibling("00000000000000000007.log.deleted"), "x");
        Files.writeString(segments.get(0).resolveSibling("core"), "x");
        DirVerifier.Report report = verify(dir, false);
        assertThat(report.findings()).extracting(Finding::severity).containsOnly(Severity.NOTE);
        assertThat(report.findings())
                .extracting(finding -> String.valueOf(finding.file().getFileName()))
                .containsExactlyInAnyOrder("notes.txt", "lost+found", "00000000000000000007.log.deleted", "core");
        assertThat(report.isSound()).isTrue();
        flip(dir.resolve(DirCheckpoints.RECOVERY_FILE), 40);
        assertFinds(Severity.REPAIRABLE, dir.resolve(DirCheckpoints.RECOVERY_FILE), "check sum");
        Files.delete(dir.resolve(DirState.IDENTITY_FILE));
        assertFinds(Severity.DAMAGE, dir.resolve(DirState.IDENTITY_FILE), "missing");
        Path partition = fixture.folder().resolve(LogFolder.METADATA_FILE);
        flip(partition, 30);
        assertFinds(Severity.DAMAGE, partition, "nobody knows whose records these are");
    }

    @Test
    void recordsThatDoNotDecodeAreFoundBehindARightCrc() throws Exception {
        stop();
        byte[] bytes = Files.readAllBytes(segments.get(0));
        bytes[61] = 127; // length of the first record
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes, 21, buffer.getInt(8) + 12 - 21);
        buffer.putInt(17, (int) crc.getValue());
        Files.write(segments.get(0), bytes);
        assertFinds(Severity.DAMAGE, segments.get(0), "records do not decode");
    }

    @Test
    void whatIsNoLogDirIsRefused() {
        assertThatThrownBy(() -> verify(dir.resolve("nothing"), false)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> verify(dir.resolve(".."), false)).hasMessageContaining("neither a log dir");
    }
}
