/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.controller.AlterPartitionHandler;
import io.klamm.broker.controller.AssignReplicasToDirsHandler;
import io.klamm.broker.controller.BrokerHeartbeatHandler;
import io.klamm.broker.controller.BrokerRegistrationHandler;
import io.klamm.broker.controller.HeartbeatConnections;
import io.klamm.broker.controller.PublishedOffsets;
import io.klamm.broker.controller.TailingBrokers;
import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.lifecycle.AlterPartitionSender;
import io.klamm.broker.lifecycle.BrokerIdentity;
import io.klamm.broker.lifecycle.BrokerLifecycle;
import io.klamm.broker.lifecycle.DirectoryAssignmentSender;
import io.klamm.broker.net.OccasionalLog;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.ControllerConfig;
import io.klamm.metadata.controller.ElectionSettings;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchContext;
import io.klamm.replication.fetch.ReplicaFetchers;
import io.klamm.replication.model.ModelFetchServer;
import io.klamm.replication.partition.HighWatermarks;
import io.klamm.replication.partition.IsrChangeSender;
import io.klamm.replication.partition.LocalReplica;
import io.klamm.replication.partition.LocalReplicas;
import io.klamm.replication.partition.ReplicaContext;
import io.klamm.replication.partition.Scheduler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** One process of a node: controller and broker as the node wires them, on the simulated world. */
@SuppressWarnings("FutureReturnValueIgnored") // what is chained here only passes the news on
final class SimProcess {
    private static final ControllerConfig CONTROLLER =
            new ControllerConfig(1_500, 1, (short) 3, -1, 1_000, ElectionSettings.STRICT);
    private static final BrokerLifecycle.Timing TIMING = new BrokerLifecycle.Timing(300, 1_500, 4_000, 2_000);
    private static final long FLUSH_INTERVAL_MS = 10;

    private final SimNode node;
    private final World world;
    private final SimCluster cluster;
    private final Uuid incarnationId;
    private final SimQuorum.NodeLog log;
    private final ActiveController controller;
    private final BrokerRegistrationHandler registrations;
    private final BrokerHeartbeatHandler heartbeats;
    private final AlterPartitionHandler alterations;
    private final AssignReplicasToDirsHandler assignments;
    private final HeartbeatConnections connections;
    private final BrokerLifecycle lifecycle;
    private final AlterPartitionSender isrChanges;
    private final LocalReplicas replicas;
    private final SimCoordinators coordinators;
    private final ModelFetchServer server;
    private final TreeMap<Long, CompletableFuture<MetadataImage>> awaitedOffsets = new TreeMap<>();

    /** Those who wait for answers are told when it dies. */
    private final Set<Runnable> clients = new LinkedHashSet<>();

    private boolean running = true;
    private boolean listening;
    private long pausedUntilNanos;
    private long pausedNanos;
    private boolean stirred;
    private boolean publishing;
    /** What its parts are told. */
    private MetadataImage image = MetadataImage.EMPTY;
    /** What all parts of this process have taken up. */
    private MetadataImage published = MetadataImage.EMPTY;

    private MetadataImage current = MetadataImage.EMPTY;

