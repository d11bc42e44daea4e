/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What one log remembers of its idempotent and transactional producers (KIP-98, KIP-360). A pure function of the batches applied
 * so far, but for expiry. Guarded by the log's append lock.
 */
public final class ProducerStates {
    private final int maxProducers;
    private final long expirationMs;
    /** In the order of the last write, so that the first are those to forget. */
    private final LinkedHashMap<Long, ProducerState> producers = new LinkedHashMap<>(16, 0.75f, true);

    private final TreeMap<Long, ProducerState> openTransactions = new TreeMap<>();
    /** Transactions whose end marker is not yet below the high watermark, in the order of their markers. */
    private final ArrayDeque<EndedTransaction> unreplicatedEnds = new ArrayDeque<>();

    private boolean forgotten;

    private record EndedTransaction(long firstOffset, long markerOffset) {}

    public ProducerStates(int maxProducers, long expirationMs) {
        this.maxProducers = maxProducers;
        this.expirationMs = expirationMs;
    }

    public int size() {
        return producers.size();
    }

    /** Whether a producer of this log has expired or had to make room for another. */
    public boolean hasForgotten() {
        return forgotten;
    }

    void forgot() {
        forgotten = true;
    }

    /** Every producer as it is now, in the order of the last write. */
    public List<ProducerView> views() {
        return producers.values().stream().map(ProducerState::view).toList();
    }

    Collection<ProducerState> all() {
        return producers.values();
    }

    /**
     * Judges a client's data batch. Changes nothing.
     *
     * @param wholeLog whether the log still begins at offset 0, so that no producer's records have been deleted from it
     */
    public SequenceVerdict check(RecordBatch batch, boolean wholeLog) {
        ProducerState state = producers.get(batch.producerId());
        if (state == null) {
            // Where the state may have expired or been deleted with its records, any sequence is taken (KIP-360).
            // Elsewhere the
            // producer is new, and a later sequence means that its first batch has not arrived: it was refused while
            // the batches
            // behind it were already on their way. To take one of those would shut out the first for ever.
            return forgotten || !wholeLog || batch.baseSequence() == 0
                    ? SequenceVerdict.ACCEPTED
                    : outOfOrder(batch, "0, for a producer new to this partition");
        }
        SequencedBatch duplicate = state.findDuplicate(batch);
        if (duplicate != null) {
            return SequenceVerdict.duplicateOf(duplicate);
        }
        if (state.wroteBeforeMemory(batch)) {
            // Its answer was lost, and later batches went to another leader before the retry came here. As "out of
            // order" it
            // would be sent again and again until its delivery time-out.
            return SequenceVerdict.writtenBelow(state.batch(0).firstOffset());
        }
        short epoch = batch.producerEpoch();
        if (epoch < state.epoch()) {
            return SequenceVerdict.rejected(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "producer " + batch.producerId() + " has epoch " + state.epoch() + ", not " + epoch);
        }
        if (epoch > state.epoch()) {
            if (batch.baseSequence() != 0) {
                return outOfOrder(batch, "0, for a new epoch");
            }
        } else if (batch.baseSequence() != nextSequence(state.lastSequence())) {
            return outOfOrder(batch, String.valueOf(nextSequence(state.lastSequence())));
        }
        if (state.transactionStart() != ProducerState.NO_TRANSACTION
                && epoch == state.epoch()
                && !batch.isTransactional()) {
            return SequenceVerdict.rejected(
                    Errors.INVALID_TXN_STATE,
                    "producer " + batch.producerId() + " writes outside of its open transaction");
        }
        return SequenceVerdict.ACCEPTED;
    }

    private static int nextSequence(int lastSequence) {
        return (lastSequence + 1) & Integer.MAX_VALUE; // -1 -> 0, MAX_VALUE -> 0
    }

    private static SequenceVerdict outOfOrder(RecordBatch batch, String expected) {
        return SequenceVerdict.rejected(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "producer " + batch.producerId() + " epoch " + batch.producerEpoch() + " sent sequence "
                        + batch.baseSequence() + " where " + expected + " was expected");
    }

    /**
     * Judges the marker that a transaction coordinator wants to write (KIP-98). Changes nothing.
     *
     * @return never a duplicate: a marker may be written again
     */
    public SequenceVerdict check(long producerId, short producerEpoch, EndMarker marker) {
        ProducerState state = producers.get(producerId);
        if (state == null) {
            return SequenceVerdict.ACCEPTED;
        }
        if (producerEpoch < state.epoch()) {
            return SequenceVerdict.rejected(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "marker for producer " + producerId + " epoch " + producerEpoch + ", which has " + state.epoch());
        }
        if (marker.coordinatorEpoch() < state.coordinatorEpoch()) {
            return SequenceVerdict.rejected(
                    Errors.TRANSACTION_COORDINATOR_FENCED,
                    "marker of coordinator epoch " + marker.coordinatorEpoch() + " for producer " + producerId
                            + ", which has seen " + state.coordinatorEpoch());
        }
        return SequenceVerdict.ACCEPTED;
    }

