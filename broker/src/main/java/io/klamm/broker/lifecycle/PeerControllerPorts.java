/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.controller.ControllerPorts;
import io.klamm.metadata.controller.ReplicaLogInfo;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.peer.PeerChannel;
import io.klamm.replication.peer.PeerConnector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The active controller's eyes: dials brokers, and asks them what their replicas hold, over their inter-broker listener. */
public final class PeerControllerPorts implements ControllerPorts {
    /** Asking replica id of OffsetForLeaderEpoch that lets a broker answer from its own log, leader or not. */
    private static final int ANY_REPLICA = -2;

    private static final int PARTITIONS_PER_REQUEST = 2_000;
    private static final long DIAL_TIMEOUT_MS = 1_000;
    private static final long ANSWER_TIMEOUT_MS = 3_000;

    private final String listenerName;
    private final PeerConnector connector;
    private final Supplier<MetadataImage> image;
    private final Function<Map<String, String>, @Nullable String> topicConfigCheck;

    /**
     * @param listenerName the inter-broker listener
     * @param topicConfigCheck null when a topic configuration is valid, else what is wrong
     */
    public PeerControllerPorts(
            String listenerName,
            PeerConnector connector,
            Supplier<MetadataImage> image,
            Function<Map<String, String>, @Nullable String> topicConfigCheck) {
        this.listenerName = listenerName;
        this.connector = connector;
        this.image = image;
        this.topicConfigCheck = topicConfigCheck;
    }

    @Override
    public CompletableFuture<Boolean> dial(BrokerImage broker) {
        Endpoint endpoint = broker.endpoint(listenerName);
        return endpoint == null
                ? noEndpoint(broker)
                : connector.dial(endpoint.host(), endpoint.port(), DIAL_TIMEOUT_MS);
    }

    /**
     * Partitions that the broker cannot answer for are left out: their logs are still being opened, or it has not yet heard of the
     * leader epoch of the question, or of a later one already.
     */
    @Override
    public CompletableFuture<List<ReplicaLogInfo>> replicaLogInfo(
            BrokerImage broker, Map<PartitionId, Integer> partitions) {
        Endpoint endpoint = broker.endpoint(listenerName);
        if (endpoint == null) {
            return noEndpoint(broker);
        }
        PeerChannel channel = connector.connect(endpoint.host(), endpoint.port(), "log-info");
        return ask(channel, List.copyOf(partitions.entrySet()), 0, new ArrayList<>())
                .whenComplete((infos, failure) -> channel.close());
    }

    private CompletableFuture<List<ReplicaLogInfo>> ask(
            PeerChannel channel,
            List<Map.Entry<PartitionId, Integer>> partitions,
            int from,
            List<ReplicaLogInfo> soFar) {
        if (from >= partitions.size()) {
            return CompletableFuture.completedFuture(soFar);
        }
        int to = Math.min(partitions.size(), from + PARTITIONS_PER_REQUEST);
        Map<String, TopicImage> names = new HashMap<>();
        OffsetForLeaderEpochRequestData request = request(partitions.subList(from, to), names);
        return channel.send(request, ANSWER_TIMEOUT_MS).thenCompose(response -> {
            collect(response, names, soFar);
            return ask(channel, partitions, to, soFar);
        });
    }

    /** The wire names topics: {@code names} remembers which topic id each name stands for. */
    private OffsetForLeaderEpochRequestData request(
            List<Map.Entry<PartitionId, Integer>> partitions, Map<String, TopicImage> names) {
        MetadataImage current = image.get();
        OffsetForLeaderEpochRequestData request = new OffsetForLeaderEpochRequestData().setReplicaId(ANY_REPLICA);
        for (Map.Entry<PartitionId, Integer> partition : partitions) {
            PartitionId id = partition.getKey();
            TopicImage topic = current.topic(id.topicId());
            if (topic == null) {
                continue;
            }
            OffsetForLeaderTopic asked = request.topics().find(topic.name());
            if (asked == null) {
                names.put(topic.name(), topic);
                asked = new OffsetForLeaderTopic().setTopic(topic.name());
                request.topics().add(asked);
            }
            asked.partitions()
                    .add(new OffsetForLeaderPartition()
                            .setPartition(id.partition())
                            .setCurrentLeaderEpoch(partition.getValue())
                            .setLeaderEpoch(Integer.MAX_VALUE));
        }
        return request;
    }

    private static void collect(ApiMessage message, Map<String, TopicImage> names, List<ReplicaLogInfo> infos) {
        OffsetForLeaderEpochResponseData response = (OffsetForLeaderEpochResponseData) message;
        response.topics().forEach(topic -> {
            TopicImage asked = names.get(topic.topic());
            if (asked == null) {
                return;
            }
            topic.partitions().forEach(partition -> {
                if (partition.errorCode() == Errors.NONE.code()) {
                    infos.add(new ReplicaLogInfo(
                            new PartitionId(asked.id(), partition.partition()),
                            partition.leaderEpoch(),
                            Math.max(0, partition.endOffset())));
                }
            });
        });
    }

    @Override
    public @Nullable String validateTopicConfig(Map<String, String> configs) {
        return topicConfigCheck.apply(configs);
    }

    private <T> CompletableFuture<T> noEndpoint(BrokerImage broker) {
        return CompletableFuture.failedFuture(
                new IllegalStateException("broker " + broker.nodeId() + " has no listener " + listenerName));
    }
}
