/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.wire.FileRangeRecords;
import io.klamm.replication.wire.ResponseFrame;
import io.klamm.storage.log.RecordsRange;
import java.util.List;
import java.util.Objects;
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
    private static final int NO_PREFERRED_REPLICA = -1;

    private final short version;
    private final boolean readCommitted;
    private final String listener;
    private final Supplier<MetadataImage> images;

    FetchAnswer(short version, boolean readCommitted, String listener, Supplier<MetadataImage> images) {
        this.version = version;
        this.readCommitted = readCommitted;
        this.listener = listener;
        this.images = images;
    }

    /** A request refused as a whole. */
    static FetchResponseData refused(Errors error) {
        return new FetchResponseData().setErrorCode(error.code()).setSessionId(FetchMetadata.INVALID_SESSION_ID);
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
            plan.slots().forEach(slot -> add(response, slot, hints));
        } else {
            response.setSessionId(session.id());
            synchronized (session) {
                for (FetchSlot slot : plan.slots()) {
                    addNews(response, plan, session, slot, hints);
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

    private void addNews(
            FetchResponseData response, FetchPlan plan, FetchSession session, FetchSlot slot, LeaderHints hints) {
        SessionPartition known = slot.known();
        if (plan.incremental() && !known.isNews(slot.outcome())) {
            return;
        }
        add(response, slot, hints);
        known.told(slot.outcome());
        if (slot.bytes() > 0) {
            session.moveToEnd(known);
        }
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
        PartitionData data = new PartitionData()
                .setPartitionIndex(slot.target().partition())
                .setErrorCode(outcome.error().code())
                .setHighWatermark(outcome.highWatermark())
                .setLastStableOffset(outcome.lastStableOffset())
                .setLogStartOffset(outcome.logStartOffset())
                .setAbortedTransactions(readCommitted ? List.of() : null)
                .setPreferredReadReplica(NO_PREFERRED_REPLICA)
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
