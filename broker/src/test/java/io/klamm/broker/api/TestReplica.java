/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.FetchWatcher;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.PreparedBatches;
import io.klamm.storage.log.RecordsRange;
import io.klamm.storage.log.RejectedBatchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** A leader whose log is a list of batches, one offset each, all committed at once. Counts the ranges that are out. */
final class TestReplica implements PartitionReplica {
    /** A call of append. */
    record Append(int bytes, short acks, long deadlineNanos, Consumer<AppendOutcome> done) {}

    private static final class Waiter {
        private final FetchSpec spec;
        private final FetchOutcome seen;
        private final FetchWatcher watcher;
        private boolean told;

        Waiter(FetchSpec spec, FetchOutcome seen, FetchWatcher watcher) {
            this.spec = spec;
            this.seen = seen;
            this.watcher = watcher;
        }
    }

    private final String topic;
    private final PartitionId id;
    private final List<Integer> batches = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    final AtomicInteger rangesOut = new AtomicInteger();
    final List<Append> appends = new ArrayList<>();
    /** Appends of so many bytes need preparing. */
    int slowFrom = Integer.MAX_VALUE;

    /** Sizes of what was prepared. */
    final List<Integer> prepared = new ArrayList<>();

    @Nullable
    RejectedBatchException refusal;

    boolean leading = true;
    final List<FetchSpec> fetches = new ArrayList<>();
    List<Integer> inSync = List.of();
    private int calls;
    Errors error = Errors.NONE;

    @Nullable
    EpochEnd diverging;

    long logStart;
    /** Records below are on disk only. */
    long cachedFrom;

    /** Offsets that were read through. */
    final List<Long> readThrough = new ArrayList<>();

    OffsetOutcome offset = new OffsetOutcome(Errors.NONE, 11, 22, 5);
    final List<Long> deletions = new ArrayList<>();
    EpochOutcome epochEnd = new EpochOutcome(Errors.NONE, new EpochEnd(4, 40));
    int askedReplicaId = Integer.MIN_VALUE;

    TestReplica(String topic, PartitionId id) {
        this.topic = topic;
        this.id = id;
    }

    /** Appends a batch of this size and wakes who waits for it. */
    void grow(int bytes) {
        batches.add(bytes);
        wakeWhere(waiter -> batches.size() > waiter.spec.fetchOffset());
        tellState();
    }

    /** The role has changed: fetchers are told where they diverge, or not any more. */
    void diverge(@Nullable EpochEnd end) {
        diverging = end;
        wakeWhere(waiter -> true);
    }

    /** The oldest records go. */
    void startLater() {
        logStart++;
        tellState();
    }

    private void tellState() {
        for (Waiter waiter : List.copyOf(waiters)) {
            boolean moved = waiter.seen.highWatermark() != batches.size() || waiter.seen.logStartOffset() != logStart;
            if (moved && !waiter.told) {
                waiter.told = true;
                waiter.watcher.stateMoved();
            }
        }
    }

    void fail(Errors newError) {
        error = newError;
        wakeWhere(waiter -> true);
    }

    /** Fetches and waits since the last time. */
    int takeCalls() {
        int taken = calls;
        calls = 0;
        return taken;
    }

    int waiting() {
        return waiters.size();
    }

    private void wakeWhere(java.util.function.Predicate<Waiter> which) {
        List<Waiter> woken = waiters.stream().filter(which).toList();
        waiters.removeAll(woken);
        woken.forEach(waiter -> waiter.watcher.wake());
    }

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public boolean isLeader() {
        return leading;
    }

    @Override
    public int leaderEpoch() {
        return 5;
    }

    @Override
    public @Nullable PartitionLog log() {
        return null;
    }

    @Override
    public long highWatermark() {
        return batches.size();
    }

    @Override
    public void append(
            ByteBuffer data, short acks, int requiredEpoch, long deadlineNanos, Consumer<AppendOutcome> done) {
        appends.add(new Append(data.remaining(), acks, deadlineNanos, done));
    }

    @Override
    public void append(PreparedBatches prepared, short acks, long deadlineNanos, Consumer<AppendOutcome> done) {
        append(prepared.bytes(), acks, ANY_EPOCH, deadlineNanos, done);
    }

    @Override
    public boolean needsPreparing(ByteBuffer data) {
        return slowFrom <= data.remaining();
    }

    @Override
    public PreparedBatches prepare(ByteBuffer data) throws RejectedBatchException {
        prepared.add(data.remaining());
        RejectedBatchException refused = refusal;
        if (refused != null) {
            throw refused;
        }
        return new PreparedBatches(data, LogConfig.DEFAULT);
    }

    @Override
    public boolean isCached(long fetchOffset) {
        return fetchOffset >= cachedFrom;
    }

    @Override
    public void readThrough(long fetchOffset, int maxBytes) {
        readThrough.add(fetchOffset);
    }

    @Override
    public FetchOutcome fetch(FetchSpec spec) {
        fetches.add(spec);
        calls++;
        if (error != Errors.NONE) {
            return FetchOutcome.failed(error, 2, 6);
        }
        long end = batches.size();
        if (diverging != null) {
            return new FetchOutcome(Errors.NONE, end, end, logStart, null, diverging, 1, 5);
        }
        int length = 0;
        for (long next = spec.fetchOffset(); next < end; next++) {
            int batch = batches.get((int) next);
            boolean first = length == 0 && spec.atLeastOne();
            if (!first && length + batch > spec.maxBytes()) {
                break;
            }
            length += batch;
        }
        return new FetchOutcome(Errors.NONE, end, end, logStart, range(spec.fetchOffset(), length), null, 1, 5);
    }

    private RecordsRange range(long baseOffset, int length) {
        rangesOut.incrementAndGet();
        return new RecordsRange() {
            private boolean released;

            @Override
            public FileChannel channel() {
                throw new UnsupportedOperationException();
            }

            @Override
            public long position() {
                return 0;
            }

            @Override
            public int length() {
                if (released) {
                    throw new AssertionError("used after release");
                }
                return length;
            }

            @Override
            public long baseOffset() {
                return baseOffset;
            }

            @Override
            public void failed(IOException error) {
                throw new AssertionError(error);
            }

            @Override
            public void release() {
                if (released) {
                    throw new AssertionError("released twice");
                }
                released = true;
                rangesOut.decrementAndGet();
            }
        };
    }

    @Override
    public Runnable await(FetchSpec spec, FetchOutcome seen, FetchWatcher watcher) {
        calls++;
        Waiter waiter = new Waiter(spec, seen, watcher);
        boolean failing = error != Errors.NONE && error != Errors.OFFSET_NOT_AVAILABLE;
        if (failing || batches.size() > spec.fetchOffset()) {
            watcher.wake();
        } else {
            waiters.add(waiter);
            tellState();
        }
        return () -> waiters.remove(waiter);
    }

    @Override
    public List<Integer> inSyncWith(long fetchOffset) {
        return fetchOffset <= batches.size() ? inSync : List.of();
    }

    @Override
    public OffsetOutcome offsetFor(int currentLeaderEpoch, long timestamp, boolean readCommitted, int replicaId) {
        askedReplicaId = replicaId;
        return offset;
    }

    @Override
    public void deleteRecords(long beforeOffset, long deadlineNanos, Consumer<DeleteOutcome> done) {
        deletions.add(beforeOffset);
        done.accept(new DeleteOutcome(error, error == Errors.NONE ? logStart : -1));
    }

    @Override
    public EpochOutcome epochEnd(int currentLeaderEpoch, int leaderEpoch, int replicaId) {
        askedReplicaId = replicaId;
        return epochEnd;
    }
}
