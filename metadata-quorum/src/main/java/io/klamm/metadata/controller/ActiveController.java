/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
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

    private static final String SELF = "controller";
    private static final long BROKER_TIMEOUT_MS = 10_000;
    private static final long MAX_TIMEOUT_MS = 600_000;
    private static final int MAX_WAITING_CLIENTS = 5_000;
    private static final int MAX_WAITING_BROKERS = 20_000;

    /** A new controller waits this long for all its dials, so that brokers that died together are fenced together. */
    private static final long FIRST_DIALS_MS = 100;

    private final ScheduledExecutorService executor;
    private final LongSupplier nanoTime;
    private final ControllerPorts ports;
    private final long tickMs;

    private final GroupCommit commit;
    private final PartitionElector elector;
    private final TopicPlanner topicPlanner;
    private final IsrRule isrRule;
    private final BrokerRegistrar registrar;
    private final HeartbeatRule heartbeats;
    private final BrokerSessions sessions;
    private final BrokerDialer dialer;
    private final RecoveryRounds recovery;

    private final AtomicInteger waitingClients = new AtomicInteger();
    private final AtomicInteger waitingBrokers = new AtomicInteger();
    /** Futures given out and not complete; any thread. */
    private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();

    private volatile boolean active;
    private volatile boolean closed;

    /** Controller thread: grows with every change of leadership; ends the timers of earlier reigns. */
    private long reign;

    // Controller thread: what has been asked of the log and need not be asked again meanwhile.
    private final Set<Long> epochsBeingFenced = new HashSet<>();
    private boolean electing;

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
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.ports = ports;
        this.tickMs = Math.max(10, Math.min(100, config.sessionTimeoutMs() / 20));
        this.commit = new GroupCommit(log, executor, wallClock, nanoTime, this::applied, this::lookAtEverything);
        this.elector = new PartitionElector(config.defaultMinInsyncReplicas());
        this.topicPlanner = new TopicPlanner(config, ports::validateTopicConfig);
        this.isrRule = new IsrRule(config.defaultMinInsyncReplicas());
        this.registrar = new BrokerRegistrar(elector);
        this.heartbeats = new HeartbeatRule(elector);
        this.sessions = new BrokerSessions(config.sessionTimeoutMs());
        this.dialer = new BrokerDialer(ports, executor);
        this.recovery = new RecoveryRounds(config.uncleanRecoveryTimeoutMs());
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
        return call(waitingBrokers, MAX_WAITING_BROKERS, () -> {
            BrokerImage previous = commit.committed().broker(registration.nodeId());
            if (previous == null || !BrokerRegistrar.needsProofOfDeath(previous, registration)) {
                return register(registration, -1);
            }
            if (isDisplaced(previous, registration)) {
                return register(registration, previous.brokerEpoch());
            }
            return dialer.isRefused(previous)
                    .thenCompose(refused -> register(registration, refused ? previous.brokerEpoch() : -1));
        });
    }

    /**
     * What cannot be dialled since the new process may listen at the same address already. The old one has lost its
     * connection to this controller; or it was never heard of here, and another process could bind its addresses.
     */
    private boolean isDisplaced(BrokerImage previous, BrokerRegistration registration) {
        int node = previous.nodeId();
        long epoch = previous.brokerEpoch();
        return sessions.isConnectionLost(node, epoch)
                || (!sessions.isHeard(node, epoch)
                        && previous.registration().endpoints().equals(registration.endpoints()));
    }

    private CompletableFuture<RegistrationReply> register(BrokerRegistration registration, long goneEpoch) {
        return commit.submit(
                "broker " + registration.nodeId(),
                "broker " + registration.nodeId() + " registers",
                BROKER_TIMEOUT_MS,
                image -> registrar.register(image, registration, goneEpoch));
    }

    /** Most heartbeats change nothing and are answered at once, without the log. */
    public CompletableFuture<HeartbeatReply> heartbeat(BrokerHeartbeat heartbeat) {
        return call(waitingBrokers, MAX_WAITING_BROKERS, () -> {
            int node = heartbeat.nodeId();
            long epoch = heartbeat.brokerEpoch();
            MetadataImage image = commit.committed();
            if (BrokerRegistrar.epochError(image, node, epoch) == Errors.NONE) {
                sessions.heartbeat(heartbeat, nanoTime.getAsLong());
                if (heartbeat.wantShutDown() && isShuttingDown(image, node)) {
                    sessions.shutdownStarted(node, epoch, image.endOffset(), nanoTime.getAsLong());
                }
            }
            Decider<HeartbeatReply> decider =
                    pending -> heartbeats.decide(pending, heartbeat, sessions.othersTookOver(pending, node, epoch));
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

    private static boolean isShuttingDown(MetadataImage image, int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        return broker != null && broker.shuttingDown();
    }

    /** The connection that carried the broker's heartbeats is gone: dial it, and fence it if it refuses (design D6). */
    public void connectionLost(int nodeId, long brokerEpoch) {
        run(() -> {
            BrokerImage broker = commit.committed().broker(nodeId);
            if (!commit.leading() || broker == null || broker.brokerEpoch() != brokerEpoch) {
                return;
            }
            sessions.connectionLost(nodeId, brokerEpoch, nanoTime.getAsLong());
            if (!broker.fenced()) {
                dialer.isRefused(broker).thenAccept(refused -> {
                    if (refused && sessions.isConnectionLost(nodeId, brokerEpoch)) {
                        fence(List.of(new BrokerFenced(nodeId, brokerEpoch)), "refuses connections");
                    }
                });
            }
        });
    }

    /**
     * Creates topics. One result for each name, in the order of first mention.
     *
     * @param validateOnly decide and report, create nothing
     */
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
     * more than once. What it throws, the future fails with; a decision beyond 8 MiB fails with
     * {@link DecisionTooLargeException}.
     */
    public <R> CompletableFuture<R> decide(String actor, String cause, long timeoutMs, Decider<R> decider) {
        long bounded = Math.max(0, Math.min(timeoutMs, MAX_TIMEOUT_MS));
        return call(waitingClients, MAX_WAITING_CLIENTS, () -> commit.submit(actor, cause, bounded, decider));
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
        run(this::resign);
    }

    // From here on: the controller thread.

    private void lead(int term) {
        if (closed) {
            return;
        }
        resign();
        commit.lead(term);
        active = true;
        MetadataImage image = commit.committed();
        LOG.info("Active controller in term {} from metadata offset {}", term, image.endOffset());
        if (image.metadataVersion() < MetadataVersions.OLDEST) {
            decideOwn(
                    "finalise klamm.metadata.version",
                    now -> now.metadataVersion() > 0
                            ? List.of()
                            : List.of(new MetadataVersionFinalized(MetadataVersions.OLDEST)));
        }
        lookAtEverything();
        dialAll(image);
        tick(reign, nanoTime.getAsLong());
    }

    private void resign() {
        reign++;
        active = false;
        if (commit.leading()) {
            LOG.info("No longer the active controller");
        }
        commit.resign();
        sessions.clear();
        recovery.clear();
        epochsBeingFenced.clear();
        electing = false;
        failOpen();
    }

    private void failOpen() {
        NotActiveControllerException reason =
                new NotActiveControllerException("this node is not the active controller any more");
        for (CompletableFuture<?> future : open) {
            future.completeExceptionally(reason);
        }
    }

    /** What an earlier reign left half done, and who waits for recovery. */
    private void lookAtEverything() {
        MetadataImage image = commit.committed();
        List<PartitionId> all = new ArrayList<>();
        image.topics().values().forEach(topic -> {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                all.add(new PartitionId(topic.id(), partition));
            }
        });
        recovery.update(image, all, nanoTime.getAsLong());
        settle(List.copyOf(new TreeSet<>(image.brokers().keySet())));
    }

    private void dialAll(MetadataImage image) {
        long now = nanoTime.getAsLong();
        long asked = reign;
        List<BrokerFenced> refused = new ArrayList<>();
        List<CompletableFuture<Void>> dials = new ArrayList<>();
        for (BrokerImage broker : image.brokers().values()) {
            sessions.start(broker.nodeId(), broker.brokerEpoch(), now);
            if (!broker.fenced()) {
                dials.add(dialer.isRefused(broker).thenAccept(isRefused -> {
                    if (isRefused) {
                        refused.add(new BrokerFenced(broker.nodeId(), broker.brokerEpoch()));
                    }
                }));
            }
        }
        CompletableFuture<Void> enough = CompletableFuture.allOf(dials.toArray(CompletableFuture[]::new));
        enough.thenRun(() -> fenceRefused(asked, refused));
        executor.schedule(
                () -> {
                    // Those that answer later count one by one.
                    fenceRefused(asked, refused);
                    dials.forEach(dial -> dial.thenRun(() -> fenceRefused(asked, refused)));
                },
                FIRST_DIALS_MS,
                TimeUnit.MILLISECONDS);
    }

    private void fenceRefused(long asked, List<BrokerFenced> refused) {
        if (asked == reign && !refused.isEmpty()) {
            List<BrokerFenced> unheard = refused.stream()
                    .filter(fact -> !sessions.isHeard(fact.nodeId(), fact.brokerEpoch()))
                    .toList();
            refused.clear();
            fence(unheard, "refuses connections");
        }
    }

    private void tick(long asked, long dueNanos) {
        if (asked != reign || closed) {
            return;
        }
        long now = nanoTime.getAsLong();
        commit.expire();
        fence(sessions.expired(commit.committed(), dueNanos, now), "was silent for the session time-out");
        recover();
        executor.schedule(
                () -> tick(asked, now + TimeUnit.MILLISECONDS.toNanos(tickMs)), tickMs, TimeUnit.MILLISECONDS);
    }

    private void fence(List<BrokerFenced> brokers, String why) {
        List<BrokerFenced> gone = brokers.stream()
                .filter(fact -> epochsBeingFenced.add(fact.brokerEpoch()))
                .toList();
        if (gone.isEmpty()) {
            return;
        }
        long asked = reign;
        String nodes =
                String.join(", ", gone.stream().map(fact -> "" + fact.nodeId()).toList());
        String cause = "broker " + nodes + " " + why;
        LOG.info("Fencing: {}", cause);
        decideOwn(cause, image -> elector.fence(image, gone, FactSize.MAX_BULK_BYTES))
                .thenAccept(done -> {
                    if (asked == reign) {
                        gone.forEach(fact -> epochsBeingFenced.remove(fact.brokerEpoch()));
                    }
                });
    }

    /** Settles partitions of some brokers, one entry after another until nothing is left to do. */
    private void settle(Collection<Integer> nodes) {
        decideOwn("settle leaders", image -> elector.settle(image, nodes, FactSize.MAX_BULK_BYTES))
                .thenAccept(more -> {
                    if (more) {
                        settle(nodes);
                    }
                });
    }

    private interface OwnDecider {
        List<MetadataFact> decide(MetadataImage pending);
    }

    /** True when there were facts. What fails here is tried again by the next tick or the next controller. */
    private CompletableFuture<Boolean> decideOwn(String cause, OwnDecider decider) {
        return commit.submit(SELF, cause, BROKER_TIMEOUT_MS, image -> {
                    List<MetadataFact> facts = decider.decide(image);
                    return new Decision<>(facts, !facts.isEmpty());
                })
                .exceptionally(error -> {
                    LOG.info("Not done: {}: {}", cause, error.toString());
                    return false;
                });
    }

    /** Follows up on a batch of ours that has been applied. */
    private void applied(FactBatch batch) {
        MetadataImage image = commit.committed();
        long now = nanoTime.getAsLong();
        Set<PartitionId> changed = new TreeSet<>();
        Set<Integer> moved = new TreeSet<>();
        for (MetadataFact fact : batch.facts()) {
            if (fact instanceof PartitionChanged change) {
                changed.add(new PartitionId(change.topicId(), change.partition()));
            } else if (fact instanceof BrokerRegistered broker) {
                sessions.start(broker.nodeId(), broker.brokerEpoch(), now);
            } else if (fact instanceof BrokerFenced broker) {
                moved.add(broker.nodeId());
            } else if (fact instanceof BrokerUnfenced broker) {
                sessions.start(broker.nodeId(), broker.brokerEpoch(), now);
                moved.add(broker.nodeId());
            } else if (fact instanceof BrokerShutdownStarted broker) {
                sessions.shutdownStarted(broker.nodeId(), broker.brokerEpoch(), batch.endOffset(), now);
                moved.add(broker.nodeId());
            }
        }
        // A deleted topic is found out here too: its partitions are still waiting.
        changed.addAll(recovery.partitions());
        recovery.update(image, changed, now);
        if (!moved.isEmpty()) {
            settle(moved);
        }
        recover();
    }

    /** Asks whom there is to ask, and elects where all that is needed has been said. */
    private void recover() {
        if (recovery.isEmpty()) {
            return;
        }
        MetadataImage image = commit.committed();
        long now = nanoTime.getAsLong();
        long asked = reign;
        for (RecoveryRounds.Question question : recovery.questions(image, now)) {
            CompletableFuture<List<ReplicaLogInfo>> answer;
            try {
                answer = ports.replicaLogInfo(
                        question.broker(), List.copyOf(question.partitions().keySet()));
            } catch (RuntimeException e) {
                answer = CompletableFuture.failedFuture(e);
            }
            answer.whenComplete((infos, error) -> executor.execute(() -> {
                if (asked == reign) {
                    recovery.answered(question, error == null ? infos : List.of(), nanoTime.getAsLong());
                    recover();
                }
            }));
        }
        if (!electing
                && !recovery.elect(image, now, FactSize.MAX_BULK_BYTES).facts().isEmpty()) {
            electing = true;
            commit.submit(SELF, "longest log of the last known in-sync replicas", BROKER_TIMEOUT_MS, pending -> {
                        RecoveryRounds.Elections elections =
                                recovery.elect(pending, nanoTime.getAsLong(), FactSize.MAX_BULK_BYTES);
                        return new Decision<>(elections.facts(), elections.early());
                    })
                    .whenComplete((early, error) -> {
                        if (asked == reign) {
                            electing = false;
                            if (error == null) {
                                warnOfEarly(early);
                                recover();
                            } // else the next tick tries again
                        }
                    });
        }
    }

    private static void warnOfEarly(List<PartitionId> early) {
        if (!early.isEmpty()) {
            LOG.warn(
                    "UNCLEAN RECOVERY: unclean.recovery.timeout.ms passed, and {} partitions got a leader before all of their"
                            + " last known in-sync replicas had reported; acknowledged records may be lost. First of them: {}",
                    early.size(),
                    early.subList(0, Math.min(10, early.size())));
        }
    }

    /** Runs on the controller thread what some other thread asks, within a bound of how many may wait. */
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
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new NotActiveControllerException("the controller is closed"));
        }
        return result;
    }

    private static Throwable cause(Throwable error) {
        Throwable cause = error.getCause();
        return error instanceof java.util.concurrent.CompletionException && cause != null ? cause : error;
    }

    private void run(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // The owner has stopped the executor before closing this; nothing of ours runs any more.
            active = false;
            failOpen();
        }
    }
}
