/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.storage.log.EpochEnd;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.PreparedBatches;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's replica of a partition: the log, the high watermark, what is parked, and a role that the image decides.
 *
 * <p>Locks: one for each partition, held for changes of role, appends, what followers report and what the controller answers; it is
 * taken before the log's own lock and never while another partition's is held. Callbacks run after it was given back. Consumers read
 * without it: role and high watermark are volatile, and what lies below the high watermark does not change. Waiting for the disk
 * (writing a leader epoch, flush rounds) happens outside of it, so that no event loop waits for a disk.
 *
 * <p>Changes of role come from one thread at a time, the metadata thread's work for this partition.
 */
public final class LocalReplica implements PartitionReplica {
    private static final Logger logger = LoggerFactory.getLogger(LocalReplica.class);

    private final ReplicaContext context;
    private final PartitionId id;
    private final String topic;
    private final @Nullable PartitionLog log;
    private final @Nullable LogReads reads;
    private final HighWatermark highWatermark;
    private final ReentrantLock lock = new ReentrantLock();
    private final ParkedAppends parked;
    private final RecordDeletions deletions;
    private final @Nullable LeaderProgress progress;
    private final IsrProposals proposals;
    private final FetchWaiters fetchWaiters = new FetchWaiters();
    private volatile ReplicaRole role;

    /**
     * A replica without a role yet.
     *
     * @param log its log, or null when its dir is offline
     * @param checkpointedHighWatermark as far as it is known to be committed, 0 when nothing is known
     */
    LocalReplica(
            ReplicaContext context,
            PartitionId id,
            String topic,
            @Nullable PartitionLog log,
            long checkpointedHighWatermark) {
        this.context = context;
        this.id = id;
        this.topic = topic;
        this.log = log;
        this.highWatermark = new HighWatermark(log, checkpointedHighWatermark);
        this.reads = log == null ? null : new LogReads(context, id, topic, log, highWatermark);
        this.parked = new ParkedAppends(context.settings().maxParkedAppends(), this::alarmAt);
        this.deletions = new RecordDeletions(context.settings().maxParkedAppends(), this::alarmAt);
        this.progress =
                log == null ? null : new LeaderProgress(context, log, highWatermark, parked, fetchWaiters, deletions);
        this.proposals = new IsrProposals(context, new ProposalOwner(this));
        this.role = log == null
                ? new OfflineReplica(-1, -1, Errors.KAFKA_STORAGE_ERROR)
                : new FollowerReplica(-1, PartitionState.NO_LEADER);
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
        return role instanceof LeaderReplica;
    }

    @Override
    public int leaderEpoch() {
        return role.leaderEpoch();
    }

    @Override
    public @Nullable PartitionLog log() {
        return role instanceof OfflineReplica ? null : log;
    }

    /** Id of the log dir, online or not; null when there is no log that could be opened. */
    @Nullable
    Uuid directory() {
        return log == null ? null : log.directoryId();
    }

    @Override
    public long highWatermark() {
        return highWatermark.offset();
    }

    /** End of what a read_committed consumer may read, exclusive. */
    public long lastStableOffset() {
        return reads == null ? highWatermark.offset() : reads.lastStableOffset();
    }

    ReplicaRole role() {
        return role;
    }

    // ---- roles

    /**
     * Takes the role that {@code state} gives to this node. An older state than the one in force has no effect.
     *
     * @param minInsyncReplicas min.insync.replicas of the topic
     */
    void assume(PartitionState state, int minInsyncReplicas) {
        ReplicaRole now = role;
        if (log == null || now instanceof OfflineReplica || state.leaderEpoch() < now.leaderEpoch()) {
            return;
        }
        if (state.leader() != context.nodeId()) {
            follow(state);
        } else if (now instanceof LeaderReplica leader && leader.leaderEpoch() == state.leaderEpoch()) {
            recommit(leader, state, minInsyncReplicas);
        } else {
            lead(log, state, minInsyncReplicas);
        }
    }