    /** Remembers an appended data batch, a client's or a replicated one; a batch without a producer id is ignored. */
    public void appended(RecordBatch batch, long nowMs) {
        if (!batch.hasProducerId() || batch.isControl()) {
            return;
        }
        ProducerState state = touch(batch, nowMs);
        state.add(new SequencedBatch(
                batch.baseSequence(),
                batch.lastSequence(),
                batch.baseOffset(),
                batch.lastOffset(),
                batch.maxTimestamp()));
        if (batch.isTransactional() && state.transactionStart() == ProducerState.NO_TRANSACTION) {
            state.setTransactionStart(batch.baseOffset());
            openTransactions.put(batch.baseOffset(), state);
        }
    }

    /**
     * A transaction has ended with this control batch.
     *
     * @return what was aborted; null when the transaction was committed, or had no records here
     */
    public @Nullable AbortedTransaction ended(RecordBatch batch, EndMarker marker, long nowMs) {
        ProducerState state = touch(batch, nowMs);
        state.setCoordinatorEpoch(marker.coordinatorEpoch());
        long start = state.transactionStart();
        if (start == ProducerState.NO_TRANSACTION) {
            return null;
        }
        openTransactions.remove(start);
        unreplicatedEnds.add(new EndedTransaction(start, batch.lastOffset()));
        state.setTransactionStart(ProducerState.NO_TRANSACTION);
        if (marker.commit()) {
            return null;
        }
        long stable = openTransactions.isEmpty() ? batch.nextOffset() : openTransactions.firstKey();
        return new AbortedTransaction(batch.producerId(), start, batch.lastOffset(), stable);
    }

    private ProducerState touch(RecordBatch batch, long nowMs) {
        ProducerState state = producers.get(batch.producerId());
        if (state == null) {
            makeRoom();
            state = new ProducerState(batch.producerId(), batch.producerEpoch());
            producers.put(batch.producerId(), state);
        } else {
            state.advanceEpoch(batch.producerEpoch());
        }
        state.wrote(batch.lastOffset(), nowMs);
        return state;
    }

    private void makeRoom() {
        Iterator<ProducerState> oldest = producers.values().iterator();
        while (producers.size() >= maxProducers && oldest.hasNext()) {
            if (oldest.next().transactionStart() == ProducerState.NO_TRANSACTION) {
                oldest.remove();
                forgotten = true;
            }
        }
    }

    /** Forgets producers without an open transaction that have not written for the expiration time. */
    public void expire(long nowMs) {
        forgotten |= producers
                .values()
                .removeIf(state -> state.transactionStart() == ProducerState.NO_TRANSACTION
                        && nowMs - state.lastWriteMs() >= expirationMs);
    }

    /** Ends below the high watermark are settled. */
    public void highWatermarkAdvanced(long highWatermark) {
        EndedTransaction first = unreplicatedEnds.peekFirst();
        while (first != null && first.markerOffset() < highWatermark) {
            unreplicatedEnds.removeFirst();
            first = unreplicatedEnds.peekFirst();
        }
    }

    /**
     * First offset of the earliest transaction that is open or whose end is not yet below the high watermark; {@link
     * Long#MAX_VALUE} when there is none.
     */
    public long firstUnstableOffset() {
        long open = openTransactions.isEmpty() ? Long.MAX_VALUE : openTransactions.firstKey();
        for (EndedTransaction ended : unreplicatedEnds) {
            open = Math.min(open, ended.firstOffset());
        }
        return open;
    }

    /** The last batch of every producer that is remembered, by producer id. */
    public Map<Long, LastBatch> lastBatches() {
        Map<Long, LastBatch> last = new HashMap<>();
        for (ProducerState state : producers.values()) {
            int count = state.batchCount();
            long offset = count == 0 ? LastBatch.NONE : state.batch(count - 1).lastOffset();
            last.put(state.producerId(), new LastBatch(state.epoch(), offset));
        }
        return last;
    }

    /** Something of it lies at or above the offset, so cutting the log there must rebuild the states. */
    public boolean reaches(long offset) {
        for (ProducerState state : producers.values()) {
            if (state.lastOffset() >= offset) {
                return true;
            }
        }
        return false;
    }

    public void clear() {
        forgotten = false;
        producers.clear();
        openTransactions.clear();
        unreplicatedEnds.clear();
    }

    /** Puts back a state read from a snapshot. */
    void restore(ProducerState state) {
        producers.put(state.producerId(), state);
        if (state.transactionStart() != ProducerState.NO_TRANSACTION) {
            openTransactions.put(state.transactionStart(), state);
        }
    }
}
