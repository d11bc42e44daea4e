/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.producer.LastBatch;
import java.util.Map;

/**
 * Which batches and records of a log survive a cleaning. Pure: it is shown every batch from the beginning of the log in order, and
 * for each of them its records. The rules:
 *
 * <ol>
 *   <li>At and above the end of the cleaning everything stays.
 *   <li>Of each key the last record stays, and no other; records without a key go.
 *   <li>A tombstone stays until its batch's delete horizon has passed (KIP-534), which the first cleaning stamps on the batch.
 *   <li>Records of aborted transactions go.
 *   <li>A marker stays while a batch of its transaction is left; from then on it has a delete horizon, as tombstones have.
 *   <li>The last batch of a producer that the log remembers stays, without records if need be, and so does a marker that is all that
 *       is known of its producer: its sequence numbers are read from there after a recovery.
 *   <li>The last batch of the sealed segments stays, without records if need be: whoever reads up to there, a consumer or a follower,
 *       would never learn that the log goes on to its end.
 *   <li>The first batch of each leader epoch stays, without records if need be: a replica that copies this log learns from it where the
 *       epoch starts. One that took it to start later would, as leader, not cut what a returning replica has of an older epoch there.
 * </ol>
 */
final class RetentionRules {
    private static final long NO_HORIZON = Long.MAX_VALUE;

    private final Terms terms;
    private final Transactions transactions;
    private final Map<Long, LastBatch> lastBatches;

    private int lastEpoch = -1;
    private boolean dropsAll;
    private boolean expired;
    private boolean control;
    private boolean markerOfNothing;
    private boolean needed;
    private boolean hasHorizon;
    private boolean keepsTombstone;
    private long horizonMs;
    private long latestHorizonMs = NO_HORIZON;

    /**
     * @param endOffset exclusive end of the cleaning
     * @param sealedEnd exclusive end of the sealed segments
     * @param nowMs wall time
     * @param deleteRetentionMs how long tombstones stay from their first cleaning on
     */
    record Terms(long endOffset, long sealedEnd, long nowMs, long deleteRetentionMs) {
        long newHorizonMs() {
            return nowMs > Long.MAX_VALUE - deleteRetentionMs ? Long.MAX_VALUE : nowMs + deleteRetentionMs;
        }
    }

    /** @param lastBatches of the producers that the log remembers */
    RetentionRules(Terms terms, Transactions transactions, Map<Long, LastBatch> lastBatches) {
        this.terms = terms;
        this.transactions = transactions;
        this.lastBatches = lastBatches;
    }

    /**
     * Comes to the next batch.
     *
     * @param endsTransaction it is a control batch with a marker
     * @return false when it lies above the end of the cleaning and stays as it is
     */
    boolean enter(RecordBatch batch, boolean endsTransaction) {
        if (batch.baseOffset() >= terms.endOffset()) {
            return false;
        }
        control = batch.isControl();
        hasHorizon = batch.hasDeleteHorizon();
        horizonMs = hasHorizon ? batch.baseTimestamp() : NO_HORIZON;
        expired = hasHorizon && terms.nowMs() >= horizonMs;
        boolean startsEpoch = batch.leaderEpoch() > lastEpoch;
        lastEpoch = batch.leaderEpoch();
        needed = startsEpoch || isLastOfProducer(batch) || batch.nextOffset() == terms.sealedEnd();
        markerOfNothing = control && endsTransaction && transactions.endsNothing(batch);
        keepsTombstone = false;
        dropsAll = control ? markerOfNothing && expired && !needed : transactions.isAborted(batch);
        return true;
    }

    private boolean isLastOfProducer(RecordBatch batch) {
        LastBatch last = batch.hasProducerId() ? lastBatches.get(batch.producerId()) : null;
        if (last == null) {
            return false;
        }
        return batch.isControl()
                ? last.lastOffset() == LastBatch.NONE && last.epoch() == batch.producerEpoch()
                : last.lastOffset() == batch.lastOffset();
    }

    /** No record of the batch stays, so they need not be looked at. */
    boolean dropsAll() {
        return dropsAll;
    }

    /** All records of the batch stay: it is a control batch. */
    boolean keepsAll() {
        return control && !dropsAll;
    }

    /**
     * Does a record of a data batch stay?
     *
     * @param lastOffset of its key below the end of the cleaning, as far as is known; -1 when it is not
     */
    boolean keeps(long offset, boolean hasKey, boolean hasValue, long lastOffset) {
        if (offset >= terms.endOffset()) {
            return true;
        }
        if (!hasKey || lastOffset > offset || (!hasValue && expired)) {
            return false;
        }
        keepsTombstone |= !hasValue;
        return true;
    }

    /** Once the batch has no records: its header stays. */
    boolean keepsHeader() {
        return needed;
    }

    /** Once all records were shown: the horizon to be stamped on the batch, -1 for none. */
    long newDeleteHorizonMs() {
        if (!keepsTombstone && !markerOfNothing) {
            return -1;
        }
        if (hasHorizon) {
            // One that has passed and is kept all the same is kept for a reason that time does not change.
            await(expired ? NO_HORIZON : horizonMs);
            return -1;
        }
        await(terms.newHorizonMs());
        return terms.newHorizonMs();
    }

    private void await(long ms) {
        if (ms != NO_HORIZON) {
            latestHorizonMs = latestHorizonMs == NO_HORIZON ? ms : Math.max(latestHorizonMs, ms);
        }
    }

    /** The last horizon of what stays only until then, of all batches so far; {@link Long#MAX_VALUE} when there is none. */
    long latestHorizonMs() {
        return latestHorizonMs;
    }
}
