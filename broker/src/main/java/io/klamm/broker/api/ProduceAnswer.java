/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.CloseConnectionException;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.storage.log.RejectedBatchException.RecordError;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the outcomes of one produce request. The rows are laid out by the event loop while it starts the appends; each outcome
 * fills its own row, on whatever thread; the last one completes the answer. The counter orders the rows before the answer.
 */
final class ProduceAnswer {
    private static final int FIRST_VERSION_WITH_HINTS = 10;

    private final RequestContext context;
    private final short acks;
    private final Supplier<MetadataImage> images;
    private final ProduceResponseData response = new ProduceResponseData();
    private final CompletableFuture<@Nullable ProduceResponseData> future = new CompletableFuture<>();
    /** One for each open partition, and one until all have been started. */
    private final AtomicInteger open = new AtomicInteger(1);

    private TopicProduceResponse topic = new TopicProduceResponse();
    private volatile boolean failed;
    private volatile boolean hints;

    ProduceAnswer(RequestContext context, short acks, Supplier<MetadataImage> images) {
        this.context = context;
        this.acks = acks;
        this.images = images;
    }

    short acks() {
        return acks;
    }

    /** Rows that follow belong to this topic. */
    void startTopic(String name, Uuid topicId) {
        topic = new TopicProduceResponse().setName(name).setTopicId(topicId);
        response.responses().mustAdd(topic);
    }

    Row startPartition(int index) {
        open.incrementAndGet();
        Row row = new Row(new PartitionProduceResponse().setIndex(index));
        topic.partitionResponses().add(row.response);
        return row;
    }

    /** A partition's place in the answer; filled once. */
    static final class Row {
        private final PartitionProduceResponse response;
        private final AtomicBoolean filled = new AtomicBoolean();

        private Row(PartitionProduceResponse response) {
            this.response = response;
        }
    }

    /** All partitions have been started. */
    CompletionStage<@Nullable ProduceResponseData> started() {
        closeOne();
        return future;
    }

    /**
     * The outcome of one partition, by any thread. Only the first one of each row counts: a second one (an append that has answered
     * and then thrown) must neither change an answer that may be on its way nor close the row of another partition.
     */
    void done(Row row, AppendOutcome outcome) {
        if (!row.filled.compareAndSet(false, true)) {
            return;
        }
        row.response
                .setErrorCode(outcome.error().code())
                .setErrorMessage(outcome.message())
                .setBaseOffset(outcome.baseOffset())
                .setLogAppendTimeMs(outcome.logAppendTimeMs())
                .setLogStartOffset(outcome.logStartOffset());
        for (RecordError record : outcome.recordErrors()) {
            row.response
                    .recordErrors()
                    .add(new BatchIndexAndErrorMessage()
                            .setBatchIndex(record.index())
                            .setBatchIndexErrorMessage(record.message()));
        }
        if (outcome.error() != Errors.NONE) {
            failed = true;
            if (LeaderHints.wanted(outcome.error()) && context.version() >= FIRST_VERSION_WITH_HINTS) {
                hints = true;
            }
        }
        closeOne();
    }

    private void closeOne() {
        if (open.decrementAndGet() > 0) {
            return;
        }
        if (acks != 0) {
            if (hints) {
                addHints();
            }
            future.complete(response);
        } else if (failed) {
            future.completeExceptionally(new CloseConnectionException("a produce request with acks=0 failed"));
        } else {
            future.complete(null);
        }
    }

    private void addHints() {
        LeaderHints leaders = new LeaderHints(images, context.listenerName());
        for (TopicProduceResponse answered : response.responses()) {
            for (PartitionProduceResponse row : answered.partitionResponses()) {
                if (LeaderHints.wanted(Errors.forCode(row.errorCode()))) {
                    addHint(leaders, answered, row);
                }
            }
        }
        leaders.forEachEndpoint((nodeId, leader) -> response.nodeEndpoints()
                .add(new NodeEndpoint()
                        .setNodeId(nodeId)
                        .setHost(leader.endpoint().host())
                        .setPort(leader.endpoint().port())
                        .setRack(leader.broker().registration().rack())));
    }

    private void addHint(LeaderHints leaders, TopicProduceResponse answered, PartitionProduceResponse row) {
        Uuid topicId = Uuid.ZERO_UUID.equals(answered.topicId())
                ? images.get().topicIds().get(answered.name())
                : answered.topicId();
        var state = topicId == null ? null : leaders.leaderOf(new PartitionId(topicId, row.index()));
        if (state != null) {
            row.setCurrentLeader(
                    new LeaderIdAndEpoch().setLeaderId(state.leader()).setLeaderEpoch(state.leaderEpoch()));
        }
    }
}
