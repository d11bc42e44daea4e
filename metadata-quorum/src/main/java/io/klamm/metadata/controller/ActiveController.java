/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.time.Clock;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one that decides. Runs on the ready leader of the quorum, in one thread; everywhere else its calls fail with
 * {@link NotActiveControllerException}. It takes all waiting requests, decides each against the committed image plus what is
 * pending, appends the facts as one entry, and replies when this node has applied them. While the outcome of an entry is
 * unknown, requests wait until it is settled. All methods may be called by any thread and return at once; futures complete
 * on the controller thread and always complete: with {@link NotActiveControllerException} when leadership is lost or the
 * controller is closed, with {@link java.util.concurrent.TimeoutException} after their deadline (what was asked may happen
 * nevertheless), with {@link RejectedExecutionException} when too many requests wait.
 */
public final class ActiveController implements FactLog.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ActiveController.class);

    private static final long BROKER_TIMEOUT_MS = 10_000;
    private static final long MAX_TIMEOUT_MS = 600_000;
    private static final long RESTART_MS = 1_000;
    private static final long MAX_UNCLEAN_ELECTION_MS = 15_000;
    private static final int MAX_WAITING_CLIENTS = 5_000;
    private static final int MAX_WAITING_BROKERS = 20_000;

    private final ControllerThread thread;
    private final LongSupplier nanoTime;
    private final long tickMs;

    private final GroupCommit commit;
    private final TopicPlanner topicPlanner;
    private final PartitionAdder partitionAdder;
    private final IsrRule isrRule;
    private final DirectoryRule directoryRule;
    private final MinIsrSettlement minIsr;
    private final BrokerRegistrar registrar;
    private final HeartbeatRule heartbeats;
    private final BrokerWatch watch;
    private final LastKnownIsrRecovery recovery;
    private final LeaderBalancer balancer;
    private final PreferredElections preferred;

    private final AtomicInteger waitingClients = new AtomicInteger();
    private final AtomicInteger waitingBrokers = new AtomicInteger();
    /** Futures given out and not complete, in the order in which they fail when leadership goes; any thread. */
    private final Set<CompletableFuture<?>> open = Collections.synchronizedSet(new LinkedHashSet<>());

    private volatile boolean active;
    private volatile boolean closed;

    /** Controller thread: the term of this reign, or of the last one. */
    private int term;

    /** Controller thread: grows with every change of leadership; ends the timers of earlier reigns. */
    private long reign;

    /**
     * @param config settings
     * @param log the metadata log
     * @param ports the world
     * @param executor single-threaded; everything of the controller runs on it
     * @param wallClock time written into batches
     * @param nanoTime monotonic time for sessions and deadlines
     */
    public ActiveController(
            ControllerConfig config,
            FactLog log,
            ControllerPorts ports,
            ScheduledExecutorService executor,
            Clock wallClock,
            LongSupplier nanoTime) {
        this.thread = new ControllerThread(executor, this::broken);
        this.nanoTime = nanoTime;
        this.tickMs = Math.max(10, Math.min(100, config.sessionTimeoutMs() / 20));
        this.commit = new GroupCommit(log, thread, wallClock, nanoTime, this::applied, this::lookAtEverything);
        PartitionElector elector = new PartitionElector(config.defaultMinInsyncReplicas());
        this.topicPlanner = new TopicPlanner(config, ports::validateTopicConfig);
        this.partitionAdder = new PartitionAdder(config.maxPartitionsPerRequest());
        this.isrRule = new IsrRule(config.defaultMinInsyncReplicas());
        this.directoryRule = new DirectoryRule(elector);
        this.minIsr = new MinIsrSettlement(config.defaultMinInsyncReplicas());
        this.registrar = new BrokerRegistrar(elector);
        this.heartbeats = new HeartbeatRule(elector);
        this.watch = new BrokerWatch(
                new BrokerSessions(config.sessionTimeoutMs()),
                new BrokerDialer(ports, thread),
                elector,
                commit,
                thread,
                nanoTime);
        RecoveryRounds rounds =
                new RecoveryRounds(config.elections(), new Reassignment(config.defaultMinInsyncReplicas()));
        this.recovery = new LastKnownIsrRecovery(rounds, ports, commit, thread, nanoTime);
        this.balancer = new LeaderBalancer(config.elections(), commit, thread, nanoTime);
        this.preferred = new PreferredElections(commit, thread, nanoTime);
    }

    /** Whether this node is the active controller right now. */
    public boolean isActive() {
        return active;
    }

    @Override
    public void onLeaderReady(int term) {
        run(() -> lead(term));
    }

    @Override
    public void onNotLeader() {
        run(this::resign);
    }

    /**
     * Registers a broker process. Asked again by the same process it answers the same. While another process under this node
     * id may be alive, the answer is DUPLICATE_BROKER_REGISTRATION; ask again.
     */
    public CompletableFuture<RegistrationReply> register(BrokerRegistration registration) {
        return register(registration, () -> true);
    }

    /**
     * The same, when the asking process may die before it is decided: a late registration of it would displace its successor, which
     * may be registered already.
     *
     * @param connected whether the connection that it came over is still there; asked on the controller thread
     */
    public CompletableFuture<RegistrationReply> register(BrokerRegistration registration, BooleanSupplier connected) {
        return call(waitingBrokers, MAX_WAITING_BROKERS, () -> {
            String broker = "broker " + registration.nodeId();
            return watch.goneEpoch(registration)
                    .thenCompose(gone -> commit.submit(
                            broker,
                            broker + " registers",
                            BROKER_TIMEOUT_MS,
                            image -> connected.getAsBoolean()
                                    ? registrar.register(image, registration, gone)
                                    : BrokerRegistrar.gone(registration)));
        });
    }

    /** Most heartbeats change nothing and are answered at once, without the log. */
    public CompletableFuture<HeartbeatReply> heartbeat(BrokerHeartbeat heartbeat) {
        return call(waitingBrokers, MAX_WAITING_BROKERS, () -> {
            int node = heartbeat.nodeId();
            MetadataImage image = commit.committed();
            if (BrokerRegistrar.epochError(image, node, heartbeat.brokerEpoch()) == Errors.NONE) {
                watch.heard(image, heartbeat);
            }
            Decider<HeartbeatReply> decider =
                    pending -> heartbeats.decide(pending, heartbeat, watch.othersTookOver(pending, heartbeat));
            Decision<HeartbeatReply> now = decider.decide(image);
            return now.facts().isEmpty()
                    ? CompletableFuture.completedFuture(now.reply())
                    : commit.submit(
                            "broker " + node,
                            "broker " + node + (heartbeat.wantShutDown() ? " shuts down" : " heartbeat"),
                            BROKER_TIMEOUT_MS,
                            decider);
        });
    }

    /** The connection that carried the broker's heartbeats is gone: dial it, and fence it if it refuses (design D6). */
    public void connectionLost(int nodeId, long brokerEpoch) {
        run(() -> {
            if (commit.leading()) {
                watch.connectionLost(nodeId, brokerEpoch);
            }
        });
    }

    /**
     * Creates topics. One result for each name, in the order of first mention.
     *
     * @param validateOnly decide and report, create nothing
     */
    @SuppressWarnings("FutureReturnValueIgnored") // it ends in the future that is returned
    public CompletableFuture<List<NewTopicResult>> createTopics(
            String actor, List<NewTopic> topics, boolean validateOnly, long timeoutMs) {
        List<Uuid> ids = Stream.generate(Uuid::randomUuid).limit(topics.size()).toList();
        CompletableFuture<List<NewTopicResult>> results = decide(
                actor,
                "create " + names(topics.stream().map(NewTopic::name).toList()),
                timeoutMs,
                image -> topicPlanner.plan(image, topics, ids, validateOnly));
        CompletableFuture<List<NewTopicResult>> answer = new CompletableFuture<>();
        results.whenComplete((created, error) -> {
            if (error == null) {
                answer.complete(created);
            } else if (error instanceof DecisionTooLargeException) {
                answer.complete(topics.stream()
                        .map(NewTopic::name)
                        .distinct()
                        .map(name -> TopicPlanner.refused(name, Errors.POLICY_VIOLATION, error.getMessage()))
                        .toList());
            } else {
                answer.completeExceptionally(error);
            }
        });
        return answer;
    }

    /** Deletes by name (ids empty) or by id (names empty). One result for each name or id, in the order of first mention. */
    public CompletableFuture<List<DeleteTopicResult>> deleteTopics(
            String actor, List<String> names, List<Uuid> ids, long timeoutMs) {
        List<String> what =
                ids.isEmpty() ? names : ids.stream().map(Uuid::toString).toList();
        return decide(actor, "delete " + names(what), timeoutMs, image -> TopicDeleter.delete(image, names, ids));
    }

    /**
     * Adds partitions to topics. One result for each name, in the order of first mention.
     *
     * @param validateOnly decide and report, add nothing
     */
    public CompletableFuture<List<NewPartitionsResult>> addPartitions(
            String actor, List<NewPartitions> wanted, boolean validateOnly, long timeoutMs) {
        String cause = "more partitions of "
                + names(wanted.stream().map(NewPartitions::topic).toList());
        return decide(actor, cause, timeoutMs, image -> partitionAdder.add(image, wanted, validateOnly));
    }

    /**
     * Moves leadership to the preferred replicas.
     *
     * @param asked which partitions; null for all, and then only those that were led by others have a result
     */
    public CompletableFuture<List<LeaderElectionResult>> electPreferredLeaders(
            String actor, @Nullable List<TopicPartition> asked, long timeoutMs) {
        return call(waitingClients, MAX_WAITING_CLIENTS, () -> preferred.elect(actor, asked, timeoutMs));
    }

    /**
     * Elects leaders where there are none from whoever is there, with the longest log: records may be lost.
     *
     * @param asked which partitions; null for all, and then only those without a leader have a result
     * @param timeoutMs how long to wait for what the replicas say
     */
    public CompletableFuture<List<LeaderElectionResult>> electUncleanly(
            String actor, @Nullable List<TopicPartition> asked, long timeoutMs) {
        long bounded = Math.max(0, Math.min(timeoutMs, MAX_UNCLEAN_ELECTION_MS));
        return call(waitingClients, MAX_WAITING_CLIENTS, () -> {
            LeaderElections.Unclean unclean = LeaderElections.unclean(commit.committed(), asked);
            if (unclean.open().isEmpty()) {
                return CompletableFuture.completedFuture(unclean.settled());
            }
            LOG.warn(
                    "{} asks for an unclean election of {} partitions",
                    actor,
                    unclean.open().size());
            return recovery.electUncleanly(unclean.open().keySet(), bounded)
                    .thenApply(ended -> LeaderElections.ended(commit.committed(), unclean));
        });
    }

    private static String names(List<String> names) {
        return (names.size() == 1 ? "topic " : "topics ")
                + String.join(", ", names.subList(0, Math.min(5, names.size())))
                + (names.size() > 5 ? " and " + (names.size() - 5) + " more" : "");
    }

    /**
     * One result for each change, in order.
     *
     * @param brokerEpoch epoch of the asking leader; a stale one answers STALE_BROKER_EPOCH for every partition
     */
    public CompletableFuture<List<IsrChangeResult>> changeIsr(int nodeId, long brokerEpoch, List<IsrChange> changes) {
        return call(
                waitingBrokers,
                MAX_WAITING_BROKERS,
                () -> commit.submit(
                        "broker " + nodeId,
                        "in-sync replicas of " + changes.size() + (changes.size() == 1 ? " partition" : " partitions"),
                        BROKER_TIMEOUT_MS,
                        image -> isrRule.change(image, nodeId, brokerEpoch, changes)));
    }

    /**
     * A broker tells in which log dirs its replicas are (KIP-858). One result for each assignment, in order.
     *
     * @param brokerEpoch epoch of the broker; a stale one fails all with {@code StaleBrokerEpochException}
     */
    public CompletableFuture<List<DirectoryAssignmentResult>> assignDirectories(
            int nodeId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        return call(
                        waitingBrokers,
                        MAX_WAITING_BROKERS,
                        () -> commit.submit(
                                "broker " + nodeId,
                                "log dirs of " + assignments.size()
                                        + (assignments.size() == 1 ? " replica" : " replicas"),
                                BROKER_TIMEOUT_MS,
                                image -> directoryRule.assign(image, nodeId, brokerEpoch, assignments)))
                .thenApply(answer -> {
                    if (answer.error() != Errors.NONE) {
                        throw answer.error().exception();
                    }
                    return answer.results();
                });
    }

    public CompletableFuture<ProducerIdBlock> allocateProducerIds(int nodeId, long brokerEpoch) {
        return call(
                waitingBrokers,
                MAX_WAITING_BROKERS,
                () -> commit.submit(
                        "broker " + nodeId,
                        "producer ids for broker " + nodeId,
                        BROKER_TIMEOUT_MS,
                        image -> ProducerIds.allocate(image, nodeId, brokerEpoch)));
    }

    /**
     * Any other decision (configuration, elections, reassignments): the seam for what comes later. The decider may be asked
     * more than once. A new min.insync.replicas settles the partitions that it concerns in the same batch. What it throws, the
     * future fails with; a decision beyond 8 MiB fails with
     * {@link DecisionTooLargeException}.
     */
    public <R> CompletableFuture<R> decide(String actor, String cause, long timeoutMs, Decider<R> decider) {
        long bounded = Math.max(0, Math.min(timeoutMs, MAX_TIMEOUT_MS));
        Decider<R> settling = minIsr.settling(decider);
        return call(waitingClients, MAX_WAITING_CLIENTS, () -> commit.submit(actor, cause, bounded, settling));
    }

    /** Partitions that wait for the reports of their last known ISR; for describe and for metrics. */
    public CompletableFuture<List<PartitionId>> awaitingRecovery() {
        return call(
                waitingClients, MAX_WAITING_CLIENTS, () -> CompletableFuture.completedFuture(recovery.partitions()));
    }

    /** Fails everything that waits. The executor is its owner's to stop, after this. */
    @Override
    public void close() {
        closed = true;
        active = false;
        failOpen(); // at once, whatever the owner does with the executor next
        run(this::resign);
    }

    // From here on: the controller thread.

    private void lead(int newTerm) {
        if (closed) {
            return;
        }
        resign();
        term = newTerm;
        commit.lead(term);
        active = true;
        MetadataImage image = commit.committed();
        LOG.info("Active controller in term {} from metadata offset {}", term, image.endOffset());
        if (image.metadataVersion() < MetadataVersions.OLDEST) {
            CompletableFuture<Boolean> finalised = commit.submitOwn(
                    "finalise klamm.metadata.version",
                    now -> now.metadataVersion() > 0
                            ? List.of()
                            : List.of(new MetadataVersionFinalized(MetadataVersions.OLDEST)));
            thread.then(finalised, (done, error) -> LOG.info("klamm.metadata.version is {}", MetadataVersions.OLDEST));
        }
        lookAtEverything();
        watch.begin();
        balancer.begin();
        tick(reign, nanoTime.getAsLong());
    }

    private void resign() {
        reign++;
        active = false;
        if (commit.leading()) {
            LOG.info("No longer the active controller");
        }
        commit.resign();
        watch.clear();
        recovery.clear();
        balancer.begin();
        failOpen();
    }

    /** A fault of this program: what is in memory cannot be trusted, what is in the log can. Starts again from there. */
    private void broken(Throwable fault) {
        LOG.error("The controller met a fault of its own and starts again from the metadata log", fault);
        if (commit.leading()) {
            resign();
            long now = reign;
            thread.schedule(
                    () -> {
                        if (now == reign) {
                            lead(term);
                        }
                    },
                    RESTART_MS);
        }
    }

    /** What an earlier reign left half done, and who waits for recovery. */
    private void lookAtEverything() {
        recovery.lookAtEverything();
        watch.settleAll();
    }

    private void applied(FactBatch batch) {
        watch.applied(batch);
        recovery.applied(batch);
    }

    private void tick(long asked, long dueNanos) {
        if (asked != reign || closed) {
            return;
        }
        long next = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(tickMs);
        thread.schedule(() -> tick(asked, next), tickMs);
        commit.expire();
        watch.look(dueNanos);
        recovery.goOn();
        balancer.look();
    }

    private void failOpen() {
        NotActiveControllerException reason =
                new NotActiveControllerException("this node is not the active controller any more");
        for (CompletableFuture<?> future : List.copyOf(open)) {
            future.completeExceptionally(reason);
        }
    }

    /** Runs on the controller thread what some other thread asks, within a bound of how many may wait. */
    @SuppressWarnings({"FutureReturnValueIgnored", "CollectionUndefinedEquality"}) // ends in result; by identity
    private <R> CompletableFuture<R> call(AtomicInteger waiting, int limit, Supplier<CompletableFuture<R>> work) {
        if (!active) {
            return CompletableFuture.failedFuture(
                    new NotActiveControllerException("this node is not the active controller"));
        }
        if (waiting.incrementAndGet() > limit) {
            waiting.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new RejectedExecutionException("more than " + limit + " requests wait for the controller"));
        }
        CompletableFuture<R> result = new CompletableFuture<>();
        open.add(result);
        result.whenComplete((reply, error) -> {
            open.remove(result);
            waiting.decrementAndGet();
        });
        if (!active) {
            failOpen(); // leadership went after the look above; nobody else would see this future
        }
        Runnable task = () -> {
            if (!commit.leading()) {
                result.completeExceptionally(
                        new NotActiveControllerException("this node is not the active controller any more"));
                return;
            }
            try {
                work.get().whenComplete((reply, error) -> {
                    if (error == null) {
                        result.complete(reply);
                    } else {
                        result.completeExceptionally(cause(error));
                    }
                });
            } catch (RuntimeException e) {
                LOG.error("A request to the controller failed", e);
                result.completeExceptionally(e);
            }
        };
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new NotActiveControllerException("the controller is closed"));
        }
        return result;
    }

    private static Throwable cause(Throwable error) {
        Throwable cause = error.getCause();
        return error instanceof CompletionException && cause != null ? cause : error;
    }

    private void run(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            // The owner has stopped the executor before closing this; nothing of ours runs any more.
            active = false;
            failOpen();
        }
    }
}
