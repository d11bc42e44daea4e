/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.EndMarker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions in one log: markers, the last stable offset, and what a read_committed reader is told to leave out. */
class TransactionLogTest {
    private static final AbortedTransaction FIRST = new AbortedTransaction(1, 0, 4, 2);
    private static final AbortedTransaction THIRD = new AbortedTransaction(3, 5, 7, 8);

    @TempDir
    Path dir;

    private LogFixture fixture;
    private SegmentedLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(dir);
        log = fixture.log();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void end(long producerId, boolean commit) throws Exception {
        log.appendEndMarker(producerId, (short) 0, new EndMarker(commit, 7), 0);
    }

    /** 0-1 and 3 of producer 1 aborted by 4; 2 of producer 2 committed by 6; 5 of producer 3 aborted by 7. */
    private void interleaved() throws Exception {
        log.append(Batches.transactional(1, 0, 0, "a", "b"), 0);
        log.append(Batches.transactional(2, 0, 0, "c"), 0);
        log.append(Batches.transactional(1, 0, 2, "d"), 0);
        end(1, false);
        log.append(Batches.transactional(3, 0, 0, "e"), 0);
        end(2, true);
        end(3, false);
        log.append(Batches.of("f"), 0);
    }

    private void assertInterleaved() throws Exception {
        assertThat(log.abortedTransactions(0, 9)).containsExactly(FIRST, THIRD);
        assertThat(log.abortedTransactions(0, 5)).containsExactly(FIRST);
        assertThat(log.abortedTransactions(4, 5)).containsExactly(FIRST);
        assertThat(log.abortedTransactions(5, 6)).containsExactly(THIRD);
        assertThat(log.abortedTransactions(8, 9)).isEmpty();
    }

    @Test
    void abortedTransactionsAreFoundAndKept() throws Exception {
        interleaved();
        assertInterleaved();
        log = fixture.reopenUnclean();
        assertInterleaved();
        log = fixture.reopenClean();
        assertInterleaved();
        assertThat(fixture.folder().resolve(SegmentNames.name(0, SegmentNames.TRANSACTION_INDEX)))
                .isRegularFile();
        log = fixture.reopenClean();
        assertInterleaved();
    }

    @Test
    void theLastStableOffsetWaitsForTheHighWatermark() throws Exception {
        interleaved();
        assertThat(log.firstUnstableOffset()).as("ends, none replicated").isZero();
        log.updateHighWatermark(5);
        assertThat(log.firstUnstableOffset()).isEqualTo(2);
        log.updateHighWatermark(7);
        assertThat(log.firstUnstableOffset()).isEqualTo(5);
        log.updateHighWatermark(9);
        assertThat(log.firstUnstableOffset()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aMarkerIsWhatTheClientsCodecReads() throws Exception {
        log.append(Batches.transactional(5, 3, 0, "a"), 2);
        assertThat(log.appendEndMarker(5, (short) 3, new EndMarker(false, 9), 2).endOffset())
                .isEqualTo(2);
        List<MutableRecordBatch> batches = new java.util.ArrayList<>();
        LogFixture.records(log.read(1, 1000, 2, true)).batches().forEach(batches::add);
        MutableRecordBatch batch = batches.get(0);
        batch.ensureValid();
        assertThat(batch.isControlBatch()).isTrue();
        assertThat(batch.isTransactional()).isTrue();
        assertThat(batch.producerId()).isEqualTo(5);
        assertThat(batch.producerEpoch()).isEqualTo((short) 3);
        assertThat(batch.partitionLeaderEpoch()).isEqualTo(2);
        assertThat(batch.maxTimestamp()).isEqualTo(fixture.clock.ms());
        Record record = batch.iterator().next();
        assertThat(ControlRecordType.parse(record.key())).isEqualTo(ControlRecordType.ABORT);
        assertThat(EndTransactionMarker.deserialize(record).coordinatorEpoch()).isEqualTo(9);
    }

    @Test
    void markersOfTheFencedAreRefused() throws Exception {
        log.append(Batches.transactional(5, 3, 0, "a"), 2);
        log.appendEndMarker(5, (short) 3, new EndMarker(true, 9), 2);
        assertRefused((short) 2, 9, Errors.INVALID_PRODUCER_EPOCH);
        assertRefused((short) 3, 8, Errors.TRANSACTION_COORDINATOR_FENCED);
        log.appendEndMarker(5, (short) 4, new EndMarker(true, 9), 2);
        assertThat(log.logEndOffset()).isEqualTo(3);
    }

    private void assertRefused(short epoch, int coordinatorEpoch, Errors error) {
        assertThatThrownBy(() -> log.appendEndMarker(5, epoch, new EndMarker(false, coordinatorEpoch), 2))
                .isInstanceOfSatisfying(
                        RejectedBatchException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @Test
    void aTruncationForgetsTheMarkersItCuts() throws Exception {
        interleaved();
        log.checkpoint();
        log.updateHighWatermark(7);
        log.truncateTo(7);
        assertThat(log.abortedTransactions(0, 9)).containsExactly(FIRST);
        assertThat(log.firstUnstableOffset()).isEqualTo(5);
        log = fixture.reopenUnclean();
        assertThat(log.abortedTransactions(0, 9)).containsExactly(FIRST);
        end(3, true);
        assertThat(log.abortedTransactions(0, 9)).containsExactly(FIRST);
        log = fixture.reopenClean();
        assertThat(log.abortedTransactions(0, 9)).containsExactly(FIRST);
    }

    @Test
    void aDamagedIndexIsRebuilt() throws Exception {
        interleaved();
        fixture.store.closeCleanly(1);
        Path index = fixture.folder().resolve(SegmentNames.name(0, SegmentNames.TRANSACTION_INDEX));
        byte[] bytes = Files.readAllBytes(index);
        for (int at : new int[] {3, 17, 40, bytes.length - 1}) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 4;
            Files.write(index, damaged);
            fixture.open();
            log = fixture.log();
            assertInterleaved();
            fixture.store.closeCleanly(1);
            assertThat(Files.readAllBytes(index)).as("damaged at " + at).isEqualTo(bytes);
        }
        fixture.open();
    }

    @Test
    void transactionsMayReachOverSegments() throws Exception {
        log.append(Batches.transactional(1, 0, 0, "a"), 0);
        for (int i = 0; i < 40; i++) {
            log.append(Batches.of("x".repeat(300)), 0);
        }
        end(1, false);
        long marker = log.logEndOffset() - 1;
        assertThat(log.abortedTransactions(0, 3)).hasSize(1);
        log.updateHighWatermark(log.logEndOffset());
        log.advanceLogStart(20);
        fixture.store.maintain();
        fixture.store.enforceRetention();
        assertThat(log.localLogStartOffset()).isEqualTo(20);
        assertThat(log.abortedTransactions(20, 30)).containsExactly(new AbortedTransaction(1, 0, marker, marker + 1));
        log = fixture.reopenUnclean();
        assertThat(log.abortedTransactions(marker + 1, marker + 9)).isEmpty();
    }
}
