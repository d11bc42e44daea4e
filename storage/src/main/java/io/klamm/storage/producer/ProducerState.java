/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import io.klamm.storage.batch.RecordBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One producer id: its epoch, its last batches and its open transaction. Guarded by the log's append lock. */
final class ProducerState {
    /** A producer may have five requests in flight, so a retry is a duplicate of one of the last five. */
    static final int REMEMBERED = 5;

    static final long NO_TRANSACTION = -1;
    private static final int HALF_OF_ALL_SEQUENCES = 1 << 30;

    private final long producerId;
    private short epoch;
    private int coordinatorEpoch = -1;
    private long lastWriteMs;
    private long lastOffset = -1;
    private long transactionStart = NO_TRANSACTION;
    private final @Nullable SequencedBatch[] batches = new SequencedBatch[REMEMBERED];
    private int count;
    private boolean fromFirst;

    ProducerState(long producerId, short epoch) {
        this.producerId = producerId;
        this.epoch = epoch;
    }

    long producerId() {
        return producerId;
    }

    short epoch() {
        return epoch;
    }

    int coordinatorEpoch() {
        return coordinatorEpoch;
    }

    void setCoordinatorEpoch(int coordinatorEpoch) {
        this.coordinatorEpoch = coordinatorEpoch;
    }

    long lastWriteMs() {
        return lastWriteMs;
    }

    /** Last offset written by it or for it (a marker). */
    long lastOffset() {
        return lastOffset;
    }

    void wrote(long lastOffset, long nowMs) {
        this.lastOffset = lastOffset;
        this.lastWriteMs = nowMs;
    }

    /** First offset of the open transaction, -1 when none is open. */
    long transactionStart() {
        return transactionStart;
    }

    void setTransactionStart(long offset) {
        this.transactionStart = offset;
    }

    int batchCount() {
        return count;
    }

    /** @param i 0 is the oldest */
    SequencedBatch batch(int i) {
        SequencedBatch batch = batches[i];
        if (batch == null) {
            throw new IndexOutOfBoundsException(i);
        }
        return batch;
    }

    int lastSequence() {
        return count == 0 ? RecordBatch.NO_SEQUENCE : batch(count - 1).lastSequence();
    }

    /** A new epoch starts with an empty memory: sequences begin again at 0. */
    void advanceEpoch(short newEpoch) {
        if (newEpoch != epoch) {
            epoch = newEpoch;
            count = 0;
            fromFirst = false;
        }
    }

    void add(SequencedBatch batch) {
        if (count == 0 && batch.firstSequence() == 0) {
            fromFirst = true;
        } else if (count > 0 && batch.firstSequence() != (lastSequence() + 1 & Integer.MAX_VALUE)) {
            fromFirst = false; // a leader that had forgotten the producer began in the middle; this one follows it
        }
        if (count == REMEMBERED) {
            System.arraycopy(batches, 1, batches, 0, REMEMBERED - 1);
            count--;
        }
        batches[count++] = batch;
    }

    /**
     * Whether every sequence of this epoch has been written here, from 0 to the last one remembered. Not so for a state that began
     * in the middle, because what was before had been forgotten.
     */
    boolean fromFirst() {
        return fromFirst;
    }

    void setFromFirst(boolean fromFirst) {
        this.fromFirst = fromFirst;
    }

    /**
     * A batch of this epoch that was written before the ones remembered: its offset is not known any more. Not one from far below: where
     * sequences wrap from the largest to 0, that is the next one.
     */
    boolean wroteBeforeMemory(RecordBatch batch) {
        int last = batch.lastSequence();
        return fromFirst
                && batch.producerEpoch() == epoch
                && batch.baseSequence() <= last
                && last < batch(0).firstSequence()
                && batch(0).firstSequence() - last <= HALF_OF_ALL_SEQUENCES;
    }

    @Nullable
    SequencedBatch findDuplicate(RecordBatch batch) {
        if (batch.producerEpoch() != epoch) {
            return null;
        }
        for (int i = 0; i < count; i++) {
            SequencedBatch known = batch(i);
            if (known.firstSequence() == batch.baseSequence() && known.lastSequence() == batch.lastSequence()) {
                return known;
            }
        }
        return null;
    }

    ProducerView view() {
        List<SequencedBatch> remembered = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            remembered.add(batch(i));
        }
        return new ProducerView(
                producerId, epoch, coordinatorEpoch, lastWriteMs, lastOffset, transactionStart, fromFirst, remembered);
    }
}
