/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchTransport;
import io.klamm.replication.partition.FetchedPartition;
import io.klamm.storage.log.EpochEnd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Fetches over a {@link PeerChannel} of its own, by Kafka's Fetch. It dials the source where the newest image says it is. Answers are
 * handled on the channel's event loop, where the records are written to the log: give fetching its own event loops, so that nothing
 * else waits for them.
 */
public final class PeerFetchTransport implements FetchTransport {
    private final PeerConnector connector;
    private final Supplier<MetadataImage> images;
    private final String listenerName;
    private final int sourceId;
    private final String purpose;
    private final long requestTimeoutMs;
    private @Nullable PeerChannel channel;
    private @Nullable Endpoint endpoint;
    private boolean closed;

    /**
     * @param listenerName listener that nodes use among themselves (inter.broker.listener.name)
     * @param sourceId node to fetch from
     * @param lane number of the connection, for its name
     * @param requestTimeoutMs for an answer, the time that the source may wait not counted (replica.socket.timeout.ms)
     */
    public PeerFetchTransport(
            PeerConnector connector,
            Supplier<MetadataImage> images,
            String listenerName,
            int sourceId,
            int lane,
            long requestTimeoutMs) {
        this.connector = connector;
        this.images = images;
        this.listenerName = listenerName;
        this.sourceId = sourceId;
        this.purpose = "fetch-" + lane;
        this.requestTimeoutMs = requestTimeoutMs;
    }

    @Override
    public void fetch(Request request, Listener listener) {
        PeerChannel current;
        try {
            current = channel();
        } catch (PeerException e) {
            listener.done(null, e);
            return;
        }
        current.send(message(request), requestTimeoutMs + request.maxWaitMs(), (answer, failure) -> {
            if (!(answer instanceof FetchResponseData fetched)) {
                listener.done(null, failure == null ? new PeerException("no answer of node " + sourceId) : failure);
                return;
            }
            Response response;
            try {
                response = response(fetched);
            } catch (RuntimeException e) {
                listener.done(null, new PeerException("the answer of node " + sourceId + " makes no sense", e));
                return;
            }
            listener.done(response, null);
        });
    }

    private synchronized PeerChannel channel() {
        BrokerImage source = images.get().broker(sourceId);
        Endpoint wanted = source == null ? null : source.endpoint(listenerName);
        if (closed || wanted == null) {
            throw new PeerException(
                    closed ? "closed" : "node " + sourceId + " has no endpoint for listener " + listenerName);
        }
        PeerChannel current = channel;
        if (current == null || !wanted.equals(endpoint)) {
            if (current != null) {
                current.close();
            }
            current = connector.connect(wanted.host(), wanted.port(), purpose);
            channel = current;
            endpoint = wanted;
        }
        return current;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    private static FetchRequestData message(Request request) {
        FetchRequestData message = new FetchRequestData()
                .setReplicaState(
                        new ReplicaState().setReplicaId(request.replicaId()).setReplicaEpoch(request.replicaEpoch()))
                .setSessionId(request.sessionId())
                .setSessionEpoch(request.sessionEpoch())
                .setMaxWaitMs(request.maxWaitMs())
                .setMinBytes(request.minBytes())
                .setMaxBytes(request.maxBytes());
        Map<Uuid, FetchTopic> topics = new LinkedHashMap<>();
        for (PartitionFetch fetch : request.partitions()) {
            topics.computeIfAbsent(fetch.id().topicId(), id -> new FetchTopic().setTopicId(id))
                    .partitions()
                    .add(new FetchPartition()
                            .setPartition(fetch.id().partition())
                            .setCurrentLeaderEpoch(fetch.currentLeaderEpoch())
                            .setFetchOffset(fetch.position().fetchOffset())
                            .setLastFetchedEpoch(fetch.position().lastFetchedEpoch())
                            .setLogStartOffset(fetch.position().logStartOffset())
                            .setPartitionMaxBytes(fetch.maxBytes()));
        }
        message.topics().addAll(topics.values());
        Map<Uuid, ForgottenTopic> forgotten = new LinkedHashMap<>();
        for (PartitionId id : request.forgotten()) {
            forgotten
                    .computeIfAbsent(id.topicId(), topicId -> new ForgottenTopic().setTopicId(topicId))
                    .partitions()
                    .add(id.partition());
        }
        message.forgottenTopicsData().addAll(forgotten.values());
        return message;
    }

    private static Response response(FetchResponseData message) {
        List<FetchedPartition> partitions = new ArrayList<>();
        for (FetchableTopicResponse topic : message.responses()) {
            for (PartitionData partition : topic.partitions()) {
                partitions.add(partition(topic.topicId(), partition));
            }
        }
        return new Response(Errors.forCode(message.errorCode()), message.sessionId(), partitions);
    }

    private static FetchedPartition partition(Uuid topicId, PartitionData data) {
        long divergingEnd = data.divergingEpoch().endOffset();
        return new FetchedPartition(
                new PartitionId(topicId, data.partitionIndex()),
                Errors.forCode(data.errorCode()),
                data.highWatermark(),
                data.logStartOffset(),
                divergingEnd < 0 ? null : new EpochEnd(data.divergingEpoch().epoch(), divergingEnd),
                data.records() instanceof MemoryRecords records ? records.buffer() : null);
    }
}
