/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.log.FutureLog;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RejectedBatchException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves replicas of this node from one of its log dirs to another (KIP-113, KIP-858): a copy follows the log; when it is near the end
 * the controller is told where the replica will be; when it knows, the replica stops for a moment, the copy takes in the rest and the
 * place of the log. A move that meets an error ends, and the log stays where it is and as it is.
 *
 * <p>Thread-safe; the copying is done by one of {@code workers} at a time.
 */
public final class ReplicaMoves implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(ReplicaMoves.class);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int CHUNK_BYTES = 1 << 20;
    /** Bounds how long one move keeps the others waiting. */
    private static final int CHUNKS_AT_A_TIME = 16;

    private final LocalReplicas replicas;
    private final LogStore logs;
    private final Supplier<MetadataImage> image;
    private final int nodeId;
    private final Scheduler scheduler;
    private final Executor workers;
    private final Map<PartitionId, Move> moves = new ConcurrentHashMap<>();
    private boolean scheduled;
    private final ReplicaThrottles throttles;
    private boolean closed;

    private static final class Move {
        final FutureLog future;
        boolean announced;

        Move(FutureLog future) {
            this.future = future;
        }
    }

    public ReplicaMoves(LocalReplicas replicas, LogStore logs, ReplicaContext context, Executor workers) {
        this.replicas = replicas;
        this.logs = logs;
        this.image = context.image();
        this.nodeId = context.nodeId();
        this.scheduler = context.scheduler();
        this.throttles = context.settings().throttles();
        this.workers = workers;
    }

    /** The copy of a partition that is being moved, else null. */
    public @Nullable FutureLog moving(PartitionId id) {
        Move move = moves.get(id);
        return move == null ? null : move.future;
    }

    /**
     * Begins to move a replica; ends an earlier move of it to somewhere else, and does no more when it is there.
     *
     * @param directoryId of an online log dir
     * @return NONE, REPLICA_NOT_AVAILABLE when there is no replica here, KAFKA_STORAGE_ERROR when a dir does not work
     */
    public synchronized Errors begin(PartitionId id, Uuid directoryId) {
        LocalReplica replica = replicas.replica(id);
        if (replica == null) {
            return Errors.REPLICA_NOT_AVAILABLE;
        }
        PartitionLog log = replica.log();
        if (log == null || closed) {
            return Errors.KAFKA_STORAGE_ERROR;
        }
        Move earlier = moves.get(id);
        if (earlier != null && earlier.future.directoryId().equals(directoryId)) {
            return Errors.NONE;
        }
        if (earlier != null) {
            end(id, earlier, "it is to go elsewhere");
        }
        if (log.directoryId().equals(directoryId)) {
            return Errors.NONE;
        }
        try {
            FutureLog future = logs.beginMove(log, directoryId);
            moves.put(id, new Move(future));
            logger.info("{} ({}-{}) moves to {}", id, replica.topic(), id.partition(), future.directory());
            schedule(0);
            return Errors.NONE;
        } catch (LogDirOfflineException e) {
            return Errors.KAFKA_STORAGE_ERROR;
        }
    }

    private synchronized void schedule(long delayNanos) {
        if (!scheduled && !closed && !moves.isEmpty()) {
            scheduled = true;
            scheduler.schedule(delayNanos, () -> {
                try {
                    workers.execute(this::work);
                } catch (RejectedExecutionException e) {
                    again(PAUSE_NANOS); // they are busy
                }
            });
        }
    }

    private void again(long delayNanos) {
        synchronized (this) {
            scheduled = false;
        }
        schedule(delayNanos);
    }

    private void work() {
        boolean progress = false;
        for (Map.Entry<PartitionId, Move> each : moves.entrySet()) {
            synchronized (this) { // not while somebody ends it
                if (!closed && moves.get(each.getKey()) == each.getValue()) {
                    progress |= step(each.getKey(), each.getValue());
                }
            }
        }
        again(progress ? 0 : PAUSE_NANOS);
    }

    /** @return whether there is more to do at once */
    private boolean step(PartitionId id, Move move) {
        LocalReplica replica = replicas.replica(id);
        PartitionLog log = replica == null ? null : replica.log();
        PartitionState state = image.get().partition(id);
        if (replica == null || log == null || state == null) {
            end(id, move, "the replica is gone");
            return false;
        }
        try {
            long end = log.logEndOffset();
            int copied = 1;
            for (int i = 0; i < CHUNKS_AT_A_TIME && copied > 0; i++) {
                if (throttles.movePauseNanos(image) > 0) {
                    return false; // looks again after the pause, and again
                }
                copied = move.future.copy(log, Long.MAX_VALUE, CHUNK_BYTES);
                throttles.moves().take(copied);
            }
            // A log that is written all the time is never at its end. Sizes would not tell: what retention takes from
            // it stays in the copy.
            boolean near = copied == 0 || move.future.logEndOffset() >= end;
            return !near || caughtUp(replica, move, state);
        } catch (RejectedBatchException | LogDirOfflineException e) {
            end(id, move, e.getMessage());
            return false;
        } catch (RuntimeException e) {
            logger.error("moving {} has failed", id, e);
            end(id, move, e.toString()); // the others go on
            return false;
        }
    }

    private boolean caughtUp(LocalReplica replica, Move move, PartitionState state) {
        PartitionId id = replica.id();
        Uuid target = move.future.directoryId();
        if (!move.announced) {
            move.announced = true;
            replicas.announce(replica, target);
        } else if (state.directory(nodeId).equals(target)
                && replicas.exchange(replica, log -> complete(move.future, log))) {
            moves.remove(id);
            logger.info("{} ({}-{}) has moved to {}", id, replica.topic(), id.partition(), move.future.directory());
        } else if (replicas.replica(id) != replica) {
            end(id, move, "it could not be completed");
        }
        return false;
    }

    /** The rest, which nobody adds to any more. */
    private PartitionLog complete(FutureLog future, PartitionLog log) throws LogDirOfflineException {
        try {
            while (future.copy(log, Long.MAX_VALUE, CHUNK_BYTES) > 0) {
                // goes on
            }
        } catch (RejectedBatchException e) {
            throw new LogDirOfflineException(String.valueOf(e.getMessage()), e);
        }
        if (!future.isComplete(log)) {
            throw new LogDirOfflineException("the copy ends at " + future.logEndOffset(), null);
        }
        return logs.promote(future);
    }

    private void end(PartitionId id, Move move, @Nullable String why) {
        moves.remove(id, move);
        logger.warn("{}: the move to {} ends: {}", id, move.future.directory(), why);
        logs.abandon(move.future);
        replicas.withdraw(id);
    }

    /** What is under way is dropped; the copies are deleted at the next start. */
    @Override
    public synchronized void close() {
        closed = true;
        moves.clear();
    }
}