    private void follow(PartitionState state) {
        if (!(role instanceof FollowerReplica follower && follower.follows(state))) {
            enter(new FollowerReplica(state.leaderEpoch(), state.leader()), true);
        } else if (!state.isr().contains(context.nodeId())) {
            change(fetchWaiters::wakeAll); // consumers, which it serves no longer
        }
    }

    /** Rule D5.2: the epoch is in the log, durably, before anything is served under it. */
    private void lead(PartitionLog log, PartitionState state, int minInsyncReplicas) {
        // Nothing is appended from here on; what an earlier epoch of this leader has parked stays parked.
        enter(new FollowerReplica(state.leaderEpoch(), PartitionState.NO_LEADER), !isLeader());
        try {
            log.startEpoch(state.leaderEpoch());
        } catch (LogDirOfflineException e) {
            offline(e);
            return;
        }
        long now = context.nanoTime().getAsLong();
        LeaderReplica leader =
                new LeaderReplica(id, context.nodeId(), state, log.logEndOffset(), minInsyncReplicas, now);
        try {
            change(effects -> {
                if (!(role instanceof OfflineReplica)) {
                    role = leader;
                    fetchWaiters.wakeAll(effects);
                    progress().advance(leader, effects);
                    effects.add(() -> logger.info("{} ({}-{}): {}", id, topic, id.partition(), leader));
                }
            });
        } finally {
            awaitFlush();
        }
    }

    private void recommit(LeaderReplica leader, PartitionState state, int minInsyncReplicas) {
        change(effects -> {
            if (role == leader) {
                if (leader.commit(state, context.nanoTime().getAsLong())) {
                    fetchWaiters.wakeAll(effects); // a new replica's fetch may wait here already, uncounted
                }
                leader.minInsyncReplicas(minInsyncReplicas, state.partitionEpoch());
                progress().advance(leader, effects);
                expand(leader, effects);
            }
        });
    }

    /** The image has news of brokers or settings: who may join, and what is needed, may have changed. */
    void reconsider(PartitionState state, int minInsyncReplicas) {
        change(effects -> {
            if (role instanceof LeaderReplica leader) {
                leader.minInsyncReplicas(minInsyncReplicas, state.partitionEpoch());
                expand(leader, effects);
                progress().advance(leader, effects);
            }
        });
    }

    void configure(LogConfig config) {
        if (log != null) {
            log.configure(config);
            awaitFlush();
        }
    }

    /** The replica serves nothing any more: removed from this node, or the node stops. */
    void retire() {
        ReplicaRole now = role;
        if (!(now instanceof OfflineReplica)) {
            enter(new OfflineReplica(now.leaderEpoch(), now.leaderId(), Errors.NOT_LEADER_OR_FOLLOWER), true);
        }
    }

    /**
     * Stops serving, so that another replica with the same log takes over under the same epoch. Not while an ISR proposal is on its way:
     * who may be in the ISR by it must go on counting.
     *
     * @return whether it has
     */
    boolean retireUnlessProposing() {
        AtomicBoolean retired = new AtomicBoolean();
        change(effects -> {
            ReplicaRole now = role;
            boolean proposing = now instanceof LeaderReplica leader && !(leader.isr() instanceof IsrState.Committed);
            if (!proposing && !(now instanceof OfflineReplica)) {
                turn(
                        new OfflineReplica(now.leaderEpoch(), now.leaderId(), Errors.NOT_LEADER_OR_FOLLOWER),
                        true,
                        effects);
                retired.set(true);
            }
        });
        return retired.get();
    }

    /** Rule D5.8: an I/O error takes the log dir offline. */
    void offline(Throwable reason) {
        ReplicaRole now = role;
        if (!(now instanceof OfflineReplica)) {
            logger.error("{} ({}-{}) is offline: {}", id, topic, id.partition(), reason.getMessage());
            enter(new OfflineReplica(now.leaderEpoch(), now.leaderId(), Errors.KAFKA_STORAGE_ERROR), true);
        }
    }

