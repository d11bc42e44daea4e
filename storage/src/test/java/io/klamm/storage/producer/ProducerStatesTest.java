/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class ProducerStatesTest {
    private final ProducerStates states = new ProducerStates(3, 1000);
    private long nextOffset;

    private static RecordBatch batch(long offset, long producer, int epoch, int sequence, int count, boolean txn) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(10, "v".getBytes(StandardCharsets.UTF_8));
        }
        MemoryRecords made = txn
                ? MemoryRecords.withTransactionalRecords(
                        offset, Compression.NONE, producer, (short) epoch, sequence, 0, records)
                : MemoryRecords.withIdempotentRecords(
                        offset, Compression.NONE, producer, (short) epoch, sequence, 0, records);
        return new RecordBatch().wrap(made.buffer(), 0);
    }

    private boolean wholeLog = true;

    private Errors append(long producer, int epoch, int sequence, int count) {
        RecordBatch batch = batch(nextOffset, producer, epoch, sequence, count, false);
        SequenceVerdict verdict = states.check(batch, wholeLog);
        if (verdict.error() == Errors.NONE && verdict.duplicate() == null) {
            states.appended(batch, nextOffset);
            nextOffset += count;
        }
        return verdict.duplicate() != null ? Errors.DUPLICATE_SEQUENCE_NUMBER : verdict.error();
    }

    private void transactional(long producer, int sequence) {
        states.appended(batch(nextOffset, producer, 0, sequence, 1, true), 0);
        nextOffset++;
    }

    private void end(long producer, int epoch) {
        ByteBuffer marker = MemoryRecords.withEndTransactionMarker(
                        nextOffset, 1, 0, producer, (short) epoch, new EndTransactionMarker(ControlRecordType.ABORT, 5))
                .buffer();
        EndMarker read = EndMarker.read(marker, 0);
        assertThat(read).isEqualTo(new EndMarker(false, 5));
        if (read != null) {
            states.ended(new RecordBatch().wrap(marker, 0), read, 0);
        }
        nextOffset++;
    }

    @Test
    void remembersTheLastFiveBatches() {
        for (int i = 0; i < 6; i++) {
            assertThat(append(1, 0, i * 2, 2)).isEqualTo(Errors.NONE);
        }
        for (int sequence = 2; sequence < 12; sequence += 2) {
            SequenceVerdict verdict = states.check(batch(99, 1, 0, sequence, 2, false), wholeLog);
            assertThat(verdict.duplicate())
                    .isEqualTo(new SequencedBatch(sequence, sequence + 1, sequence, sequence + 1, 10));
        }
        assertThat(append(1, 0, 2, 1)).as("not the same batch").isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void aBatchOlderThanTheMemoryIsADuplicateWhenItsEpochIsKnownFromTheFirst() {
        for (int sequence = 0; sequence < 12; sequence += 2) {
            assertThat(append(1, 0, sequence, 2)).isEqualTo(Errors.NONE);
        }
        ProducerStates restored = new ProducerStates(10, 1_000);
        assertThat(ProducerSnapshot.decode(ProducerSnapshot.encode(states), restored))
                .isTrue();
        for (ProducerStates memory : List.of(states, restored)) {
            assertThat(memory.check(batch(99, 1, 0, 0, 2, false), true))
                    .as("ends below the oldest batch remembered")
                    .isEqualTo(SequenceVerdict.writtenBelow(2));
        }
        assertThat(append(1, 0, 1, 2)).as("reaches into the memory").isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(1, 1, 0, 1)).as("a new epoch").isEqualTo(Errors.NONE);
        assertThat(append(1, 0, 0, 2)).as("of the old epoch").isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void aBatchOlderThanTheMemoryIsOutOfOrderWhereTheBeginningIsNotKnown() {
        wholeLog = false; // so that producers may start at any sequence
        for (int sequence = 4; sequence < 16; sequence += 2) {
            assertThat(append(1, 0, sequence, 2)).isEqualTo(Errors.NONE);
        }
        assertThat(append(1, 0, 4, 2)).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    /** A follower that remembers the beginning takes over what a leader that does not has accepted. */
    @Test
    void aBatchOfAGapThatWasReplicatedIsNoDuplicate() {
        assertThat(append(1, 0, 0, 2)).isEqualTo(Errors.NONE);
        for (int sequence = 4; sequence < 16; sequence += 2) {
            states.appended(batch(nextOffset, 1, 0, sequence, 2, false), nextOffset);
            nextOffset += 2;
        }
        assertThat(append(1, 0, 2, 2)).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void aNewProducerStartsAtZeroWhereNothingCanHaveBeenForgotten() {
        assertThat(append(1, 0, 5, 1))
                .as("its first batch was refused, this one was right behind it")
                .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(1, 0, 0, 5)).isEqualTo(Errors.NONE);
        assertThat(append(1, 0, 5, 1)).isEqualTo(Errors.NONE);
        states.expire(Long.MAX_VALUE);
        assertThat(append(1, 0, 6, 1)).as("its state has expired (KIP-360)").isEqualTo(Errors.NONE);
        ProducerStates restored = new ProducerStates(10, 1_000);
        assertThat(ProducerSnapshot.decode(ProducerSnapshot.encode(states), restored))
                .isTrue();
        assertThat(restored.hasForgotten()).isTrue();
        states.clear();
        assertThat(states.hasForgotten()).isFalse();
        wholeLog = false;
        assertThat(append(2, 0, 5, 1)).as("its records may have been deleted").isEqualTo(Errors.NONE);
    }

    @Test
    void sequencesWrapToZeroWhereTheEpochIsKnownFromTheFirst() {
        int step = 1 << 27;
        for (int i = 0; i < 16; i++) {
            states.appended(wide(i * step, i == 15 ? step - 10 : step), 0);
        }
        assertThat(append(1, 0, 0, 10))
                .as("behind the wrap, while the batch before it has not arrived")
                .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(1, 0, Integer.MAX_VALUE - 9, 10)).isEqualTo(Errors.NONE);
        assertThat(append(1, 0, 0, 10)).as("new, not below the memory").isEqualTo(Errors.NONE);
        assertThat(append(1, 0, 0, 10)).isEqualTo(Errors.DUPLICATE_SEQUENCE_NUMBER);
    }

    /** A batch whose header speaks of so many records. */
    private static RecordBatch wide(int sequence, int count) {
        ByteBuffer one = MemoryRecords.withIdempotentRecords(
                        0, Compression.NONE, 1, (short) 0, sequence, 0, new SimpleRecord(new byte[1]))
                .buffer();
        one.putInt(23, count - 1); // last offset delta
        return new RecordBatch().wrap(one, 0);
    }

    @Test
    void sequencesWrapToZero() {
        wholeLog = false; // so that producers may start at any sequence
        assertThat(append(1, 0, Integer.MAX_VALUE - 1, 1)).isEqualTo(Errors.NONE);
        assertThat(append(1, 0, Integer.MAX_VALUE, 3)).as("wraps inside").isEqualTo(Errors.NONE);
        assertThat(append(1, 0, Integer.MAX_VALUE, 3)).isEqualTo(Errors.DUPLICATE_SEQUENCE_NUMBER);
        assertThat(append(1, 0, 2, 1)).isEqualTo(Errors.NONE);
        assertThat(append(2, 0, Integer.MAX_VALUE, 1)).isEqualTo(Errors.NONE);
        assertThat(append(2, 0, 0, 1)).as("wraps between").isEqualTo(Errors.NONE);
    }

    @Test
    void epochsFenceAndStartAnew() {
        assertThat(append(1, 3, 0, 1)).isEqualTo(Errors.NONE);
        assertThat(append(1, 2, 1, 1)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
        assertThat(append(1, 4, 1, 1)).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(1, 4, 0, 1)).isEqualTo(Errors.NONE);
        assertThat(append(1, 4, 0, 1)).isEqualTo(Errors.DUPLICATE_SEQUENCE_NUMBER);
        assertThat(append(1, 4, 2, 1)).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void anUnknownProducerMayGoOnAnywhereOnceRecordsWereDeleted() {
        wholeLog = false;
        assertThat(append(7, 5, 1234, 1)).isEqualTo(Errors.NONE);
        assertThat(append(7, 5, 1235, 1)).isEqualTo(Errors.NONE);
    }

    @Test
    void aMarkerWithANewEpochFencesAndResets() {
        transactional(1, 0);
        assertThat(states.firstUnstableOffset()).isZero();
        end(1, 1);
        assertThat(append(1, 0, 1, 1)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
        assertThat(append(1, 1, 1, 1)).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(1, 1, 0, 1)).isEqualTo(Errors.NONE);
    }

    @Test
    void theUnstableOffsetWaitsForTheMarkerToBeReplicated() {
        append(9, 0, 0, 4);
        transactional(1, 0); // 4
        transactional(2, 0); // 5
        assertThat(states.firstUnstableOffset()).isEqualTo(4);
        end(1, 0); // 6
        states.highWatermarkAdvanced(6);
        assertThat(states.firstUnstableOffset()).isEqualTo(4);
        states.highWatermarkAdvanced(7);
        assertThat(states.firstUnstableOffset()).isEqualTo(5);
        end(2, 0);
        states.highWatermarkAdvanced(8);
        assertThat(states.firstUnstableOffset()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void writingOutsideOfTheOpenTransactionIsRefused() {
        transactional(1, 0);
        assertThat(append(1, 0, 1, 1)).isEqualTo(Errors.INVALID_TXN_STATE);
    }

    @Test
    void forgetsTheOldestButNoOpenTransaction() {
        transactional(1, 0);
        append(2, 0, 0, 1);
        append(3, 0, 0, 1);
        append(4, 0, 0, 1); // pushes 2 out
        assertThat(states.size()).isEqualTo(3);
        assertThat(append(2, 0, 77, 1)).as("unknown again").isEqualTo(Errors.NONE);
        states.expire(1_000_000);
        assertThat(states.size()).isEqualTo(1);
        assertThat(states.firstUnstableOffset()).isZero();
    }

    @Test
    void snapshotsBringEverythingBack() {
        transactional(1, 5);
        append(2, 3, 0, 2);
        append(2, 3, 2, 2);
        end(3, 1);
        ByteBuffer snapshot = ProducerSnapshot.encode(states);
        ProducerStates restored = new ProducerStates(3, 1000);
        assertThat(ProducerSnapshot.decode(snapshot.duplicate(), restored)).isTrue();
        assertThat(restored.firstUnstableOffset()).isZero();
        assertThat(ProducerSnapshot.encode(restored)).isEqualTo(snapshot);
        assertThat(restored.check(batch(0, 2, 3, 0, 2, false), true).duplicate())
                .isNotNull();
        for (int at = 0; at < snapshot.limit(); at++) {
            ByteBuffer damaged = ByteBuffer.allocate(snapshot.limit())
                    .put(snapshot.duplicate())
                    .flip();
            damaged.put(at, (byte) (damaged.get(at) ^ 1));
            ProducerStates none = new ProducerStates(3, 1000);
            assertThat(ProducerSnapshot.decode(damaged, none)).as("byte " + at).isFalse();
            assertThat(none.size()).isZero();
            assertThat(ProducerSnapshot.decode(snapshot.duplicate().limit(at), none))
                    .isFalse();
        }
    }
}
