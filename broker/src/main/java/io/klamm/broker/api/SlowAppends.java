/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.storage.log.PreparedBatches;
import io.klamm.storage.log.RejectedBatchException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends what producers send: at once on the event loop, as long as that is short. Where a codec has to run first (the key check of a
 * compacted topic, a topic with a codec of its own) the batches go to a worker, which takes one append of a partition after the other.
 * The same happens, a moment later, where this node is just about to lead. Whatever else is sent to such a partition meanwhile waits
 * behind them, so that batches are written in the order in which they came. Thread-safe.
 */
public final class SlowAppends {
    private static final Logger LOG = LoggerFactory.getLogger(SlowAppends.class);
    private static final long MAX_WAITING_BYTES = 64 << 20;

    private final Executor workers;
    private final ComingLeaders coming;
    private final long maxWaitingBytes;
    private final AtomicLong waitingBytes = new AtomicLong();
    /** Only partitions for which something waits, or is being done, which is the first; this object's monitor. */
    private final Map<PartitionId, ArrayDeque<Append>> waiting = new HashMap<>();

    private volatile boolean busy;

    private record Append(
            PartitionReplica replica,
            ByteBuffer batches,
            short acks,
            long deadlineNanos,
            Consumer<AppendOutcome> done) {
        void refused(Errors error, String message) {
            done.accept(AppendOutcome.failed(error, message));
        }
    }

    /** @param workers never run a task on the thread that brings it */
    public SlowAppends(Executor workers, ComingLeaders coming) {
        this(workers, coming, MAX_WAITING_BYTES);
    }

    /** @param maxWaitingBytes bound of what waits; one append may always */
    SlowAppends(Executor workers, ComingLeaders coming, long maxWaitingBytes) {
        this.workers = workers;
        this.coming = coming;
        this.maxWaitingBytes = maxWaitingBytes;
    }

    /**
     * Appends to the replica, now or later.
     *
     * @param batches read before this returns, changed in place, not kept
     * @param done as for {@link PartitionReplica#append(ByteBuffer, short, long, Consumer)}
     */
    void append(
            PartitionReplica replica,
            ByteBuffer batches,
            short acks,
            long deadlineNanos,
            Consumer<AppendOutcome> done) {
        CompletableFuture<MetadataImage> role = replica.isLeader() ? null : coming.await(replica.id());
        if (role == null && !isBusy(replica.id()) && !replica.needsPreparing(batches)) {
            replica.append(batches, acks, deadlineNanos, done);
            return;
        }
        int bytes = batches.remaining();
        long before = waitingBytes.getAndAdd(bytes);
        if (before > 0 && before + bytes > maxWaitingBytes) {
            waitingBytes.addAndGet(-bytes);
            done.accept(AppendOutcome.failed(Errors.NOT_ENOUGH_REPLICAS, "too much waits to be compressed"));
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(bytes).put(batches.duplicate()).flip();
        Append append = new Append(replica, copy, acks, deadlineNanos, done);
        if (!add(append)) {
            return;
        }
        if (role == null) {
            submit(replica.id(), append);
        } else {
            CompletableFuture<MetadataImage> unused =
                    role.whenComplete((image, failure) -> submit(replica.id(), append));
        }
    }

    private boolean isBusy(PartitionId id) {
        if (!busy) {
            return false;
        }
        synchronized (this) {
            return waiting.containsKey(id);
        }
    }

    /** @return whether it is the only one of its partition */
    private synchronized boolean add(Append append) {
        busy = true;
        ArrayDeque<Append> all = waiting.computeIfAbsent(append.replica().id(), id -> new ArrayDeque<>());
        all.add(append);
        return all.size() == 1;
    }

    /** Ends the first append of a partition. @return the one behind it */
    private synchronized @Nullable Append next(PartitionId id) {
        ArrayDeque<Append> all = Objects.requireNonNull(waiting.get(id));
        waitingBytes.addAndGet(-all.remove().batches().capacity());
        if (all.isEmpty()) {
            waiting.remove(id);
            busy = !waiting.isEmpty();
        }
        return all.peek();
    }

    private void submit(PartitionId id, Append first) {
        try {
            workers.execute(() -> work(id, first));
        } catch (RejectedExecutionException e) {
            for (Append each = first; each != null; each = next(id)) {
                each.refused(Errors.NOT_ENOUGH_REPLICAS, "too many requests wait to be compressed");
            }
        }
    }

    private void work(PartitionId id, Append append) {
        try {
            write(append);
        } finally {
            Append next = next(id);
            if (next != null) {
                submit(id, next); // behind other partitions
            }
        }
    }

    private static void write(Append append) {
        PartitionReplica replica = append.replica();
        try {
            if (!replica.isLeader()) {
                replica.append(
                        append.batches(), append.acks(), append.deadlineNanos(), append.done()); // it knows why not
                return;
            }
            PreparedBatches prepared = replica.prepare(append.batches());
            replica.append(prepared, append.acks(), append.deadlineNanos(), append.done());
        } catch (RejectedBatchException e) {
            append.done().accept(AppendOutcome.rejected(e));
        } catch (RuntimeException | LinkageError e) { // a codec whose native library is missing
            LOG.error("append to {}-{} failed", replica.topic(), replica.id().partition(), e);
            append.done().accept(AppendOutcome.failed(Errors.UNKNOWN_SERVER_ERROR, null));
        }
    }
}
