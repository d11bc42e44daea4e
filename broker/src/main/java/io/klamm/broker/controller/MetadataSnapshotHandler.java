/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.quorum.MetadataQuorum.SnapshotChunk;
import io.klamm.metadata.quorum.SnapshotId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData.PartitionSnapshot;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** FetchSnapshot: a part of a snapshot for a broker that is too far behind for {@link MetadataFetchHandler}. */
public final class MetadataSnapshotHandler implements ApiHandler<FetchSnapshotRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataSnapshotHandler.class);
    private static final int MAX_BYTES = 4 << 20;

    /** Where snapshots are read from; may block on the disk. */
    @FunctionalInterface
    public interface Snapshots {
        /** As {@link io.klamm.metadata.quorum.MetadataQuorum#readSnapshot}. */
        @Nullable
        SnapshotChunk read(SnapshotId id, long position, int maxBytes) throws IOException;
    }

    private final String clusterId;
    private final Snapshots snapshots;
    private final Executor reader;
    private final Authorizer authorizer;

    /** @param reader where files are read, off the event loop */
    public MetadataSnapshotHandler(String clusterId, Snapshots snapshots, Executor reader, Authorizer authorizer) {
        this.clusterId = clusterId;
        this.snapshots = snapshots;
        this.reader = reader;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FETCH_SNAPSHOT;
    }

    @Override
    public CompletionStage<FetchSnapshotResponseData> handle(RequestContext context, FetchSnapshotRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return failed(Errors.CLUSTER_AUTHORIZATION_FAILED);
        }
        if (request.clusterId() != null && !request.clusterId().equals(clusterId)) {
            return failed(Errors.INCONSISTENT_CLUSTER_ID);
        }
        return CompletableFuture.supplyAsync(() -> answer(request), reader);
    }

    private FetchSnapshotResponseData answer(FetchSnapshotRequestData request) {
        FetchSnapshotResponseData response = new FetchSnapshotResponseData();
        int maxBytes = Math.max(1, Math.min(MAX_BYTES, request.maxBytes()));
        for (FetchSnapshotRequestData.TopicSnapshot topic : request.topics()) {
            List<PartitionSnapshot> partitions = new ArrayList<>();
            for (FetchSnapshotRequestData.PartitionSnapshot partition : topic.partitions()) {
                boolean known =
                        topic.name().equals(MetadataTopic.NAME) && partition.partition() == MetadataTopic.PARTITION;
                PartitionSnapshot part = known ? part(partition, maxBytes) : error(Errors.UNKNOWN_TOPIC_OR_PARTITION);
                partitions.add(part.setIndex(partition.partition()));
            }
            response.topics()
                    .add(new FetchSnapshotResponseData.TopicSnapshot()
                            .setName(topic.name())
                            .setPartitions(partitions));
        }
        return response;
    }

    private PartitionSnapshot part(FetchSnapshotRequestData.PartitionSnapshot asked, int maxBytes) {
        SnapshotId id = new SnapshotId(
                asked.snapshotId().endOffset(), asked.snapshotId().epoch());
        try {
            SnapshotChunk chunk = snapshots.read(id, asked.position(), maxBytes);
            if (chunk == null) {
                return error(Errors.SNAPSHOT_NOT_FOUND);
            }
            PartitionSnapshot part = new PartitionSnapshot()
                    .setSize(chunk.totalSize())
                    .setPosition(asked.position())
                    .setUnalignedRecords(new UnalignedMemoryRecords(chunk.bytes()));
            part.snapshotId().setEndOffset(id.endOffset()).setEpoch(id.term());
            return part;
        } catch (IndexOutOfBoundsException e) {
            return error(Errors.POSITION_OUT_OF_RANGE);
        } catch (IOException e) {
            LOG.warn("Cannot read metadata snapshot {}: {}", id, e.toString());
            return error(Errors.SNAPSHOT_NOT_FOUND);
        }
    }

    private static PartitionSnapshot error(Errors error) {
        return new PartitionSnapshot().setErrorCode(error.code()).setUnalignedRecords(UnalignedMemoryRecords.empty());
    }

    private static CompletionStage<FetchSnapshotResponseData> failed(Errors error) {
        return CompletableFuture.completedFuture(new FetchSnapshotResponseData().setErrorCode(error.code()));
    }
}
