/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.config.DynamicConfigs;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.broker.config.TopicConfigs;
import io.klamm.broker.controller.AddRaftVoterHandler;
import io.klamm.broker.controller.AllocateProducerIdsHandler;
import io.klamm.broker.controller.AlterConfigsHandler;
import io.klamm.broker.controller.AlterPartitionHandler;
import io.klamm.broker.controller.AlterPartitionReassignmentsHandler;
import io.klamm.broker.controller.AssignReplicasToDirsHandler;
import io.klamm.broker.controller.BrokerHeartbeatHandler;
import io.klamm.broker.controller.BrokerRegistrationHandler;
import io.klamm.broker.controller.ConfigAlterations;
import io.klamm.broker.controller.ControllerCreateTopicsHandler;
import io.klamm.broker.controller.ControllerDeleteTopicsHandler;
import io.klamm.broker.controller.ControllerDescribeClusterHandler;
import io.klamm.broker.controller.CreatePartitionsHandler;
import io.klamm.broker.controller.DescribeQuorumHandler;
import io.klamm.broker.controller.ElectLeadersHandler;
import io.klamm.broker.controller.EndQuorumEpochHandler;
import io.klamm.broker.controller.EnvelopeHandler;
import io.klamm.broker.controller.HeartbeatConnections;
import io.klamm.broker.controller.IncrementalAlterConfigsHandler;
import io.klamm.broker.controller.MetadataFetchHandler;
import io.klamm.broker.controller.MetadataSnapshotHandler;
import io.klamm.broker.controller.PublishedOffsets;
import io.klamm.broker.controller.RemoveRaftVoterHandler;
import io.klamm.broker.controller.TailingBrokers;
import io.klamm.broker.controller.UnregisterBrokerHandler;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.ConnectionListener;
import io.klamm.broker.net.OccasionalLog;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.BrokerRemover;
import io.klamm.metadata.controller.DigestRule;
import io.klamm.metadata.controller.PartitionReassigner;
import io.klamm.metadata.controller.VoterRule;
import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.DigestWatch;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.quorum.MetadataQuorum;
import io.klamm.replication.peer.PeerConnector;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The voter's half of a node: the quorum, the active controller, and what they serve on the CONTROLLER listener. */
final class ControllerNode implements AutoCloseable {
    private static final long OWN_TIMEOUT_MS = 10_000;

    private final NodeConfig config;
    private final NodeThreads threads;
    private final DigestWatch digests;
    private final Authorizer authorizer;
    private final MetadataQuorum quorum;
    private final ActiveController controller;
    private final QuorumProbe probe;
    private final HeartbeatConnections heartbeats;
    private final PublishedOffsets published;
    private final QuorumLeaderWatch leaderWatch;
    private final TailingBrokers tailing = new TailingBrokers(Clock.systemUTC()::millis);

    /**
     * Reads the voter's directory; starts nothing.
     *
     * @param connector on the control event loop
     */
    ControllerNode(
            NodeConfig config,
            NodeThreads threads,
            ImagePublisher publisher,
            DigestWatch digests,
            PeerConnector connector,
            Authorizer authorizer,
            Consumer<Throwable> fatal) {
        this.config = config;
        this.threads = threads;
        this.digests = digests;
        this.authorizer = authorizer;
        this.probe = new QuorumProbe(connector);
        LeadershipRelay leadership = new LeadershipRelay();
        this.quorum = MetadataQuorum.open(config.quorumConfig(), publisher, leadership, fatal);
        this.controller = new ActiveController(
                config.controllerConfig(),
                quorum.factLog(),
                new PeerControllerPorts(
                        config.interBrokerListenerName(), connector, quorum.factLog()::applied, TopicConfigs::validate),
                threads.vital("controller"),
                Clock.systemUTC(),
                System::nanoTime);
        leadership.connect(controller);
        quorum.tellVoters(
                voters -> controller.decide("quorum", "voters of the quorum", OWN_TIMEOUT_MS, new VoterRule(voters)));
        this.published = new PublishedOffsets(threads.control);
        this.heartbeats = new HeartbeatConnections(controller::connectionLost);
        this.leaderWatch = new QuorumLeaderWatch(config.nodeId(), new WatchedQuorum(), connector, threads.control);
    }

    private final class WatchedQuorum implements QuorumLeaderWatch.Quorum {
        @Override
        public int leaderId() {
            return quorum.leaderId();
        }

        @Override
        public @Nullable Voter voter(int nodeId) {
            return quorum.status().voters().stream()
                    .filter(voter -> voter.nodeId() == nodeId)
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public int raftPort(Voter voter) {
            return quorum.raftPort(voter);
        }

        @Override
        public void leaderIsDead(int nodeId) {
            quorum.leaderIsDead(nodeId);
        }
    }