    SimProcess(SimNode node, World world, SimCluster cluster, Uuid incarnationId) {
        this.node = node;
        this.world = world;
        this.cluster = cluster;
        this.incarnationId = incarnationId;
        this.log = cluster.quorum().open(this);
        SimExecutor controllerThread = new SimExecutor(this);
        Clock wallClock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
        this.controller = new ActiveController(
                CONTROLLER, log, new SimPorts(this, world, cluster), controllerThread, wallClock, world.time);
        log.setListener(controller);
        this.connections = new HeartbeatConnections(controller::connectionLost);
        this.registrations = new BrokerRegistrationHandler(
                controller, connections, Authorizer.ALLOW_ALL, new OccasionalLog((delayNanos, task) -> {
                    throw new RejectedExecutionException("each line at once");
                }));
        this.heartbeats = new BrokerHeartbeatHandler(
                controller,
                connections,
                new TailingBrokers(world.time::nowMs),
                new PublishedOffsets(new SimExecutor(this)),
                Authorizer.ALLOW_ALL);
        this.assignments = new AssignReplicasToDirsHandler(controller, Authorizer.ALLOW_ALL);
        this.alterations = new AlterPartitionHandler(controller, Authorizer.ALLOW_ALL);

        SimGateway gateway = new SimGateway(this, world, cluster);
        this.lifecycle = new BrokerLifecycle(
                new BrokerIdentity(
                        node.id(),
                        SimCluster.ID,
                        incarnationId,
                        List.of(new Endpoint("PLAINTEXT", "node" + node.id(), 9092, (short) 0)),
                        null,
                        node.disk().online(),
                        node.disk().cleanEpoch()),
                gateway,
                new BrokerLifecycle.MetadataView(
                        () -> published.endOffset(),
                        this::awaitPublished,
                        () -> listening = true,
                        () -> DigestStanding.NOT_COMPARED),
                TIMING,
                new SimExecutor(this),
                world.time,
                refusal -> {
                    throw new AssertionError("node " + node.id() + " was refused: " + refusal);
                });
        this.isrChanges = new AlterPartitionSender(node.id(), lifecycle::brokerEpoch, gateway, () -> image, 1_500);
        Scheduler scheduler = this::schedule;
        DirectoryAssignmentSender locations = new DirectoryAssignmentSender(
                node.id(), lifecycle::brokerEpoch, gateway, () -> image, scheduler, 1_500);
        FetchContext fetching =
                new FetchContext(node.id(), lifecycle::brokerEpoch, world.time, scheduler, cluster.settings());
        this.replicas = new LocalReplicas(
                new ReplicaContext(
                        node.id(), world.time, scheduler, this::propose, locations, cluster.settings(), () -> image),
                incarnationId,
                node.disk(),
                Runnable::run,
                new ReplicaFetchers(fetching, (source, lane) -> new SimFetchLink(this, source, world, cluster)),
                highWatermarks(),
                other -> node.endedByItself());
        this.coordinators = new SimCoordinators(this, world, replicas, this::onPublished);
        this.server = new ModelFetchServer(replicas::replica, scheduler);
    }

    private HighWatermarks highWatermarks() {
        return new HighWatermarks() {
            @Override
            public Map<PartitionId, Long> load() {
                return node.savedHighWatermarks();
            }

            @Override
            public void save(Map<PartitionId, Long> offsets) {
                node.saveHighWatermarks(offsets);
            }
        };
    }

    void start() {
        log.applySoon();
        lifecycle.start();
        flushSometimes();
    }

    int nodeId() {
        return node.id();
    }

    Uuid incarnationId() {
        return incarnationId;
    }

    long connectionId() {
        return incarnationId.getMostSignificantBits() * 1_000_000 + incarnationId.getLeastSignificantBits();
    }

    boolean isRunning() {
        return running;
    }

    /** Whether the listener of clients and brokers is open: once the roles of its registration are published. */
    boolean listens() {
        return listening;
    }

    boolean isPaused() {
        return pausedUntilNanos > world.time.getAsLong();
    }

    SimQuorum.NodeLog log() {
        return log;
    }

    ActiveController controller() {
        return controller;
    }

    BrokerLifecycle lifecycle() {
        return lifecycle;
    }

    ModelFetchServer fetchServer() {
        return server;
    }

    GroupCoordinators coordinators() {
        return coordinators.groups();
    }

    /** Its coordinators hear nothing of the metadata for a while. */
    void leaveCoordinatorsBehind(long ms) {
        coordinators.leaveBehind(ms);
    }

    MetadataImage image() {
        return published;
    }

    LocalReplica replica(PartitionId id) {
        return replicas.replica(id);
    }

    /** SIGSTOP for a while: its threads stand still, its sockets stay. */
    void pause(long ms) {
        long now = world.time.getAsLong();
        long until = Math.max(pausedUntilNanos, now + TimeUnit.MILLISECONDS.toNanos(ms));
        pausedNanos += until - Math.max(pausedUntilNanos, now);
        pausedUntilNanos = until;
    }

    /** For how long it has stood still, all in all, or will have when it goes on. */
    long pausedNanos() {
        return pausedNanos;
    }

    /** Nothing of it runs any more. */
    void die() {
        running = false;
        List.copyOf(clients).forEach(Runnable::run);
    }

    /** @param lost told when this process dies before the answer is given */
    void connected(Runnable lost) {
        clients.add(lost);
    }

    void disconnected(Runnable lost) {
        clients.remove(lost);
    }

