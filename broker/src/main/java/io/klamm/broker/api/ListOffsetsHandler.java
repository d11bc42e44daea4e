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
import io.klamm.replication.partition.PartitionReplica.OffsetOutcome;
import io.klamm.replication.partition.ReplicaRegistry;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ListOffsets, versions 1 to 11. The ends of a log are known at once; a search by time reads the disk, so a request that has one runs
 * on a pool.
 */
public final class ListOffsetsHandler implements ApiHandler<ListOffsetsRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);
    private static final int FIRST_VERSION_WITH_LEADER_EPOCH = 4;
    private static final int FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE = 5;
    private static final OffsetOutcome NOTHING_TIERED = new OffsetOutcome(Errors.NONE, -1, -1, -1);

    private final Supplier<MetadataImage> images;
    private final ReplicaRegistry replicas;
    private final Authorizer authorizer;
    private final Executor searches;

    /** @param searches small bounded pool that may block on the disk; it may reject */
    public ListOffsetsHandler(
            Supplier<MetadataImage> images, ReplicaRegistry replicas, Authorizer authorizer, Executor searches) {
        this.images = images;
        this.replicas = replicas;
        this.authorizer = authorizer;
        this.searches = searches;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_OFFSETS;
    }

    @Override
    public CompletionStage<ListOffsetsResponseData> handle(RequestContext context, ListOffsetsRequestData request) {
        MetadataImage image = images.get();
        if (!searchesByTime(request)) {
            return CompletableFuture.completedFuture(answer(context, request, image));
        }
        try {
            return CompletableFuture.supplyAsync(() -> answer(context, request, image), searches);
        } catch (RejectedExecutionException e) {
            throw new TimeoutException("too many searches by timestamp are waiting", e);
        }
    }

    private static boolean searchesByTime(ListOffsetsRequestData request) {
        for (ListOffsetsTopic topic : request.topics()) {
            for (ListOffsetsPartition partition : topic.partitions()) {
                if (partition.timestamp() >= 0 || partition.timestamp() == ListOffsetsRequest.MAX_TIMESTAMP) {
                    return true;
                }
            }
        }
        return false;
    }

    private ListOffsetsResponseData answer(
            RequestContext context, ListOffsetsRequestData request, MetadataImage image) {
        Set<TopicPartition> once = new HashSet<>();
        Set<TopicPartition> twice = new HashSet<>();
        for (ListOffsetsTopic topic : request.topics()) {
            for (ListOffsetsPartition asked : topic.partitions()) {
                TopicPartition partition = new TopicPartition(topic.name(), asked.partitionIndex());
                if (!once.add(partition)) {
                    twice.add(partition);
                }
            }
        }
        ListOffsetsResponseData response = new ListOffsetsResponseData();
        for (ListOffsetsTopic topic : request.topics()) {
            ListOffsetsTopicResponse answered = new ListOffsetsTopicResponse().setName(topic.name());
            response.topics().add(answered);
            boolean allowed = authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, topic.name());
            TopicImage known = image.topic(topic.name());
            for (ListOffsetsPartition asked : topic.partitions()) {
                OffsetOutcome outcome;
                if (!allowed) {
                    outcome = failed(Errors.TOPIC_AUTHORIZATION_FAILED);
                } else if (twice.contains(new TopicPartition(topic.name(), asked.partitionIndex()))) {
                    outcome = failed(Errors.INVALID_REQUEST);
                } else {
                    outcome = outcome(context, request, known, asked);
                }
                answered.partitions().add(row(context, asked, outcome));
            }
        }
        return response;
    }

    private OffsetOutcome outcome(
            RequestContext context,
            ListOffsetsRequestData request,
            @Nullable TopicImage topic,
            ListOffsetsPartition asked) {
        if (topic == null || topic.partition(asked.partitionIndex()) == null) {
            return failed(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        long timestamp = asked.timestamp();
        if (timestamp < 0 && context.version() < firstVersionOf(timestamp)) {
            return failed(Errors.UNSUPPORTED_VERSION);
        }
        PartitionReplica replica = replicas.replica(new PartitionId(topic.id(), asked.partitionIndex()));
        if (replica == null) {
            return failed(Errors.NOT_LEADER_OR_FOLLOWER);
        }
        boolean tiered = timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP;
        try {
            OffsetOutcome outcome = replica.offsetFor(
                    asked.currentLeaderEpoch(),
                    tiered ? ListOffsetsRequest.EARLIEST_TIMESTAMP : timestamp,
                    request.isolationLevel() == 1,
                    request.replicaId());
            // nothing is tiered, but only the leader may say so
            return tiered && outcome.error() == Errors.NONE ? NOTHING_TIERED : outcome;
        } catch (RuntimeException e) {
            LOG.error("looking for an offset of {}-{} failed", topic.name(), asked.partitionIndex(), e);
            return failed(Errors.UNKNOWN_SERVER_ERROR);
        }
    }

    /** First version that knows a special timestamp (KIP-734, KIP-405, KIP-1005, KIP-1023). */
    private static int firstVersionOf(long timestamp) {
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP || timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP) {
            return 0;
        }
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
            return 7;
        }
        if (timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return 8;
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP) {
            return 9;
        }
        return timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP ? 11 : Integer.MAX_VALUE;
    }

    private static OffsetOutcome failed(Errors error) {
        return new OffsetOutcome(error, -1, -1, -1);
    }

    private static ListOffsetsPartitionResponse row(
            RequestContext context, ListOffsetsPartition asked, OffsetOutcome outcome) {
        Errors error = outcome.error();
        if (error == Errors.OFFSET_NOT_AVAILABLE && context.version() < FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE) {
            error = Errors.LEADER_NOT_AVAILABLE;
        }
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(asked.partitionIndex())
                .setErrorCode(error.code())
                .setOffset(outcome.offset())
                .setTimestamp(outcome.timestampMs())
                .setLeaderEpoch(context.version() < FIRST_VERSION_WITH_LEADER_EPOCH ? -1 : outcome.leaderEpoch());
    }
}
