/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.FetchWatcher;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of a fetch, or of a fetch session: what the client wants of it, the latest read, and what the client has been told. It
 * holds the range of records it has read until that is given to the answer or released. What is not in memory is brought there first, by
 * other threads ({@link ColdRead}). Used on the loop of its job; only its watch calls, and the end of a cold read, come from other threads.
 */
final class FetchSlot {
    private static final Logger LOG = LoggerFactory.getLogger(FetchSlot.class);
    private static final FetchOutcome UNREAD = FetchOutcome.failed(Errors.UNKNOWN_SERVER_ERROR, -1, -1);
    private static final long UNTOLD = -1;

    static final int NO_REPLICA = -1;

    private final FetchTarget target;
    private final FetchNews news;
    private final AtomicBoolean inNews = new AtomicBoolean();
    private FetchPartition wanted;
    private @Nullable PartitionId id;
    private @Nullable PartitionReplica replica;
    private FetchOutcome outcome = UNREAD;
    private long toldHighWatermark = UNTOLD;
    private long toldStable = UNTOLD;
    private long toldStart = UNTOLD;
    private boolean holding;
    private int bytes;
    private long readableEnd;
    private int preferredReplica = NO_REPLICA;
    private @Nullable Watch watch;
    private @Nullable ColdRead coldRead;

    FetchSlot(FetchTarget target, FetchPartition wanted, FetchNews news) {
        this.target = target;
        this.wanted = wanted;
        this.news = news;
    }

    FetchTarget target() {
        return target;
    }

    /** Never changed in place: a later request replaces it. */
    FetchPartition wanted() {
        return wanted;
    }

    /** Who asks under another leader epoch has ignored what came under the old one. */
    void want(FetchPartition newer) {
        if (newer.currentLeaderEpoch() != wanted.currentLeaderEpoch()) {
            toldNothing();
        }
        wanted = newer;
    }

    /** The partition meant; null when there is none. */
    @Nullable
    PartitionId id() {
        return id;
    }

    /** Where it is read; null when it cannot be. */
    @Nullable
    PartitionReplica replica() {
        return replica;
    }

    FetchOutcome outcome() {
        return outcome;
    }

    /** Length of the records found by the latest read. */
    int bytes() {
        return bytes;
    }

    /** The replica that the client should read from instead, {@link #NO_REPLICA} when it should go on here. */
    int preferredReplica() {
        return preferredReplica;
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
        bytes = 0;
        preferredReplica = NO_REPLICA;
        outcome = FetchOutcome.failed(error, -1, -1);
    }

    /**
     * Reads, or reads again; what an earlier read held must have been released. Records that are not in memory are left out, and the slot has
     * news when they are.
     *
     * @param preferred where the client should read instead, {@link #NO_REPLICA}: here
     * @param disk brings records into memory; where it rejects, they are read at once all the same; null: not for this request
     */
    void read(FetchReader reader, int maxBytes, boolean atLeastOne, int preferred, @Nullable Executor disk) {
        PartitionReplica from = replica;
        if (from == null) {
            forget();
            return;
        }
        stopWatching();
        boolean here = preferred == NO_REPLICA;
        try {
            // taken before the read: what is appended in between must wake the waiting
            PartitionLog log = reader.follower() ? from.log() : null;
            readableEnd = log == null ? -1 : log.logEndOffset();
            ColdRead cold = coldReadOf(from);
            int mostBytes = cold == null ? maxBytes : Math.min(maxBytes, cold.maxBytes());
            boolean inMemory = cold == null ? from.isCached(wanted.fetchOffset()) : cold.done();
            boolean now = here && inMemory;
            outcome = from.fetch(spec(reader, wanted.fetchOffset(), now ? mostBytes : 0, now && atLeastOne));
            boolean coldAnew = here && !inMemory && cold == null && isReadable(reader);
            if (coldAnew && disk != null && !readThrough(reader, from, disk)) {
                RecordsRange nothing = outcome.records();
                if (nothing != null) {
                    nothing.release();
                }
                outcome = from.fetch(spec(reader, wanted.fetchOffset(), maxBytes, atLeastOne));
            }
        } catch (RuntimeException e) {
            LOG.error("fetch from {}-{} failed", from.topic(), wanted.partition(), e);
            outcome = UNREAD;
        }
        if (!reader.follower()) {
            readableEnd = committedEnd(reader);
        }
        preferredReplica = outcome.error() == Errors.NONE ? preferred : NO_REPLICA;
        RecordsRange range = outcome.records();
        holding = range != null;
        bytes = range == null ? 0 : range.length();
        if (bytes == 0) {
            release();
        }
    }