    /** What the CONTROLLER listener serves, besides ApiVersions. */
    List<ApiHandler<?>> handlers() {
        ControllerCreateTopicsHandler createTopics = new ControllerCreateTopicsHandler(
                controller, quorum.factLog()::applied, config.topics(), published, authorizer);
        ControllerDeleteTopicsHandler deleteTopics =
                new ControllerDeleteTopicsHandler(controller, quorum.factLog()::applied, authorizer);
        ConfigAlterations configs = new ConfigAlterations(controller, new DynamicConfigs(config), authorizer);
        IncrementalAlterConfigsHandler incrementalAlterConfigs = new IncrementalAlterConfigsHandler(configs);
        AlterConfigsHandler alterConfigs = new AlterConfigsHandler(configs);
        CreatePartitionsHandler createPartitions =
                new CreatePartitionsHandler(controller, quorum.factLog()::applied, published, authorizer);
        ElectLeadersHandler electLeaders = new ElectLeadersHandler(controller, authorizer);
        int defaultMinIsr = config.controllerConfig().defaultMinInsyncReplicas();
        AlterPartitionReassignmentsHandler reassign =
                new AlterPartitionReassignmentsHandler(controller, new PartitionReassigner(defaultMinIsr), authorizer);
        UnregisterBrokerHandler unregister =
                new UnregisterBrokerHandler(controller, new BrokerRemover(defaultMinIsr), authorizer);
        DescribeQuorumHandler describeQuorum = new DescribeQuorumHandler(
                config.nodeId(),
                config.controllerListenerName(),
                new DescribeQuorumHandler.Own(quorum::status, quorum::describe, digests::standing),
                tailing,
                Clock.systemUTC()::millis,
                authorizer);
        AddRaftVoterHandler addVoter =
                new AddRaftVoterHandler(quorum, config.clusterId(), config.controllerListenerName(), authorizer);
        RemoveRaftVoterHandler removeVoter = new RemoveRaftVoterHandler(quorum, config.clusterId(), authorizer);
        return List.of(
                new BrokerRegistrationHandler(controller, heartbeats, authorizer, OccasionalLog.on(threads.timer)),
                new BrokerHeartbeatHandler(controller, heartbeats, tailing, published, authorizer),
                new AlterPartitionHandler(controller, authorizer),
                new AllocateProducerIdsHandler(controller, authorizer),
                new AssignReplicasToDirsHandler(controller, authorizer),
                new EnvelopeHandler(
                        controller,
                        authorizer,
                        List.of(
                                createTopics,
                                deleteTopics,
                                createPartitions,
                                electLeaders,
                                incrementalAlterConfigs,
                                alterConfigs,
                                reassign,
                                unregister,
                                describeQuorum,
                                addVoter,
                                removeVoter)),
                createTopics,
                deleteTopics,
                createPartitions,
                electLeaders,
                incrementalAlterConfigs,
                alterConfigs,
                reassign,
                unregister,
                describeQuorum,
                addVoter,
                removeVoter,
                new EndQuorumEpochHandler(config.nodeId(), quorum, config.clusterId(), authorizer),
                new ControllerDescribeClusterHandler(
                        config.clusterId(), config.voters(), quorum::status, quorum::leaderId, authorizer),
                new MetadataFetchHandler(
                        config.clusterId(), quorum.history(), this::leader, tailing, threads.control, authorizer),
                new MetadataSnapshotHandler(config.clusterId(), quorum::readSnapshot, threads.blocking, authorizer));
    }

    private MetadataFetchHandler.Leader leader() {
        return new MetadataFetchHandler.Leader(
                quorum.leaderId(), quorum.factLog().applied().term());
    }

    /** Has to hear of the CONTROLLER listener's closed connections. */
    ConnectionListener connections() {
        return heartbeats;
    }

    /** When the CONTROLLER listener answers: other voters ask it how far this one is. Completes when the voter runs. */
    CompletableFuture<Void> start() {
        leaderWatch.start();
        return config.get(NodeSettings.QUORUM_JOIN) ? quorum.join(probe) : quorum.start(probe);
    }

    /** Completes when the quorum is known to have this voter; see {@link MetadataQuorum#member}. */
    CompletableFuture<Void> member() {
        return quorum.member();
    }

    /** Writes the digest of this node's image into the metadata log, when this is the active controller. */
    void record(DigestRecorded digest) {
        if (controller.isActive()) {
            CompletableFuture<Boolean> unused =
                    controller.decide("controller", "digest of the metadata", OWN_TIMEOUT_MS, new DigestRule(digest));
        }
    }

    /** Node id of the quorum's leader, -1 when there is none. */
    int leaderId() {
        return quorum.leaderId();
    }

    boolean isActiveController() {
        return controller.isActive();
    }

    /** Decides nothing more; brokers hear NOT_CONTROLLER. */
    void resign() {
        leaderWatch.close();
        controller.close();
        published.close();
    }

    /** Lets another voter lead the quorum, when this one does. Bounded. */
    void passLeadershipOn() {
        quorum.passLeadershipOn();
    }

    /** Leaves the quorum. The CONTROLLER listener must be closed: nobody is to be answered from a closed log. */
    @Override
    public void close() {
        controller.close();
        probe.close();
        quorum.close();
    }
}