    private void enter(ReplicaRole next, boolean endParked) {
        change(effects -> {
            if (!(role instanceof OfflineReplica)) {
                turn(next, endParked, effects);
            }
        });
    }

    private void turn(ReplicaRole next, boolean endParked, Effects effects) {
        role = next;
        if (endParked) {
            parked.completeAll(next.servingError(), effects);
            deletions.completeAll(Errors.NOT_LEADER_OR_FOLLOWER, effects);
        }
        fetchWaiters.wakeAll(effects);
    }

    // ---- leader: appends

    @Override
    public void append(
            ByteBuffer batches, short acks, int requiredEpoch, long deadlineNanos, Consumer<AppendOutcome> done) {
        append(batches, null, requiredEpoch, new LeaderProgress.Wait(acks, deadlineNanos, done));
    }

    @Override
    public void append(PreparedBatches prepared, short acks, long deadlineNanos, Consumer<AppendOutcome> done) {
        append(null, prepared, ANY_EPOCH, new LeaderProgress.Wait(acks, deadlineNanos, done));
    }

    private void append(
            @Nullable ByteBuffer batches,
            @Nullable PreparedBatches prepared,
            int requiredEpoch,
            LeaderProgress.Wait wait) {
        Effects effects = new Effects();
        boolean flush = false;
        LogDirOfflineException fault = null;
        lock.lock();
        try {
            Errors refused = role.refusal(requiredEpoch);
            if (refused != Errors.NONE || !(role instanceof LeaderReplica leader) || log == null) {
                wait.refused(refused, null, effects);
            } else {
                flush = progress().append(leader, batches, prepared, wait, effects) && Durability.everyAppend(log);
            }
        } catch (LogDirOfflineException e) {
            fault = e;
            wait.refused(Errors.KAFKA_STORAGE_ERROR, null, effects);
        } finally {
            lock.unlock();
        }
        try {
            if (fault != null) {
                offline(fault);
            }
            effects.run();
        } finally {
            if (flush) {
                awaitFlush();
            }
        }
    }

    // ---- leader: ISR

    void expand(LeaderReplica leader, Effects effects) {
        propose(leader, progress().expansion(leader), effects);
    }

    /** Called from time to time: proposes an ISR without the followers that lag. */
    void shrinkLagging() {
        change(effects -> {
            if (role instanceof LeaderReplica leader) {
                propose(leader, progress().shrinking(leader), effects);
                // A follower that lags for too long holds nothing back any more.
                progress().advance(leader, effects);
            }
        });
    }

    private void propose(LeaderReplica leader, @Nullable Proposal proposal, Effects effects) {
        if (proposal != null) {
            effects.add(() -> proposals.send(leader, proposal));
        }
    }

    /** Changes state under the lock while this leader is in office, then calls out; null when it is not. */
    <T> @Nullable T whileLeading(LeaderReplica leader, Function<Effects, @Nullable T> step) {
        AtomicReference<@Nullable T> result = new AtomicReference<>();
        change(effects -> {
            if (role == leader) {
                result.set(step.apply(effects));
            }
        });
        return result.get();
    }

    // ---- reads

    @Override
    public FetchOutcome fetch(FetchSpec spec) {
        ReplicaRole now = role;
        boolean fromFollowed = servesAsFollower(now, spec);
        Errors error =
                fromFollowed ? now.checkEpoch(spec.currentLeaderEpoch()) : now.refusal(spec.currentLeaderEpoch());
        if (error != Errors.NONE || reads == null) {
            return FetchOutcome.failed(error, now.leaderId(), now.leaderEpoch());
        }
        FetchOutcome refused = fromFollowed
                ? reads.checkFollowed(now, spec)
                : spec.fromFollower()
                        ? onFollowerFetch(reads, (LeaderReplica) now, spec)
                        : reads.checkPosition(now, spec);
        if (refused != null) {
            return refused;
        }
        try {
            return reads.read(now, spec, this::role);
        } catch (LogDirOfflineException e) {
            return FetchOutcome.failed(unreadable(e), now.leaderId(), now.leaderEpoch());
        }
    }

