/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.config.Listener;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.broker.metrics.NodeMetrics;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.DigestWatch;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.quorum.QuorumStartException;
import io.klamm.replication.peer.NettyPeerConnector;
import io.klamm.replication.peer.PeerConnector;
import io.klamm.storage.log.LogStoreException;
import io.netty.channel.EventLoopGroup;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: the only place where its parts are put together.
 *
 * <p>Start: log dirs and metadata directory are opened and checked, all ports bound, the CONTROLLER listener opened (other
 * voters ask there whether the quorum has formed), the quorum or the tailer started, the broker registered; its listeners serve
 * when its own registration is published. {@link #start} returns when all this is under way: how long it takes depends on the other
 * nodes.
 *
 * <p>Stop: the quorum's leadership is passed on, leaders are moved away, clients answered and their connections closed, logs closed with the clean-shutdown mark,
 * then the quorum is left. Each step has its bound, and one that needs a controller is given up soon when none answers, so that
 * all nodes of a cluster can be stopped at once.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what is chained here only passes the news on
public final class Broker {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private final NodeConfig config;
    private final NodeOutcome outcome = new NodeOutcome();
    private final MetricRegistry metrics = new MetricRegistry();
    private final CompletableFuture<Void> running = new CompletableFuture<>();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final NodeThreads threads;
    private final ImagePublisher publisher;
    private final DigestWatch digests;
    private volatile @Nullable ControllerNode controllerNode;
    private @Nullable BrokerNode brokerNode;
    private @Nullable MetadataTailer tailer;
    private @Nullable VoterChannels tailChannels;
    private @Nullable NodeListeners listeners;

    private Broker(NodeConfig config) {
        this.config = config;
        this.threads = new NodeThreads(
                config.nodeId(),
                config.get(NodeSettings.NUM_NETWORK_THREADS),
                config.get(NodeSettings.NUM_IO_THREADS),
                outcome::fault);
        this.publisher = new ImagePublisher("metadata-" + config.nodeId(), outcome::fault);
        this.digests = new DigestWatch(
                "metadata-digest-" + config.nodeId(), config.get(NodeSettings.METADATA_DIGEST_INTERVAL), this::record);
        publisher.watch(digests::observe);
    }

    /**
     * Starts a node.
     *
     * @throws BrokerStartException when it cannot start here and now: a directory that is not its own, a busy port. What turns
     *     out later (the other voters have formed a quorum without it) is told by {@link #awaitEnd}.
     */
    public static Broker start(NodeConfig config) {
        Broker broker = new Broker(config);
        try {
            broker.open();
            return broker;
        } catch (QuorumStartException | LogStoreException e) {
            broker.halt();
            throw new BrokerStartException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            broker.halt();
            throw e;
        }
    }

    private void open() {
        config.warnings().forEach(LOG::warn);
        PeerConnector control = connector(threads.controlLoop);
        Authorizer authorizer = Authorizer.ALLOW_ALL;
        ControllerNode voter = config.isController()
                ? new ControllerNode(config, threads, publisher, digests, control, authorizer, outcome::fault)
                : null;
        controllerNode = voter;
        ControllerLocator locator = new ControllerLocator(this::voters, () -> voter == null ? -1 : voter.leaderId());
        NodeMetrics.ofNode(metrics, publisher, locator::leaderId);
        NodeMetrics.ofDigests(metrics, digests);
        BrokerNode broker = config.isBroker() ? openBroker(locator, control, authorizer) : null;
        NodeListeners bound = bind(voter, broker);
        if (voter != null) {
            voter.start().whenComplete((started, failure) -> {
                if (failure != null) {
                    startFailed(failure);
                }
            });
        } else {
            startTailer(control, locator);
        }
        if (broker == null) {
            running.complete(null);
            return;
        }
        // A voter that may yet be refused, since its disk is empty, keeps its broker from taking a new registration.
        CompletableFuture<Void> mayRegister = voter == null ? CompletableFuture.completedFuture(null) : voter.member();
        mayRegister.whenCompleteAsync(
                (member, refused) -> {
                    if (refused == null) {
                        register(broker, bound);
                    } else {
                        running.completeExceptionally(refused);
                    }
                },
                threads.control);
    }

    /** Where controllers are: by the metadata, and by the configuration before there is any. */
    private List<Voter> voters() {
        List<Voter> known = publisher.current().voters();
        return known.isEmpty() ? config.voters() : known;
    }

    /** Only the active controller's counts; elsewhere this is refused, and that is all. */
    private void record(DigestRecorded digest) {
        ControllerNode voter = controllerNode;
        if (voter != null) {
            voter.record(digest);
        }
    }

    private BrokerNode openBroker(ControllerLocator locator, PeerConnector control, Authorizer authorizer) {
        BrokerNode broker = new BrokerNode(
                config,
                threads,
                publisher,
                locator,
                new BrokerNode.Connectors(control, connector(threads.dataLoops)),
                authorizer,
                outcome::fault);
        brokerNode = broker;
        NodeMetrics.ofBroker(metrics, broker.replicas(), () -> broker.state().name());
        NodeMetrics.ofLogDirs(metrics, broker::offlineDirectories, broker::fullDirectories);
        NodeMetrics.ofApis(
                metrics,
                broker.apis()::fetchSessions,
                broker.apis()::bytesReadFromFollowers,
                broker.apis()::coldReads,
                broker.apis()::refusedBatches);
        NodeMetrics.ofCleaner(metrics, broker.cleaner());
        broker.followMetadata();
        return broker;
    }

    private PeerConnector connector(EventLoopGroup loops) {
        return new NettyPeerConnector(
                loops, threads.transport, threads.blocking, "klamm-" + config.nodeId(), Version.CURRENT);
    }

    private NodeListeners bind(@Nullable ControllerNode voter, @Nullable BrokerNode broker) {
        NodeListeners bound = new NodeListeners(
                config, threads, metrics, () -> publisher.current().endOffset());
        listeners = bound;
        if (broker != null) {
            bound.bindClients(broker.handlers());
        }
        Listener controllerListener = config.controllerListener();
        if (voter != null && controllerListener != null) {
            bound.openController(controllerListener, voter.handlers(), voter.connections());
        }
        return bound;
    }

    private void startTailer(PeerConnector control, ControllerLocator locator) {
        VoterChannels channels = new VoterChannels(control, "metadata");
        tailChannels = channels;
        MetadataTailer follower = new MetadataTailer(
                config.nodeId(),
                config.clusterId(),
                locator,
                channels::send,
                threads.vital("tailer"),
                System::nanoTime,
                new MetadataTailer.Sink(publisher::publish, outcome::fault));
        tailer = follower;
        follower.start();
    }

    private void register(BrokerNode broker, NodeListeners bound) {
        broker.register(bound.advertised(), () -> serve(bound), digests::standing, outcome::startFailed)
                .whenComplete((unfenced, failure) -> {
                    if (failure == null) {
                        LOG.info("Node {} of cluster {} is running", config.nodeId(), config.clusterId());
                        running.complete(null);
                    } else {
                        running.completeExceptionally(failure);
                    }
                });
    }

    private void serve(NodeListeners bound) {
        try {
            bound.serveClients();
        } catch (BrokerStartException e) {
            startFailed(e);
        }
    }

    private void startFailed(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        running.completeExceptionally(cause);
        if (stopping.get()) {
            return; // closed while it was starting
        }
        if (cause instanceof QuorumStartException || cause instanceof BrokerStartException) {
            outcome.startFailed(String.valueOf(cause.getMessage()));
        } else {
            outcome.fault(cause);
        }
    }

    /** Completes when this node serves: its broker is unfenced for the first time (a mere controller: at once). */
    public CompletableFuture<Void> running() {
        return running.copy();
    }

    /** The newest metadata that is applied here. */
    MetadataImage image() {
        return publisher.current();
    }

    public MetricRegistry metrics() {
        return metrics;
    }

    /**
     * Waits until the node has ended: stopped, or unable to go on. After a fault or a failed start the process is to exit;
     * {@link #halt} frees what it holds if it does not.
     */
    public NodeOutcome.Ended awaitEnd() throws InterruptedException {
        return outcome.await();
    }

    /** Stops in order: the quorum's leadership passed on, partitions' leaders moved, logs closed cleanly, quorum left. Returns when it is done; safe to call twice. */
    public void stop() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        LOG.info("Node {} stops", config.nodeId());
        BrokerNode broker = brokerNode;
        boolean clean = !outcome.hasEnded();
        if (controllerNode != null && clean) {
            // First, while its partitions serve: else this node is the first to know their next leaders, and sends
            // clients too early.
            controllerNode.passLeadershipOn();
        }
        if (broker != null) {
            broker.leave();
            broker.stopServing();
        }
        if (listeners != null) {
            listeners.closeClients();
        }
        if (broker != null && clean) {
            broker.closeCleanly();
        }
        closeAll();
        outcome.stopped();
        LOG.info("Node {} has stopped", config.nodeId());
    }

    /** Frees everything without a word to the others and without a clean-shutdown mark, as after a crash. */
    public void halt() {
        if (stopping.compareAndSet(false, true)) {
            if (listeners != null) {
                listeners.closeClients();
            }
            closeAll();
            outcome.stopped();
        }
    }

    private void closeAll() {
        if (brokerNode != null) {
            brokerNode.close();
        }
        if (tailer != null) {
            tailer.close();
        }
        if (tailChannels != null) {
            tailChannels.close();
        }
        if (controllerNode != null) {
            controllerNode.resign();
        }
        if (listeners != null) {
            listeners.close();
        }
        if (controllerNode != null) {
            controllerNode.close();
        }
        publisher.close();
        digests.close();
        threads.close();
    }
}
