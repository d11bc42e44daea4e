/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.ServerAssignor;
import io.klamm.broker.group.assign.ServerAssignors;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator of the groups whose home is one partition of {@code __consumer_offsets}, for as long as this node leads it in one epoch.
 * It reads the log, then answers; what it appends changes its state at once, and every answer waits until all that was appended
 * before it is committed. When the leadership ends, all of it is thrown away: the next one begins with the log.
 *
 * <p>{@link #ask} and {@link #close} may be called by any thread; everything else happens in tasks that run one after the other.
 */
final class GroupShard implements GroupPorts {
    private static final Logger LOG = LoggerFactory.getLogger(GroupShard.class);
    private static final int MAX_WAITING = 20_000;
    private static final long ROLE_CHANGE_MS = 50;
    /** While its log is read, a shard holds what it is asked for this part of the time that a commit may take. */
    private static final int LOAD_SHARE = 5;

    /** The state machines of the shard. */
    record State(
            GroupPorts ports,
            Groups groups,
            ClassicRebalance rebalance,
            ClassicRequests classic,
            ConsumerRequests consumer,
            ConsumerRebalance consumerRebalance,
            OffsetRequests offsets) {
        static State of(
                GroupPorts ports, GroupConfig config, List<ServerAssignor> assignors, Supplier<ClusterView> cluster) {
            Groups groups = new Groups(ports);
            ClassicRebalance rebalance =
                    new ClassicRebalance(ports, config.classic().initialRebalanceDelayMs());
            ConsumerRebalance consumerRebalance = new ConsumerRebalance(ports, groups, assignors);
            ProtocolMigration migration =
                    new ProtocolMigration(ports, config, groups, rebalance, consumerRebalance, cluster);
            ConsumerRequests consumer =
                    new ConsumerRequests(ports, config.consumer(), groups, consumerRebalance, migration, cluster);
            MixedGroupRequests mixed = new MixedGroupRequests(
                    ports, config.consumer(), consumerRebalance, migration, consumer.sessions(), cluster);
            return new State(
                    ports,
                    groups,
                    rebalance,
                    new ClassicRequests(ports, config.classic(), groups, rebalance, mixed, cluster),
                    consumer,
                    consumerRebalance,
                    new OffsetRequests(ports, config, groups, rebalance, consumer));
        }

        /** The log has been read: the members' times begin. */
        void restored() {
            for (Group group : groups.all()) {
                rebalance.restored(group.classic());
                if (group.consumer() != null) {
                    consumer.restored(group.consumer());
                }
            }
        }

        /** Ends all timers. */
        void end() {
            for (Group group : groups.all()) {
                rebalance.end(group.classic());
                if (group.consumer() != null) {
                    ConsumerRequests.end(group.consumer());
                }
            }
        }
    }

    private enum Phase {
        LOADING,
        ACTIVE,
        CLOSED
    }

    private record Gate(long endOffset, long deadlineMs, Runnable open, Runnable fail) {}

    private final int partition;
    private final int leaderEpoch;
    private final ShardLog log;
    private final GroupConfig config;
    private final GroupRuntime runtime;
    private final SerialTasks tasks;
    private final Supplier<ClusterView> cluster;
    private final Runnable loadFailed;
    /** Asked and not answered, in the order of asking; guarded by itself. */
    private final Set<CompletableFuture<?>> open = new LinkedHashSet<>();

    /** Asked while the log is read; guarded by {@link #open}. Null when nobody is held (any more). */
    private @Nullable List<Runnable> early = new ArrayList<>();

    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.LOADING);

    // Touched by tasks only.
    private final State state;
    private final Deque<Gate> gates = new ArrayDeque<>();
    private long appendedEnd;
    private boolean awaiting;
    private boolean gateTimer;

    GroupShard(
            int partition,
            int leaderEpoch,
            ShardLog log,
            GroupConfig config,
            GroupRuntime runtime,
            Supplier<ClusterView> cluster,
            Runnable loadFailed) {
        this.cluster = cluster;
        this.loadFailed = loadFailed;
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.log = log;
        this.config = config;
        this.runtime = runtime;
        this.tasks = new SerialTasks(runtime.pool(), MAX_WAITING);
        this.state = State.of(this, config, assignors(config.consumer()), cluster);
    }

    /** Those that the settings name, in their order. */
    private static List<ServerAssignor> assignors(GroupConfig.Consumer config) {
        return ServerAssignors.all().stream()
                .filter(assignor -> config.assignors().contains(assignor.name()))
                .sorted(Comparator.comparingInt(assignor -> config.assignors().indexOf(assignor.name())))
                .toList();
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /** Reads the log, then begins to answer. When it cannot be read, {@code loadFailed} is told, once. */
    void start() {
        long patienceNanos = TimeUnit.MILLISECONDS.toNanos(config.commitTimeoutMs() / LOAD_SHARE);
        var unused = runtime.timer().schedule(patienceNanos, () -> tasks.execute(this::endLoadWait));
        try {
            runtime.disk().execute(this::load);
        } catch (RejectedExecutionException e) {
            LOG.warn("__consumer_offsets-{}: too much waits for the disk to load its groups now", partition);
            loadFailed.run();
        }
    }

    private void load() {
        long begin = runtime.nanoTime().getAsLong();
        try {
            // Nothing else touches the state before the phase changes.
            log.readAll(record -> {
                if (phase.get() == Phase.CLOSED) {
                    throw new CancellationException();
                }
                state.groups.replay(record);
            });
            tasks.execute(() -> loaded(begin));
        } catch (CancellationException e) {
            LOG.debug("__consumer_offsets-{}: the leadership ended while its groups were loaded", partition);
        } catch (NotLeaderOrFollowerException e) {
            LOG.debug("__consumer_offsets-{}: its groups are not loaded yet: {}", partition, e.getMessage());
            loadFailed.run();
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("__consumer_offsets-{}: its groups cannot be loaded: {}", partition, e.toString());
            loadFailed.run();
        }
    }

    private void loaded(long beginNanos) {
        appendedEnd = log.endOffset(); // what the former leader wrote may not be committed yet
        if (!phase.compareAndSet(Phase.LOADING, Phase.ACTIVE)) {
            return; // closed meanwhile
        }
        state.restored();
        state.offsets.forgetMissing(cluster.get()::topicId);
        endLoadWait();
        LOG.info(
                "__consumer_offsets-{}: coordinates {} groups in epoch {}, loaded in {} ms",
                partition,
                state.groups.all().size(),
                leaderEpoch,
                TimeUnit.NANOSECONDS.toMillis(runtime.nanoTime().getAsLong() - beginNanos));
    }

    /**
     * Asks the state machines. The future always completes: with what the command answers, or with NOT_COORDINATOR when the
     * leadership ends, COORDINATOR_LOAD_IN_PROGRESS when the log is not read soon, COORDINATOR_NOT_AVAILABLE when too much waits or the
     * replicas do not follow in time.
     */
    @SuppressWarnings("CollectionUndefinedEquality") // identity is meant
    <T> CompletableFuture<T> ask(BiConsumer<State, CompletableFuture<T>> command) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        boolean isEarly;
        synchronized (open) {
            open.add(reply);
            isEarly = early != null && early.size() < MAX_WAITING;
            if (early != null && isEarly) {
                early.add(() -> offer(reply, command));
            }
        }
        var unused = reply.whenComplete((answer, failure) -> {
            synchronized (open) {
                open.remove(reply);
            }
        });
        if (!isEarly) {
            offer(reply, command);
        }
        if (phase.get() == Phase.CLOSED) {
            reply.completeExceptionally(Errors.NOT_COORDINATOR.exception());
        }
        return reply;
    }

    private <T> void offer(CompletableFuture<T> reply, BiConsumer<State, CompletableFuture<T>> command) {
        if (phase.get() == Phase.LOADING) {
            reply.completeExceptionally(Errors.COORDINATOR_LOAD_IN_PROGRESS.exception());
            return;
        }
        boolean taken = tasks.offer(() -> {
            if (phase.get() == Phase.ACTIVE) {
                run(reply, command);
            }
        });
        if (!taken) {
            reply.completeExceptionally(Errors.COORDINATOR_NOT_AVAILABLE.exception("too many requests wait"));
        }
    }

    /** What was asked while the log was read is done, or refused when it is not read yet: clients ask again, after their back-off. */
    private void endLoadWait() {
        List<Runnable> held;
        synchronized (open) {
            held = early == null ? List.of() : early;
            early = null;
        }
        held.forEach(Runnable::run);
    }

    private <T> void run(CompletableFuture<T> reply, BiConsumer<State, CompletableFuture<T>> command) {
        try {
            command.accept(state, reply);
        } catch (RuntimeException | Error e) {
            LOG.error("__consumer_offsets-{}: a request failed", partition, e);
            reply.completeExceptionally(Errors.UNKNOWN_SERVER_ERROR.exception());
        }
    }

    /** Runs something that nobody waits for, when the shard is active. */
    void tell(Consumer<State> command) {
        tasks.execute(() -> {
            if (phase.get() == Phase.ACTIVE) {
                command.accept(state);
            }
        });
    }

    /** The leadership is over: everybody who waits hears NOT_COORDINATOR, timers end. */
    void close() {
        Phase before = phase.getAndSet(Phase.CLOSED);
        List<CompletableFuture<?>> waiting;
        synchronized (open) {
            waiting = List.copyOf(open);
        }
        waiting.forEach(reply -> reply.completeExceptionally(Errors.NOT_COORDINATOR.exception()));
        if (before == Phase.ACTIVE) {
            tasks.execute(() -> {
                state.end();
                gates.clear();
            });
        }
    }

    // ---- GroupPorts

    @Override
    public long nowMs() {
        return runtime.wallClock().millis();
    }

    @Override
    public long monotonicMs() {
        return TimeUnit.NANOSECONDS.toMillis(runtime.nanoTime().getAsLong());
    }

    @Override
    public Errors append(List<GroupRecord> records) {
        if (phase.get() != Phase.ACTIVE) {
            return Errors.NOT_COORDINATOR;
        }
        Errors error;
        try {
            error = log.append(records, nowMs());
        } catch (GroupRecordException e) {
            LOG.debug("__consumer_offsets-{}: a client asks for what cannot be written: {}", partition, e.getMessage());
            return Errors.RECORD_LIST_TOO_LARGE;
        }
        if (error == Errors.NONE) {
            appendedEnd = log.endOffset();
        }
        return asCoordinator(error);
    }

    /** What a client of the coordinator hears when its partition answers this. */
    private static Errors asCoordinator(Errors error) {
        return switch (error) {
            case NONE -> Errors.NONE;
            case NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, KAFKA_STORAGE_ERROR ->
                Errors.NOT_COORDINATOR;
            case NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, UNKNOWN_TOPIC_OR_PARTITION, REQUEST_TIMED_OUT ->
                Errors.COORDINATOR_NOT_AVAILABLE;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> Errors.RECORD_LIST_TOO_LARGE;
            default -> Errors.UNKNOWN_SERVER_ERROR;
        };
    }

    @Override
    public <T> void reply(CompletableFuture<T> reply, T answer) {
        if (gates.isEmpty() && log.highWatermark() >= appendedEnd) {
            reply.complete(answer);
            return;
        }
        gates.add(new Gate(
                appendedEnd,
                monotonicMs() + config.commitTimeoutMs(),
                () -> reply.complete(answer),
                () -> reply.completeExceptionally(Errors.COORDINATOR_NOT_AVAILABLE.exception(
                        "the replicas of __consumer_offsets-" + partition + " do not follow in time"))));
        awaitCommit();
    }

    /** Ends of gates never go down, so the first one is the next one to open. */
    private void awaitCommit() {
        Gate next = gates.peek();
        if (next == null || phase.get() != Phase.ACTIVE) {
            return;
        }
        if (!awaiting) {
            awaiting = true;
            log.awaitCommitted(
                    next.endOffset,
                    () -> tasks.execute(() -> {
                        awaiting = false;
                        if (log.highWatermark() >= next.endOffset) {
                            openGates();
                        } else {
                            schedule(ROLE_CHANGE_MS, this::openGates); // the role changes, and this shard ends with it
                        }
                    }));
        }
        if (!gateTimer) {
            gateTimer = true;
            schedule(Math.max(1, next.deadlineMs - monotonicMs()), () -> {
                gateTimer = false;
                openGates();
            });
        }
    }

    private void openGates() {
        long committed = log.highWatermark();
        long now = monotonicMs();
        while (!gates.isEmpty()) {
            Gate gate = gates.element();
            if (gate.endOffset <= committed) {
                gates.remove();
                gate.open.run();
            } else if (gate.deadlineMs <= now) {
                gates.remove();
                gate.fail.run();
            } else {
                break;
            }
        }
        awaitCommit();
    }

    @Override
    public Runnable schedule(long delayMs, Runnable task) {
        boolean[] cancelled = {false}; // cancelled and looked at by tasks only
        Runnable timer = runtime.timer()
                .schedule(
                        TimeUnit.MILLISECONDS.toNanos(delayMs),
                        () -> tasks.execute(() -> {
                            if (!cancelled[0] && phase.get() == Phase.ACTIVE) {
                                task.run();
                            }
                        }));
        return () -> {
            cancelled[0] = true;
            timer.run();
        };
    }

    @Override
    public <T> void compute(Supplier<T> work, Consumer<@Nullable T> then) {
        try {
            runtime.disk().execute(() -> {
                @Nullable T result = null;
                try {
                    result = work.get();
                } catch (RuntimeException | Error e) {
                    LOG.error("__consumer_offsets-{}: a computation failed", partition, e);
                }
                goOn(then, result);
            });
        } catch (RejectedExecutionException e) {
            goOn(then, null);
        }
    }

    private <T> void goOn(Consumer<@Nullable T> then, @Nullable T result) {
        tasks.execute(() -> {
            if (phase.get() == Phase.ACTIVE) {
                then.accept(result);
            }
        });
    }

    @Override
    public String newMemberId(String prefix) {
        return prefix + "-" + runtime.ids().get();
    }
}
