/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.ReplicaLocations;
import io.klamm.replication.partition.Scheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.DirectoryData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.PartitionData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.TopicData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the controller in which log dirs the replicas of this node are (AssignReplicasToDirs, KIP-858): many in one request, one
 * request at a time, the newest word for each replica, until the controller has it or the replica is gone. What waits is bounded by
 * the number of replicas here. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the stage handles its own failure
public final class DirectoryAssignmentSender implements ReplicaLocations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryAssignmentSender.class);
    private static final int MAX_PARTITIONS_PER_REQUEST = 2_000;
    /** Before a request is tried again; also gathers what a node finds when it opens its logs. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final int nodeId;
    private final LongSupplier brokerEpoch;
    private final ControllerGateway controller;
    private final Supplier<MetadataImage> image;
    private final Scheduler scheduler;
    private final long timeoutMs;
    private final Map<PartitionId, Uuid> waiting = new LinkedHashMap<>();
    /** A request is on its way, or the pause before it. */
    private boolean busy;

    private boolean closed;

    /** @param timeoutMs for one request; after it the outcome is unknown, and it is sent again */
    public DirectoryAssignmentSender(
            int nodeId,
            LongSupplier brokerEpoch,
            ControllerGateway controller,
            Supplier<MetadataImage> image,
            Scheduler scheduler,
            long timeoutMs) {
        this.nodeId = nodeId;
        this.brokerEpoch = brokerEpoch;
        this.controller = controller;
        this.image = image;
        this.scheduler = scheduler;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public void located(PartitionId id, Uuid directory) {
        synchronized (this) {
            waiting.put(id, directory);
        }
        sendLater();
    }

    private void sendLater() {
        synchronized (this) {
            if (closed || busy || waiting.isEmpty()) {
                return;
            }
            busy = true;
        }
        scheduler.schedule(PAUSE_NANOS, this::send);
    }

    private void send() {
        long epoch = brokerEpoch.getAsLong();
        Map<PartitionId, Uuid> batch = epoch < 0 ? Map.of() : nextBatch(image.get());
        if (batch.isEmpty()) { // nothing left to tell, or not registered yet
            rest();
            return;
        }
        controller.send(request(epoch, batch), timeoutMs).whenComplete((response, failure) -> {
            try {
                answered(batch, response, failure);
            } finally {
                rest();
            }
        });
    }

    private void rest() {
        synchronized (this) {
            busy = false;
        }
        sendLater();
    }

    /** What the image does not say yet. */
    private synchronized Map<PartitionId, Uuid> nextBatch(MetadataImage now) {
        Map<PartitionId, Uuid> batch = new LinkedHashMap<>();
        for (Iterator<Map.Entry<PartitionId, Uuid>> all = waiting.entrySet().iterator();
                all.hasNext() && batch.size() < MAX_PARTITIONS_PER_REQUEST; ) {
            Map.Entry<PartitionId, Uuid> next = all.next();
            PartitionState state = now.partition(next.getKey());
            if (state == null
                    || !state.replicas().contains(nodeId)
                    || state.directory(nodeId).equals(next.getValue())) {
                all.remove();
            } else {
                batch.put(next.getKey(), next.getValue());
            }
        }
        return batch;
    }

    private AssignReplicasToDirsRequestData request(long epoch, Map<PartitionId, Uuid> batch) {
        Map<Uuid, Map<Uuid, TopicData>> directories = new LinkedHashMap<>();
        batch.forEach((id, directory) -> directories
                .computeIfAbsent(directory, dir -> new LinkedHashMap<>())
                .computeIfAbsent(id.topicId(), topic -> new TopicData().setTopicId(topic))
                .partitions()
                .add(new PartitionData().setPartitionIndex(id.partition())));
        AssignReplicasToDirsRequestData request =
                new AssignReplicasToDirsRequestData().setBrokerId(nodeId).setBrokerEpoch(epoch);
        directories.forEach((directory, topics) -> request.directories()
                .add(new DirectoryData().setId(directory).setTopics(new ArrayList<>(topics.values()))));
        return request;
    }

    private void answered(Map<PartitionId, Uuid> batch, @Nullable ApiMessage message, @Nullable Throwable failure) {
        if (!(message instanceof AssignReplicasToDirsResponseData response)) {
            LOG.debug("the log dirs of {} replicas are told again: {}", batch.size(), String.valueOf(failure));
            return;
        }
        Errors top = Errors.forCode(response.errorCode());
        if (top != Errors.NONE) {
            // with a stale epoch this broker registers again, and tells again under its new one
            LOG.debug("the log dirs of {} replicas are told again: {}", batch.size(), top);
            return;
        }
        Map<PartitionId, Errors> settled = new HashMap<>();
        response.directories().forEach(directory -> directory.topics().forEach(topic -> topic.partitions()
                .forEach(partition -> settled.put(
                        new PartitionId(topic.topicId(), partition.partitionIndex()),
                        Errors.forCode(partition.errorCode())))));
        synchronized (this) {
            batch.forEach((id, directory) -> {
                // An error says that the controller does not know this replica; a newer word stays.
                if (settled.containsKey(id)) {
                    waiting.remove(id, directory);
                }
            });
        }
    }

    /** Sends nothing more. */
    @Override
    public synchronized void close() {
        closed = true;
        waiting.clear();
    }
}