    /** The one that brings what is wanted; one that does not is given up. */
    private @Nullable ColdRead coldReadOf(PartitionReplica from) {
        ColdRead known = coldRead;
        if (known != null && !known.isOf(from, wanted.fetchOffset())) {
            known.cancel();
            known = null;
            coldRead = null;
        }
        return known;
    }

    /** Whether the latest read would have returned records if it had asked for some. */
    private boolean isReadable(FetchReader reader) {
        long end = Math.max(readableEnd, committedEnd(reader));
        return outcome.error() == Errors.NONE && outcome.diverging() == null && wanted.fetchOffset() < end;
    }

    private long committedEnd(FetchReader reader) {
        return reader.readCommitted() ? outcome.lastStableOffset() : outcome.highWatermark();
    }

    /** @return false when there is no room for it */
    private boolean readThrough(FetchReader reader, PartitionReplica from, Executor disk) {
        int mostBytes = Math.min(Math.max(0, wanted.partitionMaxBytes()), reader.maxBytes());
        ColdRead next = new ColdRead(from, wanted.fetchOffset(), mostBytes, () -> news.readable(this));
        coldRead = next;
        try {
            disk.execute(next);
            return true;
        } catch (RejectedExecutionException e) {
            coldRead = null;
            return false;
        }
    }

    /** Bytes that are being brought into memory for it, or are to be; 0 when it does not wait for the disk. */
    int coldBytes() {
        ColdRead pending = coldRead;
        return pending == null || pending.done() ? 0 : Math.max(1, pending.maxBytes());
    }

    /** Nobody asks for the partition any more. */
    void forget() {
        stopWatching();
        ColdRead pending = coldRead;
        coldRead = null;
        if (pending != null) {
            pending.cancel();
        }
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
        return range;
    }

    /** Whether a client must hear of the latest read at once: an error, a divergence, or another replica to read from. */
    boolean urgent() {
        boolean mayPass = outcome.error() == Errors.NONE || outcome.error() == Errors.OFFSET_NOT_AVAILABLE;
        return !mayPass || outcome.diverging() != null || preferredReplica != NO_REPLICA;
    }

    /** Whether the latest read left something to say or to read, so that the next request must look at it again. */
    boolean unfinished() {
        return outcome.error() != Errors.NONE
                || outcome.diverging() != null
                || preferredReplica != NO_REPLICA
                || bytes > 0
                || readableEnd > wanted.fetchOffset();
    }

    /** Whether an incremental answer must contain the partition (KIP-227). */
    boolean isNews() {
        return outcome.error() != Errors.NONE
                || outcome.diverging() != null
                || preferredReplica != NO_REPLICA
                || bytes > 0
                || outcome.highWatermark() != toldHighWatermark
                || outcome.lastStableOffset() != toldStable
                || outcome.logStartOffset() != toldStart;
    }

    /** The client is being told of the latest read. Of one with an error or a diverging epoch it takes in nothing else. */
    void tell() {
        if (outcome.error() != Errors.NONE || outcome.diverging() != null) {
            toldNothing();
            return;
        }
        toldHighWatermark = outcome.highWatermark();
        toldStable = outcome.lastStableOffset();
        toldStart = outcome.logStartOffset();
    }

    private void toldNothing() {
        toldHighWatermark = UNTOLD;
        toldStable = UNTOLD;
        toldStart = UNTOLD;
    }

    /**
     * Waits for more than the latest read could see. That is the end it could read to, not the end of what it returned: records
     * left out because of a byte limit must not wake it again and again.
     */
    void watch(FetchReader reader) {
        if (replica == null || watch != null) {
            return;
        }
        long offset = Math.max(wanted.fetchOffset(), readableEnd);
        Watch next = new Watch();
        watch = next;
        try {
            next.cancel = replica.await(spec(reader, offset, wanted.partitionMaxBytes(), false), outcome, next);
        } catch (RuntimeException e) {
            // a request's time limit still answers it
            LOG.error("waiting for {}-{} failed", replica.topic(), wanted.partition(), e);
        }
    }

    void stopWatching() {
        Watch watching = watch;
        watch = null;
        if (watching != null && !watching.ended) {
            watching.cancel.run();
        }
    }

    private final class Watch implements FetchWatcher {
        private Runnable cancel = () -> {};
        private volatile boolean ended;

        @Override
        public void wake() {
            ended = true;
            news.readable(FetchSlot.this);
        }

        @Override
        public void stateMoved() {
            news.stateMoved(FetchSlot.this);
        }
    }

    /** @return false when it is among the news already */
    boolean enterNews() {
        return inNews.compareAndSet(false, true);
    }

    void leaveNews() {
        inNews.set(false);
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
                reader.readCommitted(),
                reader.anyReplica());
    }
}
