/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.quorum.FactHistory;
import io.klamm.metadata.quorum.SnapshotId;
import io.klamm.metadata.quorum.SnapshotNeededException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Fetch on the CONTROLLER listener: the applied facts as {@code __cluster_metadata}, from any voter. Parks until there are new
 * facts or the asked time is over. Too far behind: the id of the snapshot to load. Above the end: OFFSET_OUT_OF_RANGE, and the
 * tailer asks a voter that is further. There are no fetch sessions here.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the stage completes what it is for
public final class MetadataFetchHandler implements ApiHandler<FetchRequestData> {
    private static final int MAX_WAIT_MS = 10_000;
    private static final int MAX_BYTES = 8 << 20;
    /** Of Fetch, and with snapshot ids; a client before it cannot tail (KIP-595, KIP-630). */
    private static final short FIRST_WITH_LEADER = 12;

    /**
     * Who leads the quorum, as this voter knows it.
     *
     * @param nodeId -1 when not known
     * @param term of the last fact applied
     */
    public record Leader(int nodeId, int term) {}

    private final String clusterId;
    private final FactHistory history;
    private final Supplier<Leader> leader;
    private final TailingBrokers tailing;
    private final ScheduledExecutorService timer;
    private final Authorizer authorizer;

    public MetadataFetchHandler(
            String clusterId,
            FactHistory history,
            Supplier<Leader> leader,
            TailingBrokers tailing,
            ScheduledExecutorService timer,
            Authorizer authorizer) {
        this.clusterId = clusterId;
        this.history = history;
        this.leader = leader;
        this.tailing = tailing;
        this.timer = timer;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FETCH;
    }

    @Override
    public CompletionStage<FetchResponseData> handle(RequestContext context, FetchRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(failed(Errors.CLUSTER_AUTHORIZATION_FAILED));
        }
        if (request.clusterId() != null && !request.clusterId().equals(clusterId)) {
            return CompletableFuture.completedFuture(failed(Errors.INCONSISTENT_CLUSTER_ID));
        }
        FetchPartition asked = metadataPartition(context.version(), request);
        if (asked == null) {
            return CompletableFuture.completedFuture(answer(context, request, null));
        }
        int replicaId = context.version() >= 15 ? request.replicaState().replicaId() : request.replicaId();
        tailing.fetched(replicaId, asked.fetchOffset());
        long waitMs = Math.min(request.maxWaitMs(), MAX_WAIT_MS);
        if (waitMs <= 0 || asked.fetchOffset() != history.endOffset()) {
            return CompletableFuture.completedFuture(answer(context, request, asked));
        }
        return parked(asked.fetchOffset(), waitMs).thenApply(ignored -> answer(context, request, asked));
    }

    /** Completes, always without failure, when there are facts from {@code offset} on, after {@code waitMs}, or at close. */
    private CompletableFuture<Void> parked(long offset, long waitMs) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        CompletableFuture<Void> news = history.awaitAbove(offset);
        Future<?> deadline = timer.schedule(
                () -> {
                    done.complete(null);
                    news.cancel(false);
                },
                waitMs,
                TimeUnit.MILLISECONDS);
        news.whenComplete((ignored, failure) -> {
            deadline.cancel(false);
            done.complete(null);
        });
        return done;
    }

    private static @Nullable FetchPartition metadataPartition(short version, FetchRequestData request) {
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                if (isMetadata(version, topic, partition)) {
                    return partition;
                }
            }
        }
        return null;
    }

    private static boolean isMetadata(short version, FetchTopic topic, FetchPartition partition) {
        boolean named = version >= 13
                ? topic.topicId().equals(Uuid.METADATA_TOPIC_ID)
                : topic.topic().equals(MetadataTopic.NAME);
        return named && partition.partition() == MetadataTopic.PARTITION;
    }

    /** Reads once, for the partition {@code asked}; every other partition is unknown here. */
    @SuppressWarnings("ReferenceEquality") // the one that was found above, not one that looks like it
    private FetchResponseData answer(RequestContext context, FetchRequestData request, @Nullable FetchPartition asked) {
        List<FetchableTopicResponse> topics = new ArrayList<>();
        for (FetchTopic topic : request.topics()) {
            List<PartitionData> partitions = new ArrayList<>();
            for (FetchPartition partition : topic.partitions()) {
                PartitionData data = partition == asked
                        ? read(context.version(), partition, request.maxBytes())
                        : new PartitionData()
                                .setErrorCode((context.version() >= 13
                                                ? Errors.UNKNOWN_TOPIC_ID
                                                : Errors.UNKNOWN_TOPIC_OR_PARTITION)
                                        .code())
                                .setRecords(MemoryRecords.EMPTY);
                partitions.add(data.setPartitionIndex(partition.partition()));
            }
            topics.add(new FetchableTopicResponse()
                    .setTopic(topic.topic())
                    .setTopicId(topic.topicId())
                    .setPartitions(partitions));
        }
        return new FetchResponseData().setResponses(topics);
    }

    private PartitionData read(short version, FetchPartition asked, int maxBytes) {
        Leader known = leader.get();
        PartitionData data = new PartitionData().setRecords(MemoryRecords.EMPTY);
        if (version >= FIRST_WITH_LEADER) {
            data.currentLeader().setLeaderId(known.nodeId).setLeaderEpoch(known.term);
        }
        try {
            int bytes = Math.min(MAX_BYTES, Math.min(maxBytes, asked.partitionMaxBytes()));
            List<ByteBuffer> encoded = history.read(asked.fetchOffset(), Math.max(1, bytes));
            List<FactBatch> batches = new ArrayList<>(encoded.size());
            encoded.forEach(batch -> batches.add(FactCodec.decode(batch.duplicate())));
            if (!batches.isEmpty()) {
                data.setRecords(FactRecords.toRecords(batches));
            }
        } catch (SnapshotNeededException e) {
            SnapshotId snapshot = e.snapshot();
            if (version >= FIRST_WITH_LEADER) {
                data.snapshotId().setEndOffset(snapshot.endOffset()).setEpoch(snapshot.term());
            } else {
                data.setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code());
            }
        } catch (IndexOutOfBoundsException e) {
            data.setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code());
        }
        long end = history.endOffset();
        return data.setHighWatermark(end).setLastStableOffset(end).setLogStartOffset(history.startOffset());
    }

    private static FetchResponseData failed(Errors error) {
        return new FetchResponseData().setErrorCode(error.code());
    }
}
