/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.PartitionReplica.DeleteOutcome;
import io.klamm.replication.partition.ReplicaRegistry;
import io.klamm.storage.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * DeleteRecords, versions 0 to 2: the leader deletes what lies before an offset and answers when every live replica has (KIP-107). Not
 * on topics that are only compacted: their records go by key.
 */
public final class DeleteRecordsHandler implements ApiHandler<DeleteRecordsRequestData> {
    private final Supplier<MetadataImage> images;
    private final ReplicaRegistry replicas;
    private final Authorizer authorizer;
    private final Executor deleting;
    private final LongSupplier nanoTime;

    /**
     * @param deleting small bounded pool that may block on the disk; it may reject
     * @param nanoTime the monotonic clock of {@link PartitionReplica#deleteRecords} deadlines
     */
    public DeleteRecordsHandler(
            Supplier<MetadataImage> images,
            ReplicaRegistry replicas,
            Authorizer authorizer,
            Executor deleting,
            LongSupplier nanoTime) {
        this.images = images;
        this.replicas = replicas;
        this.authorizer = authorizer;
        this.deleting = deleting;
        this.nanoTime = nanoTime;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_RECORDS;
    }

    @Override
    public CompletionStage<DeleteRecordsResponseData> handle(RequestContext context, DeleteRecordsRequestData request) {
        MetadataImage image = images.get();
        long deadlineNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, request.timeoutMs()));
        try {
            return CompletableFuture.completedFuture(image)
                    .thenComposeAsync(now -> start(context, request, now, deadlineNanos), deleting);
        } catch (RejectedExecutionException e) {
            throw new TimeoutException("too many deletions of records are waiting", e);
        }
    }

    private CompletableFuture<DeleteRecordsResponseData> start(
            RequestContext context, DeleteRecordsRequestData request, MetadataImage image, long deadlineNanos) {
        DeleteRecordsResponseData response = new DeleteRecordsResponseData();
        List<CompletableFuture<Void>> rows = new ArrayList<>();
        for (DeleteRecordsTopic asked : request.topics()) {
            DeleteRecordsTopicResult topic = new DeleteRecordsTopicResult().setName(asked.name());
            response.topics().add(topic);
            boolean allowed = authorizer.allows(context, Operation.DELETE, Resource.TOPIC, asked.name());
            for (DeleteRecordsPartition partition : asked.partitions()) {
                DeleteRecordsPartitionResult row =
                        new DeleteRecordsPartitionResult().setPartitionIndex(partition.partitionIndex());
                topic.partitions().add(row);
                CompletableFuture<DeleteOutcome> outcome = allowed
                        ? delete(image.topic(asked.name()), partition, deadlineNanos)
                        : failed(Errors.TOPIC_AUTHORIZATION_FAILED);
                rows.add(outcome.thenAccept(
                        done -> row.setErrorCode(done.error().code()).setLowWatermark(done.lowWatermark())));
            }
        }
        return CompletableFuture.allOf(rows.toArray(CompletableFuture[]::new)).thenApply(done -> response);
    }

    private CompletableFuture<DeleteOutcome> delete(
            @Nullable TopicImage topic, DeleteRecordsPartition asked, long deadlineNanos) {
        if (topic == null || topic.partition(asked.partitionIndex()) == null) {
            return failed(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        PartitionReplica replica = replicas.replica(new PartitionId(topic.id(), asked.partitionIndex()));
        if (replica == null) {
            return failed(Errors.NOT_LEADER_OR_FOLLOWER);
        }
        PartitionLog log = replica.log();
        if (log != null && !log.config().retention().delete()) {
            return failed(Errors.POLICY_VIOLATION);
        }
        if (asked.offset() < PartitionReplica.HIGH_WATERMARK) {
            return failed(Errors.OFFSET_OUT_OF_RANGE);
        }
        CompletableFuture<DeleteOutcome> outcome = new CompletableFuture<>();
        replica.deleteRecords(asked.offset(), deadlineNanos, outcome::complete);
        return outcome;
    }

    private static CompletableFuture<DeleteOutcome> failed(Errors error) {
        return CompletableFuture.completedFuture(new DeleteOutcome(error, -1));
    }
}
