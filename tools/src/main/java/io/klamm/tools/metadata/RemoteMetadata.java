/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.metadata;

import io.klamm.broker.controller.FactRecords;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.image.ImageSnapshot;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.tools.quorum.NodeConnection;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData.PartitionSnapshot;
import org.apache.kafka.common.message.FetchSnapshotRequestData.TopicSnapshot;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.FetchSnapshotRequest;
import org.apache.kafka.common.requests.FetchSnapshotResponse;

/** Reads what a voter has applied of the metadata log, from its first offset to its end, as a tailing broker would. */
final class RemoteMetadata {
    private static final String TOPIC = "__cluster_metadata";
    private static final short FETCH_VERSION = 16;
    private static final short FETCH_SNAPSHOT_VERSION = 1;
    private static final int MAX_BYTES = 1 << 20;
    private static final long MAX_SNAPSHOT_BYTES = 1L << 30;

    private final NodeConnection voter;

    RemoteMetadata(NodeConnection voter) {
        this.voter = voter;
    }

    /** @throws IOException when the voter goes away or says no */
    void print(FactPrinter printer) throws IOException {
        // Not from the beginning when another voter went away in the middle.
        long offset = printer.next();
        int term = 0;
        while (true) {
            PartitionData data = fetch(offset, term);
            if (data.snapshotId().endOffset() >= 0) {
                MetadataImage image = loadSnapshot(
                        data.snapshotId().endOffset(), data.snapshotId().epoch());
                if (image.endOffset() <= offset) {
                    throw new IOException("the voter has only a snapshot that ends at " + image.endOffset());
                }
                printer.snapshot(image);
                offset = image.endOffset();
                term = image.term();
                continue;
            }
            if (!(data.records() instanceof MemoryRecords records) || records.sizeInBytes() == 0) {
                return;
            }
            List<FactBatch> batches = FactRecords.fromRecords(records);
            if (batches.isEmpty()) {
                throw new IOException("the answer holds no whole batch of facts");
            }
            for (FactBatch batch : batches) {
                printer.batch(batch);
                offset = batch.endOffset();
                term = batch.term();
            }
        }
    }

    private PartitionData fetch(long offset, int term) throws IOException {
        FetchRequestData request = new FetchRequestData()
                .setMaxWaitMs(0)
                .setMinBytes(0)
                .setMaxBytes(MAX_BYTES)
                .setTopics(List.of(new FetchTopic()
                        .setTopicId(Uuid.METADATA_TOPIC_ID)
                        .setTopic(TOPIC)
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(0)
                                .setFetchOffset(offset)
                                .setLastFetchedEpoch(term)
                                .setPartitionMaxBytes(MAX_BYTES)))));
        FetchResponse response = (FetchResponse) voter.ask(new FetchRequest(request, FETCH_VERSION));
        check(response.data().errorCode());
        if (response.data().responses().isEmpty()
                || response.data().responses().get(0).partitions().isEmpty()) {
            throw new IOException("the answer does not have the metadata topic");
        }
        PartitionData data = response.data().responses().get(0).partitions().get(0);
        check(data.errorCode());
        return data;
    }

    private MetadataImage loadSnapshot(long endOffset, int epoch) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long total = Long.MAX_VALUE;
        while (bytes.size() < total) {
            PartitionSnapshot partition =
                    new PartitionSnapshot().setPartition(0).setPosition(bytes.size());
            partition.snapshotId().setEndOffset(endOffset).setEpoch(epoch);
            FetchSnapshotRequestData request = new FetchSnapshotRequestData()
                    .setMaxBytes(MAX_BYTES)
                    .setTopics(List.of(new TopicSnapshot().setName(TOPIC).setPartitions(List.of(partition))));
            FetchSnapshotResponse response =
                    (FetchSnapshotResponse) voter.ask(new FetchSnapshotRequest(request, FETCH_SNAPSHOT_VERSION));
            check(response.data().errorCode());
            FetchSnapshotResponseData.PartitionSnapshot part =
                    response.data().topics().get(0).partitions().get(0);
            check(part.errorCode());
            total = part.size();
            byte[] piece = bytes(part);
            if (total > MAX_SNAPSHOT_BYTES || (piece.length == 0 && bytes.size() < total)) {
                throw new IOException("the snapshot comes in pieces that do not fit");
            }
            bytes.writeBytes(piece);
        }
        return ImageSnapshot.read(new ByteArrayInputStream(bytes.toByteArray()));
    }

    private static byte[] bytes(FetchSnapshotResponseData.PartitionSnapshot part) throws IOException {
        ByteBuffer buffer;
        if (part.unalignedRecords() instanceof UnalignedMemoryRecords unaligned) {
            buffer = unaligned.buffer().duplicate();
        } else if (part.unalignedRecords() instanceof MemoryRecords memory) {
            buffer = memory.buffer().duplicate();
        } else {
            throw new IOException("the snapshot comes in an unknown form");
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void check(short errorCode) throws IOException {
        if (errorCode != Errors.NONE.code()) {
            throw new IOException(Errors.forCode(errorCode).message());
        }
    }
}