    /**
     * KIP-392. Only a follower in sync: one that lags would hold its consumers back, and they do not look for another replica as long as
     * it answers.
     */
    private boolean servesAsFollower(ReplicaRole now, FetchSpec spec) {
        if (!spec.anyReplica() || !(now instanceof FollowerReplica)) {
            return false;
        }
        PartitionState state = context.image().get().partition(id);
        return state != null && state.isr().contains(context.nodeId());
    }

    @Override
    public List<Integer> inSyncWith(long offset) {
        List<Integer> holders = role instanceof LeaderReplica leader
                ? whileLeading(leader, effects -> leader.inSyncWith(offset))
                : null;
        return holders == null ? List.of() : holders;
    }

    /** Rules D5.1 and D5.3 to D5.4: null when the position is sound, and then it counts as the follower's progress. */
    private @Nullable FetchOutcome onFollowerFetch(LogReads reads, LeaderReplica leader, FetchSpec spec) {
        Effects effects = new Effects();
        lock.lock();
        try {
            Errors refusal =
                    role == leader ? leader.refusalOf(spec, context.image().get()) : Errors.NOT_LEADER_OR_FOLLOWER;
            FollowerProgress follower = leader.follower(spec.replicaId());
            if (refusal != Errors.NONE || follower == null) {
                return FetchOutcome.failed(refusal, leader.leaderId(), leader.leaderEpoch());
            }
            FetchOutcome refused = reads.checkPosition(leader, spec);
            if (refused != null) {
                return refused;
            }
            if (spec.currentLeaderEpoch() == leader.leaderEpoch()) {
                progress().fetched(follower, spec);
                expand(leader, effects);
                progress().advance(leader, effects);
            }
        } finally {
            lock.unlock();
        }
        effects.run();
        return null;
    }

    @Override
    public Runnable await(FetchSpec spec, FetchOutcome seen, FetchWatcher watcher) {
        FetchWaiters.Waiter waiter = new FetchWaiters.Waiter(spec, seen, watcher);
        change(effects -> {
            boolean serves = role instanceof LeaderReplica || servesAsFollower(role, spec);
            if (serves && role.checkEpoch(spec.currentLeaderEpoch()) == Errors.NONE) {
                progress().park(waiter, effects);
            } else {
                effects.add(watcher::wake);
            }
        });
        return () -> change(effects -> fetchWaiters.cancel(waiter));
    }

    @Override
    public OffsetOutcome offsetFor(int currentLeaderEpoch, long timestamp, boolean readCommitted, int replicaId) {
        ReplicaRole now = role;
        Errors error = now.refusal(currentLeaderEpoch);
        if (error != Errors.NONE || reads == null) {
            return OffsetLookup.failed(error);
        }
        try {
            return reads.offsetFor((LeaderReplica) now, timestamp, readCommitted, replicaId < 0);
        } catch (LogDirOfflineException e) {
            return OffsetLookup.failed(unreadable(e));
        }
    }

    /** A damaged batch is the reader's affair; all else ends this replica's service. */
    private Errors unreadable(LogDirOfflineException e) {
        if (e.isDamage()) {
            return Errors.CORRUPT_MESSAGE;
        }
        offline(e);
        return Errors.KAFKA_STORAGE_ERROR;
    }

    @Override
    public EpochOutcome epochEnd(int currentLeaderEpoch, int leaderEpoch, int replicaId) {
        ReplicaRole now = role;
        boolean anyRole = replicaId == -2 && !(now instanceof OfflineReplica);
        Errors error = anyRole ? now.checkEpoch(currentLeaderEpoch) : now.refusal(currentLeaderEpoch);
        return new EpochOutcome(error, error != Errors.NONE || log == null ? EpochEnd.NONE : log.epochEnd(leaderEpoch));
    }

