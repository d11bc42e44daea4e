/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.AlterReplicaLogDirsHandler;
import io.klamm.broker.api.CallerLoop;
import io.klamm.broker.api.ComingLeaders;
import io.klamm.broker.api.ConsumerGroupDescribeHandler;
import io.klamm.broker.api.ConsumerGroupHeartbeatHandler;
import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.api.CreateTopicsHandler;
import io.klamm.broker.api.DeleteGroupsHandler;
import io.klamm.broker.api.DeleteRecordsHandler;
import io.klamm.broker.api.DeleteTopicsHandler;
import io.klamm.broker.api.DescribeClusterHandler;
import io.klamm.broker.api.DescribeConfigsHandler;
import io.klamm.broker.api.DescribeGroupsHandler;
import io.klamm.broker.api.DescribeLogDirsHandler;
import io.klamm.broker.api.DescribeQuorumForwarder;
import io.klamm.broker.api.DescribeTopicPartitionsHandler;
import io.klamm.broker.api.FetchHandler;
import io.klamm.broker.api.FetchSessions;
import io.klamm.broker.api.FetchThreads;
import io.klamm.broker.api.FindCoordinatorHandler;
import io.klamm.broker.api.ForwardHandler;
import io.klamm.broker.api.ForwardTimeout;
import io.klamm.broker.api.HeartbeatHandler;
import io.klamm.broker.api.InitProducerIdHandler;
import io.klamm.broker.api.JoinGroupHandler;
import io.klamm.broker.api.LeaveGroupHandler;
import io.klamm.broker.api.ListGroupsHandler;
import io.klamm.broker.api.ListOffsetsHandler;
import io.klamm.broker.api.ListPartitionReassignmentsHandler;
import io.klamm.broker.api.LogDirs;
import io.klamm.broker.api.MetadataHandler;
import io.klamm.broker.api.MetadataHold;
import io.klamm.broker.api.OffsetCommitHandler;
import io.klamm.broker.api.OffsetDeleteHandler;
import io.klamm.broker.api.OffsetFetchHandler;
import io.klamm.broker.api.OffsetForLeaderEpochHandler;
import io.klamm.broker.api.OffsetsTopic;
import io.klamm.broker.api.ProduceHandler;
import io.klamm.broker.api.ProducerIds;
import io.klamm.broker.api.RackAwareReplicas;
import io.klamm.broker.api.SlowAppends;
import io.klamm.broker.api.SyncGroupHandler;
import io.klamm.broker.config.LogSettings;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.OccasionalLog;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.ReplicaRegistry;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** What a broker serves on its listeners for clients and other brokers, besides ApiVersions. */
final class BrokerApis implements AutoCloseable {
    private static final int MAX_SESSION_PARTITIONS = 1_000_000;
    private static final long CONTROLLER_TIMEOUT_MS = 10_000;
    /** Above the bound that the controller has for it. */
    private static final long VOTER_CHANGE_TIMEOUT_MS = 60_000;

    /**
     * What the handlers work on.
     *
     * @param newest the newest image: answers that send a client away name the leader of this one, which may not serve yet
     * @param images the newest image whose roles this node serves
     * @param comingLeaders what this node is about to lead
     * @param brokerEpoch epoch of this node's registration
     * @param quorumLeader node id of the active controller, -1 when not known
     */
    record Parts(
            Supplier<MetadataImage> newest,
            Supplier<MetadataImage> images,
            ComingLeaders comingLeaders,
            ReplicaRegistry replicas,
            GroupCoordinators groups,
            LogDirs logDirs,
            ControllerGateway gateway,
            LongSupplier brokerEpoch,
            IntSupplier quorumLeader,
            Authorizer authorizer) {}

    private final FetchSessions sessions;
    private final FetchHandler fetch;
    private final ProduceHandler produce;
    private final MetadataHold metadataHold;
    private final List<ApiHandler<?>> handlers;

