/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.wire.FileRangeRecords;
import io.klamm.replication.wire.ResponseFrame;
import io.klamm.storage.log.RecordsRange;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.jspecify.annotations.Nullable;

/** Makes a fetch response of what has been read. The ranges of records go over to the response. */
final class FetchAnswer {
    private static final int FIRST_VERSION_WITH_HINTS = 16;

    private final short version;
    private final FetchReader reader;
    private final String listener;
    private final Supplier<MetadataImage> images;
    private final LongConsumer followerBytes;

    /** @param followerBytes told of the length of records that a consumer gets from a follower */
    FetchAnswer(
            short version,
            FetchReader reader,
            String listener,
            Supplier<MetadataImage> images,
            LongConsumer followerBytes) {
        this.version = version;
        this.reader = reader;
        this.followerBytes = followerBytes;
        this.listener = listener;
        this.images = images;
    }

    /** A request refused as a whole. */
    static FetchResponseData refused(Errors error) {
        return new FetchResponseData().setErrorCode(error.code()).setSessionId(FetchMetadata.INVALID_SESSION_ID);
    }

    /** Of a request that another one of the same session has overtaken. */
    static FetchResponseData overtaken(FetchPlan plan) {
        FetchSession session = plan.session();
        return new FetchResponseData().setSessionId(session == null ? FetchMetadata.INVALID_SESSION_ID : session.id());
    }

    FetchResponseData of(FetchPlan plan) {
        FetchResponseData response = new FetchResponseData();
        try {
            fill(response, plan);
        } catch (RuntimeException | Error e) {
            ResponseFrame.discard(response);
            throw e;
        }
        return response;
    }

    private void fill(FetchResponseData response, FetchPlan plan) {
        LeaderHints hints = new LeaderHints(images, listener);
        FetchSession session = plan.session();
        if (session == null) {
            plan.due().forEach(slot -> add(response, slot, hints));
        } else {
            response.setSessionId(session.id());
            for (FetchSlot slot : plan.due()) {
                if (!plan.incremental() || slot.isNews()) {
                    add(response, slot, hints);
                    slot.tell();
                }
            }
        }
        hints.forEachEndpoint((nodeId, leader) -> response.nodeEndpoints()
                .add(new NodeEndpoint()
                        .setNodeId(nodeId)
                        .setHost(leader.endpoint().host())
                        .setPort(leader.endpoint().port())
                        .setRack(leader.broker().registration().rack())));
    }

    private void add(FetchResponseData response, FetchSlot slot, LeaderHints hints) {
        topic(response, slot.target()).partitions().add(partition(slot, hints));
    }

    /** The row of the topic; neighbours of one topic share it. */
    private static FetchableTopicResponse topic(FetchResponseData response, FetchTarget target) {
        List<FetchableTopicResponse> topics = response.responses();
        if (!topics.isEmpty()) {
            FetchableTopicResponse last = topics.get(topics.size() - 1);
            String name = target.topic() == null ? "" : target.topic();
            if (last.topicId().equals(target.topicId()) && Objects.equals(last.topic(), name)) {
                return last;
            }
        }
        FetchableTopicResponse topic = new FetchableTopicResponse().setTopicId(target.topicId());
        if (target.topic() != null) {
            topic.setTopic(target.topic());
        }
        topics.add(topic);
        return topic;
    }

    private PartitionData partition(FetchSlot slot, LeaderHints hints) {
        FetchOutcome outcome = slot.outcome();
        PartitionReplica replica = slot.replica();
        if (slot.bytes() > 0 && reader.anyReplica() && replica != null && !replica.isLeader()) {
            followerBytes.accept(slot.bytes());
        }
        PartitionData data = new PartitionData()
                .setPartitionIndex(slot.target().partition())
                .setErrorCode(outcome.error().code())
                .setHighWatermark(outcome.highWatermark())
                .setLastStableOffset(outcome.lastStableOffset())
                .setLogStartOffset(outcome.logStartOffset())
                .setAbortedTransactions(reader.readCommitted() ? List.of() : null)
                .setPreferredReadReplica(slot.preferredReplica())
                .setRecords(records(slot.take()));
        if (outcome.diverging() != null) {
            data.setDivergingEpoch(new EpochEndOffset()
                    .setEpoch(outcome.diverging().epoch())
                    .setEndOffset(outcome.diverging().endOffset()));
        }
        if (version >= FIRST_VERSION_WITH_HINTS && LeaderHints.wanted(outcome.error()) && slot.id() != null) {
            PartitionState leader = hints.leaderOf(slot.id());
            if (leader != null) {
                data.setCurrentLeader(
                        new LeaderIdAndEpoch().setLeaderId(leader.leader()).setLeaderEpoch(leader.leaderEpoch()));
            }
        }
        return data;
    }

    private static BaseRecords records(@Nullable RecordsRange range) {
        return range == null ? MemoryRecords.EMPTY : new FileRangeRecords(range);
    }
}