    @Override
    public void deleteRecords(long beforeOffset, long deadlineNanos, Consumer<DeleteOutcome> done) {
        ReplicaRole now = role;
        long start = beforeOffset == HIGH_WATERMARK ? highWatermark.offset() : beforeOffset;
        Errors refusal = RecordDeletions.refusal(now, start, highWatermark.offset());
        if (refusal != Errors.NONE) {
            done.accept(DeleteOutcome.failed(refusal));
            return;
        }
        try {
            progress().log().advanceLogStart(start); // what goes is committed: no harm when another leads by now
        } catch (LogDirOfflineException e) {
            offline(e); // and with that the role
        }
        change(effects -> {
            if (role == now) {
                deletions.park(start, deadlineNanos, done, effects);
                progress().advance((LeaderReplica) now, effects);
            } else {
                Errors gone = isLeader() ? Errors.NOT_LEADER_OR_FOLLOWER : role.servingError();
                effects.add(() -> done.accept(DeleteOutcome.failed(gone)));
            }
        });
    }

    // ---- follower

    /** Where to fetch from as a follower in {@code leaderEpoch}; null when this replica is none, or no longer. */
    public @Nullable FetchPosition fetchPosition(int leaderEpoch) {
        lock.lock();
        try {
            return follows(leaderEpoch) && log != null
                    ? new FetchPosition(log.logEndOffset(), log.lastEpoch(), log.logStartOffset())
                    : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes in the leader's answer.
     *
     * @param leaderEpoch the epoch in which it was asked
     * @param fetchOffset the offset that was asked for
     */
    public FollowerStep apply(int leaderEpoch, long fetchOffset, FetchedPartition fetched) {
        FollowerStep step;
        LogDirOfflineException fault = null;
        Effects effects = new Effects();
        lock.lock();
        try {
            if (!follows(leaderEpoch) || log == null || log.logEndOffset() != fetchOffset) {
                return FollowerStep.STALE;
            }
            step = ((FollowerReplica) role).apply(log, highWatermark, fetched);
            progress().wakeFetches(effects);
        } catch (LogDirOfflineException e) {
            step = FollowerStep.OFFLINE;
            fault = e;
        } finally {
            lock.unlock();
        }
        effects.run();
        if (fault != null) {
            offline(fault);
        }
        return step;
    }

    private boolean follows(int leaderEpoch) {
        return role instanceof FollowerReplica follower
                && follower.leaderEpoch() == leaderEpoch
                && follower.leaderId() != PartitionState.NO_LEADER;
    }

    /**
     * When everything appended so far counts: at once, or when it is flushed where appends must be durable (D8). Until then a
     * follower does not fetch on, for its fetch offset says what it has.
     */
    public CompletableFuture<Void> durable() {
        return log == null ? CompletableFuture.completedFuture(null) : Durability.held(log);
    }

    // ---- timers and flushes

    private Runnable alarmAt(long deadlineNanos) {
        return context.scheduler()
                .schedule(Math.max(0, deadlineNanos - context.nanoTime().getAsLong()), this::expireParked);
    }

    private void expireParked() {
        long now = context.nanoTime().getAsLong();
        change(effects -> {
            parked.expire(now, LeaderProgress.afterAppend(role, Errors.REQUEST_TIMED_OUT), effects);
            deletions.expire(now, effects);
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the stage handles its own failure
    private void awaitFlush() {
        durable().whenComplete((done, failure) -> {
            if (failure != null) {
                offline(failure); // so is the dir, or the log is closed and the role has ended
                return;
            }
            change(effects -> {
                if (role instanceof LeaderReplica leader) {
                    parked.flushedTo(progress().log().flushedEndOffset(), effects);
                    progress().advance(leader, effects);
                }
            });
        });
    }

    private void change(Consumer<Effects> step) {
        Effects effects = new Effects();
        lock.lock();
        try {
            step.accept(effects);
        } finally {
            lock.unlock();
        }
        effects.run();
    }

    LeaderProgress progress() {
        if (progress == null) {
            throw new IllegalStateException(id + " has no log");
        }
        return progress;
    }
}