    /** @param metadataHold gives the images that Metadata and FindCoordinator are answered from; closed with this */
    BrokerApis(NodeConfig config, NodeThreads threads, Parts parts, MetadataHold metadataHold) {
        this.metadataHold = metadataHold;
        Supplier<MetadataImage> images = parts.images;
        ReplicaRegistry replicas = parts.replicas;
        GroupCoordinators groups = parts.groups;
        ControllerGateway gateway = parts.gateway;
        Authorizer authorizer = parts.authorizer;
        this.sessions = new FetchSessions(
                config.get(NodeSettings.MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS),
                MAX_SESSION_PARTITIONS,
                () -> System.nanoTime() / 1_000_000,
                new SecureRandom()::nextInt);
        this.fetch = new FetchHandler(
                parts.newest,
                replicas,
                sessions,
                authorizer,
                new FetchThreads(new CallerLoop(threads.timer), threads.coldReads),
                config.get(NodeSettings.FETCH_MAX_BYTES),
                NodeSettings.RACK_AWARE_SELECTOR.equals(config.find(NodeSettings.REPLICA_SELECTOR_CLASS))
                        ? new RackAwareReplicas(config.nodeId())
                        : null);
        this.produce = new ProduceHandler(
                parts.newest,
                replicas,
                authorizer,
                System::nanoTime,
                OccasionalLog.on(threads.timer),
                new SlowAppends(threads.codecs, parts.comingLeaders));
        ProducerIds producerIds = new ProducerIds(gateway, config.nodeId(), parts.brokerEpoch, CONTROLLER_TIMEOUT_MS);
        this.handlers = List.of(
                new MetadataHandler(
                        metadataHold,
                        parts.quorumLeader,
                        gateway,
                        authorizer,
                        config.get(NodeSettings.AUTO_CREATE_TOPICS_ENABLE)),
                new DescribeTopicPartitionsHandler(
                        images, authorizer, config.get(NodeSettings.MAX_REQUEST_PARTITION_SIZE_LIMIT)),
                new DescribeClusterHandler(images, parts.quorumLeader, authorizer),
                new CreateTopicsHandler(gateway, authorizer),
                new DeleteTopicsHandler(images, gateway, authorizer, true),
                ForwardHandler.judgedThere(
                        ApiKeys.CREATE_PARTITIONS,
                        gateway,
                        request -> ForwardTimeout.of(((CreatePartitionsRequestData) request).timeoutMs())),
                ForwardHandler.judgedThere(
                        ApiKeys.ELECT_LEADERS,
                        gateway,
                        request -> ForwardTimeout.of(((ElectLeadersRequestData) request).timeoutMs())),
                produce,
                fetch,
                new ListOffsetsHandler(images, replicas, authorizer, threads.blocking),
                new DeleteRecordsHandler(images, replicas, authorizer, threads.blocking, System::nanoTime),
                new OffsetForLeaderEpochHandler(images, replicas, authorizer),
                new InitProducerIdHandler(producerIds, authorizer),
                new DescribeConfigsHandler(images, config, authorizer),
                ForwardHandler.judgedThere(
                        ApiKeys.INCREMENTAL_ALTER_CONFIGS, gateway, request -> CONTROLLER_TIMEOUT_MS),
                ForwardHandler.judgedThere(ApiKeys.ALTER_CONFIGS, gateway, request -> CONTROLLER_TIMEOUT_MS),
                new DescribeLogDirsHandler(parts.logDirs, replicas, authorizer),
                new AlterReplicaLogDirsHandler(images, parts.logDirs, authorizer, threads.blocking),
                new FindCoordinatorHandler(images, metadataHold::untilLed, offsetsTopic(config, gateway), authorizer),
                new JoinGroupHandler(groups, authorizer),
                new SyncGroupHandler(groups, authorizer),
                new HeartbeatHandler(groups, authorizer),
                new LeaveGroupHandler(groups, authorizer),
                new OffsetCommitHandler(images, groups, authorizer),
                new OffsetFetchHandler(images, groups, authorizer),
                new OffsetDeleteHandler(images, groups, authorizer),
                new ListGroupsHandler(groups, authorizer),
                new DescribeGroupsHandler(groups, authorizer),
                new DeleteGroupsHandler(groups, authorizer),
                new ConsumerGroupHeartbeatHandler(groups, authorizer),
                new ConsumerGroupDescribeHandler(groups, authorizer),
                new ForwardHandler(
                        ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                        Operation.ALTER,
                        gateway,
                        authorizer,
                        CONTROLLER_TIMEOUT_MS),
                new ListPartitionReassignmentsHandler(images, authorizer),
                new ForwardHandler(
                        ApiKeys.ADD_RAFT_VOTER, Operation.ALTER, gateway, authorizer, VOTER_CHANGE_TIMEOUT_MS),
                new ForwardHandler(
                        ApiKeys.REMOVE_RAFT_VOTER, Operation.ALTER, gateway, authorizer, VOTER_CHANGE_TIMEOUT_MS),
                new ForwardHandler(
                        ApiKeys.UNREGISTER_BROKER, Operation.ALTER, gateway, authorizer, CONTROLLER_TIMEOUT_MS),
                new DescribeQuorumForwarder(gateway, images, config.controllerListenerName(), authorizer));
    }

    private static OffsetsTopic offsetsTopic(NodeConfig config, ControllerGateway gateway) {
        return new OffsetsTopic(
                gateway,
                config.get(LogSettings.OFFSETS_TOPIC_NUM_PARTITIONS),
                config.get(LogSettings.OFFSETS_TOPIC_REPLICATION_FACTOR),
                config.get(LogSettings.OFFSETS_TOPIC_SEGMENT_BYTES),
                CONTROLLER_TIMEOUT_MS);
    }

    List<ApiHandler<?>> handlers() {
        return handlers;
    }

    int fetchSessions() {
        return sessions.size();
    }

    /** Bytes of records that consumers have read from this broker as a follower, since the start. */
    long bytesReadFromFollowers() {
        return fetch.bytesReadFromFollowers();
    }

    /** How often records had to be brought from disk into memory before they could be sent, since the start. */
    long coldReads() {
        return fetch.coldReads();
    }

    /** Batches refused for what they are, since the start. */
    long refusedBatches() {
        return produce.refusedBatches();
    }

    /** Answers the requests that wait. */
    @Override
    public void close() {
        metadataHold.close();
        fetch.close();
    }
}
