/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of one fetch request while it is served: its latest outcome, and the range of records it holds until that is given
 * to the answer or released. Used by one thread at a time.
 */
final class FetchSlot {
    private static final Logger LOG = LoggerFactory.getLogger(FetchSlot.class);
    private static final FetchOutcome UNREAD = FetchOutcome.failed(Errors.UNKNOWN_SERVER_ERROR, -1, -1);

    private final SessionPartition known;
    private final FetchPartition wanted;
    private @Nullable PartitionId id;
    private @Nullable PartitionReplica replica;
    private FetchOutcome outcome = UNREAD;
    private boolean holding;
    private int bytes;
    private long readableEnd;
    private @Nullable Runnable cancel;

    FetchSlot(SessionPartition known, FetchPartition wanted) {
        this.known = known;
        this.wanted = wanted;
    }

    SessionPartition known() {
        return known;
    }

    FetchTarget target() {
        return known.target();
    }

    FetchPartition wanted() {
        return wanted;
    }

    /** The partition meant; null when there is none. */
    @Nullable
    PartitionId id() {
        return id;
    }

    FetchOutcome outcome() {
        return outcome;
    }

    /** Length of the records found by the latest read. */
    int bytes() {
        return bytes;
    }

    /** Where to read. */
    void resolved(PartitionId partition, PartitionReplica partitionReplica) {
        id = partition;
        replica = partitionReplica;
    }

    /** There is nothing to read. */
    void refused(@Nullable PartitionId partition, Errors error) {
        id = partition;
        replica = null;
        outcome = FetchOutcome.failed(error, -1, -1);
    }

    /** Reads, or reads again; what an earlier read held must have been released. */
    void read(FetchReader reader, int maxBytes, boolean atLeastOne) {
        if (replica == null) {
            return;
        }
        try {
            // taken before the read: what is appended in between must wake the waiting
            PartitionLog log = reader.follower() ? replica.log() : null;
            readableEnd = log == null ? -1 : log.logEndOffset();
            outcome = replica.fetch(spec(reader, wanted.fetchOffset(), maxBytes, atLeastOne));
        } catch (RuntimeException e) {
            LOG.error("fetch from {}-{} failed", replica.topic(), wanted.partition(), e);
            outcome = UNREAD;
        }
        if (!reader.follower()) {
            readableEnd = reader.readCommitted() ? outcome.lastStableOffset() : outcome.highWatermark();
        }
        RecordsRange range = outcome.records();
        holding = range != null;
        bytes = range == null ? 0 : range.length();
    }

    /** Gives up the records of the latest read. */
    void release() {
        RecordsRange range = outcome.records();
        if (holding && range != null) {
            holding = false;
            range.release();
        }
    }

    /** Hands the records of the latest read to the caller, who releases them; null when there are none. */
    @Nullable
    RecordsRange take() {
        RecordsRange range = outcome.records();
        if (!holding || range == null) {
            return null;
        }
        holding = false;
        if (range.length() == 0) {
            range.release();
            return null;
        }
        return range;
    }

    /**
     * Waits for more than the latest read could see. That is the end it could read to, not the end of what it returned: records
     * left out because of a byte limit must not wake it again and again.
     */
    void await(FetchReader reader, Runnable wake) {
        if (replica == null) {
            return;
        }
        long offset = Math.max(wanted.fetchOffset(), readableEnd);
        try {
            cancel = replica.await(spec(reader, offset, wanted.partitionMaxBytes(), false), wake);
        } catch (RuntimeException e) {
            // the request's time limit still answers it
            LOG.error("waiting for {}-{} failed", replica.topic(), wanted.partition(), e);
        }
    }

    void cancelWaiting() {
        Runnable waiting = cancel;
        cancel = null;
        if (waiting != null) {
            waiting.run();
        }
    }

    private FetchSpec spec(FetchReader reader, long offset, int maxBytes, boolean atLeastOne) {
        return new FetchSpec(
                reader.replicaId(),
                reader.replicaEpoch(),
                wanted.currentLeaderEpoch(),
                offset,
                wanted.lastFetchedEpoch(),
                wanted.logStartOffset(),
                maxBytes,
                atLeastOne,
                reader.readCommitted());
    }
}
