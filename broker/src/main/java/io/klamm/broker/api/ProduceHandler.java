/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.OccasionalLog;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.ReplicaRegistry;
import io.klamm.storage.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produce, versions 3 to 13; topics by id from version 13 on (KIP-516). Each partition's batches go to its replica as they are; the
 * answer is complete when the last partition is. A failed request with acks=0 has no answer: it closes the connection, so that the
 * client looks for the leader again.
 */
public final class ProduceHandler implements ApiHandler<ProduceRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(ProduceHandler.class);
    private static final int FIRST_VERSION_BY_ID = 13;
    /** Kafka's own tools may write to internal topics under this client id. */
    private static final String ADMIN_CLIENT_ID = "__admin_client";

    private final Supplier<MetadataImage> images;
    private final ReplicaRegistry replicas;
    private final Authorizer authorizer;
    private final LongSupplier nanoTime;
    private final LongAdder refused = new LongAdder();
    private final OccasionalLog refusals;
    private final SlowAppends slowAppends;

    /**
     * @param nanoTime the monotonic clock of {@link PartitionReplica#append} deadlines
     * @param refusals told of batches that are refused
     * @param slowAppends takes what would keep an event loop for long
     */
    public ProduceHandler(
            Supplier<MetadataImage> images,
            ReplicaRegistry replicas,
            Authorizer authorizer,
            LongSupplier nanoTime,
            OccasionalLog refusals,
            SlowAppends slowAppends) {
        this.images = images;
        this.replicas = replicas;
        this.authorizer = authorizer;
        this.nanoTime = nanoTime;
        this.refusals = refusals;
        this.slowAppends = slowAppends;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.PRODUCE;
    }

    @Override
    public CompletionStage<? extends @Nullable ProduceResponseData> handle(
            RequestContext context, ProduceRequestData request) {
        MetadataImage image = images.get();
        ProduceAnswer answer = new ProduceAnswer(context, request.acks(), images);
        Refusal wholeRequest = wholeRequest(request);
        long deadlineNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, request.timeoutMs()));
        for (TopicProduceData asked : request.topicData()) {
            answer.startTopic(asked.name(), asked.topicId());
            TopicImage topic =
                    context.version() >= FIRST_VERSION_BY_ID ? image.topic(asked.topicId()) : image.topic(asked.name());
            Refusal wholeTopic = wholeRequest != null ? wholeRequest : wholeTopic(context, asked, topic);
            for (PartitionProduceData data : asked.partitionData()) {
                ProduceAnswer.Row row = answer.startPartition(data.index());
                if (wholeTopic != null) {
                    answer.done(row, wholeTopic.outcome());
                } else if (topic != null) {
                    append(context, answer, row, new PartitionId(topic.id(), data.index()), data, image, deadlineNanos);
                }
            }
        }
        return answer.started();
    }

    private void append(
            RequestContext context,
            ProduceAnswer answer,
            ProduceAnswer.Row row,
            PartitionId id,
            PartitionProduceData data,
            MetadataImage image,
            long deadlineNanos) {
        if (!(data.records() instanceof MemoryRecords records) || records.sizeInBytes() == 0) {
            answer.done(
                    row,
                    AppendOutcome.failed(Errors.INVALID_RECORD, "the request holds no records for this partition"));
            return;
        }
        if (isTransactional(records.buffer())) {
            answer.done(
                    row, AppendOutcome.failed(Errors.INVALID_TXN_STATE, "this cluster has no transaction coordinator"));
            return;
        }
        PartitionReplica replica = replicas.replica(id);
        if (replica == null) {
            Errors error =
                    image.partition(id) == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NOT_LEADER_OR_FOLLOWER;
            answer.done(row, AppendOutcome.failed(error, null));
            return;
        }
        try {
            slowAppends.append(replica, records.buffer(), answer.acks(), deadlineNanos, outcome -> {
                note(context, replica, outcome);
                answer.done(row, outcome);
            });
        } catch (RuntimeException e) {
            LOG.error("append to {}-{} failed", replica.topic(), id.partition(), e);
            answer.done(row, AppendOutcome.failed(Errors.UNKNOWN_SERVER_ERROR, null));
        }
    }

    /** Nobody could end its transaction. A batch with a producer id is the only one of its append, so the first tells. */
    private static boolean isTransactional(ByteBuffer records) {
        return records.remaining() >= RecordBatch.HEADER_BYTES
                && new RecordBatch().wrap(records, records.position()).isTransactional();
    }

    /** Batches that no retry makes acceptable are counted, and logged from time to time: their client is broken. */
    private void note(RequestContext context, PartitionReplica replica, AppendOutcome outcome) {
        switch (outcome.error()) {
            case CORRUPT_MESSAGE,
                    INVALID_RECORD,
                    MESSAGE_TOO_LARGE,
                    RECORD_LIST_TOO_LARGE,
                    INVALID_TIMESTAMP,
                    UNSUPPORTED_FOR_MESSAGE_FORMAT,
                    OUT_OF_ORDER_SEQUENCE_NUMBER,
                    INVALID_PRODUCER_EPOCH -> {
                refused.increment();
                refusals.log(
                        outcome.error().name(),
                        suffix -> LOG.info(
                                "refused a batch of client {} at {} for {}-{}: {}: {}{}",
                                context.clientId(),
                                context.client(),
                                replica.topic(),
                                replica.id().partition(),
                                outcome.error(),
                                outcome.message(),
                                suffix));
            }
            default -> {
                // The answer says it all.
            }
        }
    }

    /** Batches refused for what they are, since the start. */
    public long refusedBatches() {
        return refused.sum();
    }

    /** Why nothing of a request, or of a topic, is appended. */
    private record Refusal(Errors error, @Nullable String message) {
        AppendOutcome outcome() {
            return AppendOutcome.failed(error, message);
        }
    }

    private static @Nullable Refusal wholeRequest(ProduceRequestData request) {
        if (request.acks() < -1 || request.acks() > 1) {
            return new Refusal(
                    Errors.INVALID_REQUIRED_ACKS, "acks is " + request.acks() + "; it may be 0, 1 or -1 (all)");
        }
        if (request.transactionalId() != null) {
            return new Refusal(
                    Errors.TRANSACTIONAL_ID_NOT_FOUND, "this cluster has no transaction coordinator, so no such id");
        }
        return null;
    }

    private @Nullable Refusal wholeTopic(RequestContext context, TopicProduceData asked, @Nullable TopicImage topic) {
        boolean byId = context.version() >= FIRST_VERSION_BY_ID;
        String name = topic == null ? asked.name() : topic.name();
        if (!(byId && topic == null) && !authorizer.allows(context, Operation.WRITE, Resource.TOPIC, name)) {
            return new Refusal(Errors.TOPIC_AUTHORIZATION_FAILED, null);
        }
        if (topic == null) {
            return new Refusal(byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION, null);
        }
        if (Topic.isInternal(name) && !context.clientId().equals(ADMIN_CLIENT_ID)) {
            return new Refusal(Errors.INVALID_TOPIC_EXCEPTION, "clients do not write to the internal topic " + name);
        }
        return null;
    }
}
