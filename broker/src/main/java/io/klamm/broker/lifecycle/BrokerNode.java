/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.ComingLeaders;
import io.klamm.broker.api.LostSources;
import io.klamm.broker.api.MetadataHold;
import io.klamm.broker.config.GroupSettings;
import io.klamm.broker.config.LogSettings;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.group.GroupRuntime;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.replication.fetch.FetchContext;
import io.klamm.replication.fetch.ReplicaFetchers;
import io.klamm.replication.partition.HighWatermarkFile;
import io.klamm.replication.partition.LocalReplicas;
import io.klamm.replication.partition.ReplicaContext;
import io.klamm.replication.partition.ReplicaLogs;
import io.klamm.replication.partition.ReplicaMoves;
import io.klamm.replication.partition.Scheduler;
import io.klamm.replication.peer.PeerConnector;
import io.klamm.replication.peer.PeerFetchTransport;
import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.DirUpkeep;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.SteadyClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker's half of a node: logs, replicas, what clients are served, and the standing with the controller. */
@SuppressWarnings("FutureReturnValueIgnored") // what a task throws is told by the executor
final class BrokerNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerNode.class);
    private static final String HIGH_WATERMARK_FILE = "high-watermarks";
    private static final long MAINTENANCE_INTERVAL_MS = 1_000;
    private static final long BUSY_PAUSE_MS = 100;
    /** How long one voter may take before another is asked. */
    private static final long ATTEMPT_TIMEOUT_MS = 2_000;

    private static final long ALTER_PARTITION_TIMEOUT_MS = 5_000;
    private static final long SHUTDOWN_TIMEOUT_MS = 10_000;
    private static final long SHUTDOWN_SILENCE_MS = 2_000;

    private final NodeConfig config;
    private final NodeThreads threads;
    private final ImagePublisher publisher;
    private final Consumer<Throwable> fatal;
    private final Uuid incarnationId = Uuid.randomUuid();
    private final LogStore logs;
    private final LogCleaner cleaner;
    private final long cleanShutdownEpoch;
    private final Set<Uuid> onlineDirectories;
    private final QuorumControllerGateway gateway;
    private final QuorumControllerGateway heartbeatGateway;
    private final AlterPartitionSender isrChanges;
    private final DirectoryAssignmentSender locations;
    private final LostSources lostSources = new LostSources(System::nanoTime);
    private final LocalReplicas replicas;
    private final ReplicaMoves moves;
    private final GroupCoordinators groups;
    private final BrokerApis apis;
    private volatile @Nullable BrokerLifecycle lifecycle;
    /** Guarded by this, as is the first step from no {@code lifecycle} to one. */
    private boolean leaving;

    private volatile boolean closedCleanly;

    /**
     * Connectors of a broker.
     *
     * @param control on the control event loop
     * @param data on the data event loops
     */
    record Connectors(PeerConnector control, PeerConnector data) {}

    /** Opens the log dirs (checking whose they are); serves and registers nothing yet. */
    BrokerNode(
            NodeConfig config,
            NodeThreads threads,
            ImagePublisher publisher,
            ControllerLocator locator,
            Connectors connectors,
            Authorizer authorizer,
            Consumer<Throwable> fatal) {
        this.config = config;
        this.threads = threads;
        this.publisher = publisher;
        this.fatal = fatal;
        Clock wallClock = Clock.systemUTC();
        Clock ageClock = new SteadyClock(wallClock, System::nanoTime);
        this.logs = LogStore.open(config.logStoreConfig(), LogFiles.SYSTEM, wallClock, ageClock, this::directoryFailed);
        this.cleaner = new LogCleaner(
                config.cleanerConfig(publisher.current()), logs::compactedLogs, ageClock, System::nanoTime);
        this.cleanShutdownEpoch = logs.cleanShutdownBrokerEpoch();
        this.onlineDirectories = new HashSet<>(logs.directoryIds());
        this.gateway = gateway(locator, connectors.control, "controller");
        this.heartbeatGateway = gateway(locator, connectors.control, "heartbeat");
        this.isrChanges = new AlterPartitionSender(
                config.nodeId(), this::brokerEpoch, gateway, publisher::current, ALTER_PARTITION_TIMEOUT_MS);
        this.locations = new DirectoryAssignmentSender(
                config.nodeId(),
                this::brokerEpoch,
                gateway,
                publisher::current,
                Scheduler.on(threads.timer),
                ALTER_PARTITION_TIMEOUT_MS);
        NodeReplicaSettings settings = new NodeReplicaSettings(config, publisher::current, System::nanoTime);
        ReplicaContext context = new ReplicaContext(
                config.nodeId(),
                System::nanoTime,
                Scheduler.on(threads.timer),
                isrChanges,
                locations,
                settings,
                publisher::current);
        this.replicas = replicas(context, connectors.data);
        this.moves = new ReplicaMoves(replicas, logs, context, threads.blocking);
        this.groups = new GroupCoordinators(
                config.nodeId(),
                replicas,
                config.groupConfig(),
                new GroupRuntime(
                        threads.groups,
                        threads.blocking,
                        Scheduler.on(threads.timer),
                        ageClock,
                        System::nanoTime,
                        Uuid::randomUuid));
        MetadataHold hold = new MetadataHold(
                publisher::published,
                publisher::awaitPublished,
                lostSources::isLost,
                Scheduler.on(threads.timer),
                System::nanoTime);
        lostSources.whenFound(hold::leaderFound);
        this.apis = new BrokerApis(
                config,
                threads,
                new BrokerApis.Parts(
                        publisher::current,
                        publisher::published,
                        new ComingLeaders(
                                config.nodeId(), publisher::current, publisher::published, publisher::awaitPublished),
                        replicas,
                        groups,
                        new NodeLogDirs(logs, moves),
                        gateway,
                        this::brokerEpoch,
                        locator::leaderId,
                        authorizer),
                hold);
    }

    private QuorumControllerGateway gateway(ControllerLocator locator, PeerConnector connector, String purpose) {
        return new QuorumControllerGateway(
                locator, connector, purpose, threads.control, System::nanoTime, ATTEMPT_TIMEOUT_MS);
    }

    private LocalReplicas replicas(ReplicaContext context, PeerConnector connector) {
        FetchContext fetching = new FetchContext(
                config.nodeId(), this::brokerEpoch, System::nanoTime, context.scheduler(), context.settings());
        ReplicaFetchers fetchers = new ReplicaFetchers(
                fetching,
                (sourceId, lane) -> lostSources.watch(
                        sourceId,
                        new PeerFetchTransport(
                                connector,
                                publisher::current,
                                config.interBrokerListenerName(),
                                sourceId,
                                lane,
                                config.get(NodeSettings.REPLICA_SOCKET_TIMEOUT_MS))));
        Path firstOnline = logs.directories().get(0).path();
        Path highWatermarks = firstOnline.resolve(HIGH_WATERMARK_FILE);
        return new LocalReplicas(
                context,
                incarnationId,
                ReplicaLogs.of(logs),
                threads.blocking,
                fetchers,
                new HighWatermarkFile(LogFiles.SYSTEM, highWatermarks),
                other -> fatal.accept(new NodeReplacedException(config.nodeId(), other)));
    }

    /** What the listeners for clients and brokers serve, besides ApiVersions. */
    List<ApiHandler<?>> handlers() {
        return apis.handlers();
    }

    /** The roles follow the images from here on; call it once, before images come. */
    void followMetadata() {
        logs.checkSpace(); // before anybody can write
        logs.upkeep().forEach(this::lookAtSpace);
        publisher.subscribe(replicas);
        publisher.subscribe(groups);
        publisher.subscribe(this::announceTopics);
        publisher.subscribe(delta -> {
            if (delta.configs().stream().anyMatch(key -> key.type() == ConfigResourceType.BROKER)) {
                cleaner.configure(config.cleanerConfig(delta.to()));
            }
        });
        if (config.get(LogSettings.CLEANER_ENABLE)) {
            cleaner.start();
        }
        for (DirUpkeep dir : logs.upkeep()) {
            ScheduledExecutorService own = threads.upkeep(dir.directory());
            upkeep(own, dir::maintain, MAINTENANCE_INTERVAL_MS);
            upkeep(own, dir::enforceRetention, config.get(LogSettings.RETENTION_CHECK_INTERVAL_MS));
            upkeep(own, dir::boundRecovery, config.get(LogSettings.FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS));
        }
        upkeep(threads.maintenance, groups::expire, config.get(GroupSettings.OFFSETS_RETENTION_CHECK_INTERVAL_MS));
    }

    /** An I/O error is dealt with inside: what escapes is a bug, and silence would let the disk fill. */
    private void upkeep(ScheduledExecutorService thread, Runnable task, long intervalMs) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                fatal.accept(e);
            }
        };
        thread.scheduleWithFixedDelay(guarded, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
    }

    private void announceTopics(MetadataDelta delta) {
        BrokerLifecycle standing = lifecycle;
        if (standing != null
                && delta.partitions().stream().anyMatch(id -> delta.from().partition(id) == null)) {
            publisher.awaitPublished(delta.to().endOffset()).thenRun(standing::publishedTopics);
        }
    }

    /** On the timer; the look itself waits for the disk, so it is done elsewhere. */
    private void lookAtSpace(DirUpkeep dir) {
        try {
            threads.blocking.execute(() -> {
                long pauseMs = BUSY_PAUSE_MS;
                try {
                    pauseMs = dir.checkSpace();
                } catch (RuntimeException e) {
                    fatal.accept(e); // an I/O error is dealt with inside
                } finally {
                    threads.timer.schedule(() -> lookAtSpace(dir), pauseMs, TimeUnit.MILLISECONDS);
                }
            });
        } catch (RejectedExecutionException e) {
            threads.timer.schedule(() -> lookAtSpace(dir), BUSY_PAUSE_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Log dirs that refuse records because their disks are almost full. */
    int fullDirectories() {
        return logs.fullDirectories();
    }

    /** Log dirs of the configuration that do not work. */
    int offlineDirectories() {
        return (int) logs.directories().stream().filter(dir -> !dir.online()).count();
    }

    /**
     * Registers, and goes on heartbeating. The listeners must be bound.
     *
     * @param endpoints what is advertised, with the ports that were bound
     * @param published told once, when the roles of the first registration are published
     * @param digests how this node's metadata compares with the active controller's
     * @param refused told when the controller will never accept this broker
     * @return completes when this broker is unfenced for the first time; fails when it is leaving
     */
    CompletableFuture<Void> register(
            List<Endpoint> endpoints, Runnable published, Supplier<DigestStanding> digests, Consumer<String> refused) {
        BrokerLifecycle standing = new BrokerLifecycle(
                new BrokerIdentity(
                        config.nodeId(),
                        config.clusterId(),
                        incarnationId,
                        endpoints,
                        config.rack(),
                        logs.directoryIds(),
                        cleanShutdownEpoch),
                heartbeatGateway,
                new BrokerLifecycle.MetadataView(
                        () -> publisher.published().endOffset(), publisher::awaitPublished, published, digests),
                new BrokerLifecycle.Timing(
                        config.get(NodeSettings.BROKER_HEARTBEAT_INTERVAL_MS),
                        ATTEMPT_TIMEOUT_MS,
                        SHUTDOWN_TIMEOUT_MS,
                        SHUTDOWN_SILENCE_MS),
                threads.control,
                System::nanoTime,
                refused);
        synchronized (this) {
            if (leaving) {
                return CompletableFuture.failedFuture(new IllegalStateException("The broker is stopping."));
            }
            lifecycle = standing; // a dir that fails from here on is told to it
        }
        tellDirectories(failedDirectories());
        return standing.start();
    }

    BrokerState state() {
        BrokerLifecycle standing = lifecycle;
        return standing == null ? BrokerState.STARTING : standing.state();
    }

    /** Epoch of this process's registration, -1 while there is none. */
    long brokerEpoch() {
        BrokerLifecycle standing = lifecycle;
        return standing == null ? -1 : standing.brokerEpoch();
    }

    LogCleaner cleaner() {
        return cleaner;
    }

    LocalReplicas replicas() {
        return replicas;
    }

    /** What its handlers count. */
    BrokerApis apis() {
        return apis;
    }

    /** Told on the thread that met the error, which may hold the lock of a partition. */
    private synchronized void directoryFailed(Path path, IOException reason) {
        Set<Uuid> online = new HashSet<>(logs.directoryIds());
        Set<Uuid> failed = new HashSet<>(onlineDirectories);
        failed.removeAll(online);
        onlineDirectories.removeAll(failed);
        if (config.isController() && config.quorumDirectory().startsWith(path)) {
            fatal.accept(new LogDirFaultException(
                    "log dir " + path + ", which holds the metadata log, has failed: " + reason));
        } else if (online.isEmpty()) {
            fatal.accept(new LogDirFaultException("all log dirs are offline, the last one is " + path + ": " + reason));
        } else {
            tellDirectories(failed);
            threads.maintenance.execute(() -> failed.forEach(id -> replicas.directoryFailed(id, reason)));
        }
    }

    private void tellDirectories(Set<Uuid> failed) {
        BrokerLifecycle standing = lifecycle;
        if (standing != null) {
            standing.directoriesFailed(failed);
        }
    }

    /** Those that were in use at the start and are not any more. */
    private Set<Uuid> failedDirectories() {
        Set<Uuid> failed = new HashSet<>();
        logs.directories().stream()
                .filter(dir -> !dir.online() && !dir.id().equals(Uuid.ZERO_UUID))
                .forEach(dir -> failed.add(dir.id()));
        return failed;
    }

    /** A voter may become a member of the quorum while its node stops: its broker does not register then. */
    private synchronized @Nullable BrokerLifecycle endRegistering() {
        leaving = true;
        return lifecycle;
    }

    /** Moves the leaders away, if somebody is there to do it. Bounded. */
    void leave() {
        BrokerLifecycle standing = endRegistering();
        if (standing == null) {
            return;
        }
        try {
            standing.beginShutdown().get(SHUTDOWN_TIMEOUT_MS + SHUTDOWN_SILENCE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("The controlled shutdown did not end: {}", e.toString());
        }
    }

    /** Completes what is parked; from here on clients hear that this node leads nothing. */
    void stopServing() {
        isrChanges.close();
        locations.close();
        moves.close();
        groups.close();
        replicas.close();
        apis.close();
    }

    /** Closes the logs with the clean-shutdown mark. The listeners must be closed. */
    void closeCleanly() {
        cleaner.close();
        long epoch = brokerEpoch();
        // Never registered means never changed: the mark that was found still tells the truth.
        logs.closeCleanly(epoch >= 0 ? epoch : cleanShutdownEpoch);
        closedCleanly = true;
    }

    /** Closes everything without a mark, if it is not closed yet. */
    @Override
    public void close() {
        BrokerLifecycle standing = endRegistering();
        if (standing != null) {
            standing.close();
        }
        isrChanges.close();
        locations.close();
        moves.close();
        groups.close();
        replicas.close();
        apis.close();
        gateway.close();
        heartbeatGateway.close();
        if (!closedCleanly) {
            cleaner.close();
            logs.close();
        }
    }
}