    /** Runs something in this process, when it is not paused; never once it is dead. */
    Runnable schedule(long delayNanos, Runnable task) {
        return world.time.schedule(delayNanos, () -> runHere(task));
    }

    private void runHere(Runnable task) {
        if (!running) {
            return;
        }
        long rest = pausedUntilNanos - world.time.getAsLong();
        if (rest > 0) {
            world.time.schedule(rest, () -> runHere(task));
        } else {
            stirred = true;
            task.run();
        }
    }

    /** Somebody has changed something of it from outside. */
    void stir() {
        stirred = true;
    }

    /** Whether something of it may have changed since this was asked last. */
    boolean wasStirred() {
        boolean was = stirred;
        stirred = false;
        return was;
    }

    /** Completes with the broker epoch for the clean-shutdown mark when everything is closed. */
    CompletableFuture<Long> shutDown() {
        CompletableFuture<Long> closed = new CompletableFuture<>();
        lifecycle.beginShutdown().whenComplete((done, failure) -> {
            if (running) {
                isrChanges.close();
                coordinators.close();
                running = false;
                closed.complete(lifecycle.brokerEpoch());
            }
        });
        return closed;
    }

    private CompletableFuture<IsrChangeSender.Reply> propose(IsrChangeSender.Proposal proposal) {
        cluster.proposed(node.id(), proposal);
        return isrChanges.propose(proposal);
    }

    /** The node has told its parts that the dir is offline. */
    void directoryFailed(Uuid directory) {
        lifecycle.directoriesFailed(Set.of(directory));
        schedule(
                TimeUnit.MILLISECONDS.toNanos(world.below(5)),
                () -> replicas.directoryFailed(directory, new IOException("Input/output error")));
    }

    void connectionClosed(long connectionId) {
        connections.connectionClosed(connectionId);
    }

    /** The state machine has applied something; the metadata thread takes it up a little later, several steps at once. */
    void onApplied(MetadataImage applied) {
        current = applied;
        if (!publishing) {
            publishing = true;
            schedule(TimeUnit.MILLISECONDS.toNanos(world.below(8)), this::publish);
        }
    }

    private void publish() {
        publishing = false;
        MetadataImage before = image;
        if (current.endOffset() <= before.endOffset()) {
            return;
        }
        image = current;
        world.trace(20, node.id(), image.endOffset());
        coordinators.publish(MetadataDelta.between(before, image));
    }

    private void onPublished() {
        published = coordinators.published();
        while (!awaitedOffsets.isEmpty() && awaitedOffsets.firstKey() <= published.endOffset()) {
            awaitedOffsets.pollFirstEntry().getValue().complete(published);
        }
    }

    private CompletableFuture<MetadataImage> awaitPublished(long offset) {
        return offset <= published.endOffset()
                ? CompletableFuture.completedFuture(published)
                : awaitedOffsets.computeIfAbsent(offset, any -> new CompletableFuture<>());
    }

    /** Answers a broker's request as the CONTROLLER listener does. */
    CompletionStage<? extends ApiMessage> serve(ApiMessage request, long connectionId) {
        RequestContext context = new RequestContext(
                ApiKeys.forId(request.apiKey()),
                request.highestSupportedVersion(),
                0,
                "",
                ClientPrincipal.ANONYMOUS,
                "CONTROLLER",
                "PLAINTEXT",
                InetSocketAddress.createUnresolved("node", 1),
                connectionId,
                world.time.getAsLong());
        if (request instanceof BrokerRegistrationRequestData registration) {
            return registrations.handle(context, registration);
        } else if (request instanceof BrokerHeartbeatRequestData heartbeat) {
            return heartbeats.handle(context, heartbeat);
        } else if (request instanceof AlterPartitionRequestData alteration) {
            return alterations.handle(context, alteration);
        } else if (request instanceof AssignReplicasToDirsRequestData assignment) {
            return assignments.handle(context, assignment);
        }
        throw new IllegalArgumentException(request.toString());
    }

    /** The disk syncs when it is asked to, a little later; and now and then by itself. */
    private void flushSometimes() {
        schedule(TimeUnit.MILLISECONDS.toNanos(FLUSH_INTERVAL_MS + world.below(10)), () -> {
            if (cluster.settings().durable() || world.below(40) == 0) {
                node.disk().flush();
            }
            flushSometimes();
        });
    }
}
