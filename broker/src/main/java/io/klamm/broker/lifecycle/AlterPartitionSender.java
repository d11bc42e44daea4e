/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.IsrChangeSender;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionRequestData.PartitionData;
import org.apache.kafka.common.message.AlterPartitionRequestData.TopicData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Sends ISR changes to the controller: one AlterPartition at a time; proposals that come meanwhile travel in the next one. The queue
 * is bounded by the number of partitions led here, since a leader has one proposal in flight. Thread-safe; the lock is not
 * held while futures complete.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the stage hands its own failure to who waits
public final class AlterPartitionSender implements IsrChangeSender, AutoCloseable {
    private static final int MAX_PARTITIONS_PER_REQUEST = 2_000;

    private record Waiting(Proposal proposal, CompletableFuture<Reply> reply) {}

    private final int nodeId;
    private final LongSupplier brokerEpoch;
    private final ControllerGateway controller;
    private final Supplier<MetadataImage> image;
    private final long timeoutMs;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private boolean inFlight;
    private boolean closed;

    /** @param timeoutMs for one request; after it the outcome is unknown */
    public AlterPartitionSender(
            int nodeId,
            LongSupplier brokerEpoch,
            ControllerGateway controller,
            Supplier<MetadataImage> image,
            long timeoutMs) {
        this.nodeId = nodeId;
        this.brokerEpoch = brokerEpoch;
        this.controller = controller;
        this.image = image;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public CompletableFuture<Reply> propose(Proposal proposal) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new TimeoutException("This node is shutting down."));
            }
            waiting.add(new Waiting(proposal, reply));
        }
        sendNext();
        return reply;
    }

    private void sendNext() {
        Map<PartitionId, Waiting> batch = new LinkedHashMap<>();
        synchronized (this) {
            if (inFlight || waiting.isEmpty()) {
                return;
            }
            // A partition comes twice when its leader has lost and won again meanwhile: one after the other.
            while (!waiting.isEmpty() && batch.size() < MAX_PARTITIONS_PER_REQUEST) {
                Waiting next = waiting.element();
                if (batch.putIfAbsent(next.proposal.id(), next) != null) {
                    break;
                }
                waiting.remove();
            }
            inFlight = true;
        }
        send(batch.values()).whenComplete((response, failure) -> {
            synchronized (this) {
                inFlight = false;
            }
            sendNext();
            try {
                answer(batch, response, failure);
            } catch (RuntimeException e) {
                batch.values().forEach(item -> item.reply.completeExceptionally(e));
            }
        });
    }

    /** Fails, never throws: who waits is told, and the next request can go. */
    private CompletableFuture<ApiMessage> send(Iterable<Waiting> batch) {
        try {
            return controller.send(request(batch), timeoutMs);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private AlterPartitionRequestData request(Iterable<Waiting> batch) {
        Map<Uuid, TopicData> topics = new LinkedHashMap<>();
        for (Waiting item : batch) {
            Proposal proposal = item.proposal;
            PartitionData partition = new PartitionData()
                    .setPartitionIndex(proposal.id().partition())
                    .setLeaderEpoch(proposal.leaderEpoch())
                    .setPartitionEpoch(proposal.partitionEpoch());
            for (Member member : proposal.isr()) {
                partition
                        .newIsrWithEpochs()
                        .add(new BrokerState().setBrokerId(member.nodeId()).setBrokerEpoch(member.brokerEpoch()));
            }
            topics.computeIfAbsent(proposal.id().topicId(), id -> new TopicData().setTopicId(id))
                    .partitions()
                    .add(partition);
        }
        return new AlterPartitionRequestData()
                .setBrokerId(nodeId)
                .setBrokerEpoch(brokerEpoch.getAsLong())
                .setTopics(new ArrayList<>(topics.values()));
    }

    private void answer(Map<PartitionId, Waiting> batch, @Nullable ApiMessage message, @Nullable Throwable failure) {
        if (!(message instanceof AlterPartitionResponseData response)) {
            Throwable cause = failure == null ? new TimeoutException("no answer") : failure;
            batch.values().forEach(item -> item.reply.completeExceptionally(cause));
            return;
        }
        Errors top = Errors.forCode(response.errorCode());
        if (top != Errors.NONE) {
            batch.values().forEach(item -> item.reply.complete(new Reply(top, null)));
            return;
        }
        MetadataImage known = image.get();
        Map<PartitionId, Reply> replies = new HashMap<>();
        response.topics().forEach(topic -> topic.partitions().forEach(partition -> {
            PartitionId id = new PartitionId(topic.topicId(), partition.partitionIndex());
            Errors error = Errors.forCode(partition.errorCode());
            PartitionState state = error == Errors.NONE ? state(known.partition(id), partition) : null;
            replies.put(id, new Reply(error, state));
        }));
        batch.forEach((id, item) -> {
            Reply reply = replies.get(id);
            if (reply == null) {
                item.reply.completeExceptionally(new IllegalStateException("no answer for " + id));
            } else {
                item.reply.complete(reply);
            }
        });
    }

    /** The answer names what an ISR change can change; the rest is what this node knows. */
    private static PartitionState state(
            @Nullable PartitionState known, AlterPartitionResponseData.PartitionData committed) {
        List<Integer> replicas = known == null ? committed.isr() : known.replicas();
        return new PartitionState(
                replicas,
                known == null ? Collections.nCopies(replicas.size(), Uuid.ZERO_UUID) : known.directories(),
                committed.isr(),
                known == null ? List.of() : known.elr(),
                known == null ? List.of() : known.lastKnownIsr(),
                known == null ? List.of() : known.addingReplicas(),
                known == null ? List.of() : known.removingReplicas(),
                committed.leaderId(),
                committed.leaderEpoch(),
                committed.partitionEpoch());
    }

    /** Fails what is waiting; what is in flight is failed by its gateway. */
    @Override
    public void close() {
        List<Waiting> failed;
        synchronized (this) {
            closed = true;
            failed = List.copyOf(waiting);
            waiting.clear();
        }
        failed.forEach(item -> item.reply.completeExceptionally(new TimeoutException("This node is shutting down.")));
    }
}
