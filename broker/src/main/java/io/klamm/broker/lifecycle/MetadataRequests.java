/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.controller.MetadataTopic;
import io.klamm.metadata.quorum.SnapshotId;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData.PartitionSnapshot;
import org.apache.kafka.common.message.FetchSnapshotRequestData.TopicSnapshot;

/** The requests of a broker that tails the metadata. */
final class MetadataRequests {
    private static final int MAX_BYTES = 1 << 20;

    private MetadataRequests() {}

    /** @param term of the last fact this broker has */
    static FetchRequestData fetch(String clusterId, int nodeId, long offset, int term, int maxWaitMs) {
        return new FetchRequestData()
                .setClusterId(clusterId)
                .setReplicaState(new ReplicaState().setReplicaId(nodeId))
                .setMaxWaitMs(maxWaitMs)
                .setMinBytes(1)
                .setMaxBytes(MAX_BYTES)
                .setTopics(List.of(new FetchTopic()
                        .setTopicId(Uuid.METADATA_TOPIC_ID)
                        .setTopic(MetadataTopic.NAME)
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(MetadataTopic.PARTITION)
                                .setFetchOffset(offset)
                                .setLastFetchedEpoch(term)
                                .setPartitionMaxBytes(MAX_BYTES)))));
    }

    static FetchSnapshotRequestData fetchSnapshot(String clusterId, int nodeId, SnapshotId id, long position) {
        PartitionSnapshot partition =
                new PartitionSnapshot().setPartition(MetadataTopic.PARTITION).setPosition(position);
        partition.snapshotId().setEndOffset(id.endOffset()).setEpoch(id.term());
        return new FetchSnapshotRequestData()
                .setClusterId(clusterId)
                .setReplicaId(nodeId)
                .setMaxBytes(MAX_BYTES)
                .setTopics(
                        List.of(new TopicSnapshot().setName(MetadataTopic.NAME).setPartitions(List.of(partition))));
    }
}
