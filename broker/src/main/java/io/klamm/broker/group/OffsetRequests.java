/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicGroup.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * How far groups have read: OffsetCommit, OffsetFetch, OffsetDelete. Topics come by name and exist; runs on the thread of the
 * shard.
 */
final class OffsetRequests {
    private static final long NO_OFFSET = -1;
    private static final int FIRST_COMMIT_WITH_EPOCH = 9;

    private final GroupPorts ports;
    private final GroupConfig config;
    private final Groups groups;
    private final ClassicRebalance rebalance;
    private final ConsumerRequests consumers;

    OffsetRequests(
            GroupPorts ports,
            GroupConfig config,
            Groups groups,
            ClassicRebalance rebalance,
            ConsumerRequests consumers) {
        this.ports = ports;
        this.config = config;
        this.groups = groups;
        this.rebalance = rebalance;
        this.consumers = consumers;
    }

    // ---- commit

    /** @param version of the API: members of consumer groups need one that knows their epoch */
    void commit(short version, OffsetCommitRequestData request, CompletableFuture<OffsetCommitResponseData> reply) {
        Errors error = mayCommit(version, request);
        if (error != Errors.NONE) {
            ports.reply(reply, committed(request, error));
            return;
        }
        heard(request);
        List<GroupRecord> records = new ArrayList<>();
        OffsetCommitResponseData answer = new OffsetCommitResponseData();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            OffsetCommitResponseTopic row =
                    new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                Errors refused = refused(partition);
                row.partitions()
                        .add(new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(refused.code()));
                if (refused == Errors.NONE) {
                    records.add(new GroupRecord.OffsetCommitted(
                            request.groupId(),
                            topic.name(),
                            partition.partitionIndex(),
                            offset(request, topic.topicId(), partition)));
                }
            }
            answer.topics().add(row);
        }
        Errors written = records.isEmpty() ? Errors.NONE : ports.append(records);
        if (written != Errors.NONE) {
            ports.reply(
                    reply,
                    committed(
                            request,
                            written == Errors.RECORD_LIST_TOO_LARGE ? Errors.INVALID_COMMIT_OFFSET_SIZE : written));
            return;
        }
        records.forEach(groups::replay);
        ports.reply(reply, answer);
    }

    /** Who commits is there. */
    private void heard(OffsetCommitRequestData request) {
        Group known = groups.group(request.groupId());
        if (known == null || request.memberId().isEmpty()) {
            return;
        }
        ConsumerGroup consumer = known.consumer();
        ConsumerMember member = consumer == null ? null : consumer.member(request.memberId());
        if (consumer != null && member != null) {
            consumers.heard(consumer, member);
        }
        ClassicMember classicMember = known.classic().member(request.memberId());
        if (classicMember != null) {
            rebalance.heard(known.classic(), classicMember);
        }
    }

    private Errors refused(OffsetCommitRequestPartition partition) {
        String metadata = partition.committedMetadata();
        if (metadata != null && metadata.length() > config.maxMetadataBytes()) {
            return Errors.OFFSET_METADATA_TOO_LARGE;
        }
        return Errors.NONE;
    }

    private CommittedOffset offset(
            OffsetCommitRequestData request, Uuid topicId, OffsetCommitRequestPartition partition) {
        long now = ports.nowMs();
        return new CommittedOffset(
                partition.committedOffset(),
                partition.committedLeaderEpoch(),
                partition.committedMetadata() == null ? "" : partition.committedMetadata(),
                now,
                request.retentionTimeMs() < 0 ? -1 : now + request.retentionTimeMs(),
                topicId);
    }

    /** Who is no member may commit only while the group has none: an administrator, or a consumer that assigns by itself. */
    private Errors mayCommit(short version, OffsetCommitRequestData request) {
        Group entry = groups.group(request.groupId());
        boolean standsAlone = request.generationIdOrMemberEpoch() < 0;
        if (entry == null) {
            return standsAlone ? Errors.NONE : Errors.ILLEGAL_GENERATION;
        }
        ConsumerGroup consumer = entry.consumer();
        if (consumer != null) {
            if (standsAlone && consumer.isEmpty()) {
                return Errors.NONE;
            }
            ConsumerMember member = consumer.member(request.memberId());
            if (member != null && member.metadata().classic() != null) {
                return MixedGroupRequests.memberError(
                        consumer, member.id(), request.groupInstanceId(), request.generationIdOrMemberEpoch());
            }
            Errors error = memberError(consumer, request.memberId(), request.generationIdOrMemberEpoch());
            return error == Errors.NONE && version < FIRST_COMMIT_WITH_EPOCH ? Errors.UNSUPPORTED_VERSION : error;
        }
        ClassicGroup group = entry.classic();
        if (standsAlone && group.is(State.EMPTY)) {
            return Errors.NONE;
        }
        if (standsAlone && request.memberId().isEmpty() && request.groupInstanceId() == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        Errors error = ClassicRequests.memberError(group, request.memberId(), request.groupInstanceId());
        if (error != Errors.NONE) {
            return error;
        }
        if (request.generationIdOrMemberEpoch() != group.generation()) {
            return Errors.ILLEGAL_GENERATION;
        }
        // it has joined this generation and does not know its part yet: it must not commit for what it had before
        return group.is(State.COMPLETING_REBALANCE) ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
    }

    /** A member of a consumer group has moved on to another epoch, or is none. */
    private static Errors memberError(ConsumerGroup group, String memberId, int epoch) {
        ConsumerMember member = group.member(memberId);
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return epoch == member.epoch() ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;
    }

    static OffsetCommitResponseData committed(OffsetCommitRequestData request, Errors error) {
        OffsetCommitResponseData answer = new OffsetCommitResponseData();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            OffsetCommitResponseTopic row =
                    new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
            topic.partitions().forEach(partition -> row.partitions()
                    .add(new OffsetCommitResponsePartition()
                            .setPartitionIndex(partition.partitionIndex())
                            .setErrorCode(error.code())));
            answer.topics().add(row);
        }
        return answer;
    }

    // ---- fetch

    /** Unknown groups and partitions have no offset, which is no error. */
    void fetch(OffsetFetchRequestGroup request, CompletableFuture<OffsetFetchResponseGroup> reply) {
        OffsetFetchResponseGroup answer = new OffsetFetchResponseGroup().setGroupId(request.groupId());
        Group group = groups.group(request.groupId());
        Errors error = mayFetch(group, request);
        if (error != Errors.NONE) {
            ports.reply(reply, answer.setErrorCode(error.code()));
            return;
        }
        CommittedOffsets offsets = group == null ? new CommittedOffsets() : group.offsets();
        if (request.topics() == null) {
            offsets.forEach((topic, partitions) -> {
                OffsetFetchResponseTopics row = new OffsetFetchResponseTopics().setName(topic);
                partitions.forEach((partition, offset) -> row.partitions().add(fetched(partition, offset)));
                answer.topics().add(row);
            });
        } else {
            for (OffsetFetchRequestTopics topic : request.topics()) {
                OffsetFetchResponseTopics row =
                        new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
                for (int partition : topic.partitionIndexes()) {
                    row.partitions().add(fetched(partition, offsets.get(topic.name(), partition)));
                }
                answer.topics().add(row);
            }
        }
        ports.reply(reply, answer);
    }

    /** A member of a consumer group must not begin where its predecessor may still commit; who names no member may always ask. */
    private static Errors mayFetch(@Nullable Group group, OffsetFetchRequestGroup request) {
        ConsumerGroup consumer = group == null ? null : group.consumer();
        boolean asMember = request.memberId() != null || request.memberEpoch() >= 0;
        return consumer == null || !asMember
                ? Errors.NONE
                : memberError(consumer, String.valueOf(request.memberId()), request.memberEpoch());
    }

    private static OffsetFetchResponsePartitions fetched(int partition, @Nullable CommittedOffset offset) {
        OffsetFetchResponsePartitions row = new OffsetFetchResponsePartitions().setPartitionIndex(partition);
        return offset == null
                ? row.setCommittedOffset(NO_OFFSET).setCommittedLeaderEpoch(-1).setMetadata("")
                : row.setCommittedOffset(offset.offset())
                        .setCommittedLeaderEpoch(offset.leaderEpoch())
                        .setMetadata(offset.metadata());
    }

    // ---- delete

    /** Offsets of topics that somebody subscribes to stay. */
    void delete(OffsetDeleteRequestData request, CompletableFuture<OffsetDeleteResponseData> reply) {
        Group entry = groups.group(request.groupId());
        Errors error = mayDelete(entry);
        if (entry == null || error != Errors.NONE) {
            ports.reply(reply, new OffsetDeleteResponseData().setErrorCode(error.code()));
            return;
        }
        OffsetDeleteResponseData answer = new OffsetDeleteResponseData();
        List<GroupRecord> tombstones = new ArrayList<>();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            boolean inUse = entry.mayRead(topic.name());
            OffsetDeleteResponseTopic row = new OffsetDeleteResponseTopic().setName(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                row.partitions()
                        .add(new OffsetDeleteResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode((inUse ? Errors.GROUP_SUBSCRIBED_TO_TOPIC : Errors.NONE).code()));
                if (!inUse && entry.offsets().get(topic.name(), partition.partitionIndex()) != null) {
                    tombstones.add(new GroupRecord.OffsetCommitted(
                            entry.id(), topic.name(), partition.partitionIndex(), null));
                }
            }
            answer.topics().add(row);
        }
        Errors written = tombstones.isEmpty() ? Errors.NONE : ports.append(tombstones);
        if (written != Errors.NONE) {
            ports.reply(reply, new OffsetDeleteResponseData().setErrorCode(written.code()));
            return;
        }
        tombstones.forEach(groups::replay);
        ports.reply(reply, answer);
    }

    private static Errors mayDelete(@Nullable Group entry) {
        if (entry == null) {
            return Errors.GROUP_ID_NOT_FOUND;
        }
        boolean isKnown = entry.consumer() != null || entry.classic().subscribedTopics() != null;
        return entry.isEmpty() || isKnown ? Errors.NONE : Errors.NON_EMPTY_GROUP;
    }

    // ---- expiry

    /** Ends what nobody has used for the retention time, and groups that have nothing left. */
    void expire() {
        for (Group entry : List.copyOf(groups.all())) {
            List<GroupRecord> tombstones = new ArrayList<>();
            entry.offsets()
                    .forEach((topic, partitions) -> partitions.forEach((partition, offset) -> {
                        if (isExpired(entry, topic, offset)) {
                            tombstones.add(new GroupRecord.OffsetCommitted(entry.id(), topic, partition, null));
                        }
                    }));
            remove(entry, tombstones);
        }
    }

    private boolean isExpired(Group entry, String topic, CommittedOffset offset) {
        long now = ports.nowMs();
        ConsumerGroup consumer = entry.consumer();
        if (offset.expireTimestampMs() >= 0) {
            return now >= offset.expireTimestampMs() && entry.isEmpty();
        }
        if (consumer != null) {
            // since the last member left, as with classic groups; the last epoch began with that
            long since = consumer.isEmpty()
                    ? Math.max(consumer.epoch().sinceMs(), offset.commitTimestampMs())
                    : offset.commitTimestampMs();
            return now - since >= config.offsetsRetentionMs() && !consumer.subscribesTo(topic);
        }
        ClassicGroup group = entry.classic();
        if (group.is(State.EMPTY)) {
            // since the last member left, not since the last commit (KIP-211)
            long since = group.protocolType().isEmpty() || group.stateTimestampMs() < 0
                    ? offset.commitTimestampMs()
                    : Math.max(group.stateTimestampMs(), offset.commitTimestampMs());
            return now - since >= config.offsetsRetentionMs();
        }
        Set<String> subscribed = group.subscribedTopics();
        return group.is(State.STABLE)
                && subscribed != null
                && !subscribed.contains(topic)
                && now - offset.commitTimestampMs() >= config.offsetsRetentionMs();
    }

    /** The topics are gone, and what was read of them; not what was read of new ones with their names. */
    void forgetTopics(Map<String, Uuid> topics) {
        for (Group entry : List.copyOf(groups.all())) {
            List<GroupRecord> tombstones = new ArrayList<>();
            topics.forEach((topic, id) -> entry.offsets().topic(topic).forEach((partition, offset) -> {
                if (offset.topicId().equals(id) || offset.topicId().equals(Uuid.ZERO_UUID)) {
                    tombstones.add(new GroupRecord.OffsetCommitted(entry.id(), topic, partition, null));
                }
            }));
            if (!tombstones.isEmpty() && ports.append(tombstones) == Errors.NONE) {
                tombstones.forEach(groups::replay);
            }
        }
    }

    /**
     * Forgets what was read of topics that do not exist any more, also where another one has got the name: their end may have come while
     * nobody coordinated, or when nothing could be written.
     *
     * @param idOf by an image that is not older than the last commit of a former coordinator; null when there is no such topic
     */
    void forgetMissing(Function<String, @Nullable Uuid> idOf) {
        for (Group entry : List.copyOf(groups.all())) {
            List<GroupRecord> tombstones = new ArrayList<>();
            entry.offsets().forEach((topic, partitions) -> {
                Uuid id = idOf.apply(topic);
                partitions.forEach((partition, offset) -> {
                    boolean known = !offset.topicId().equals(Uuid.ZERO_UUID);
                    if (id == null || (known && !offset.topicId().equals(id))) {
                        tombstones.add(new GroupRecord.OffsetCommitted(entry.id(), topic, partition, null));
                    }
                });
            });
            if (!tombstones.isEmpty() && ports.append(tombstones) == Errors.NONE) {
                tombstones.forEach(groups::replay);
            }
        }
    }

    private void remove(Group entry, List<GroupRecord> tombstones) {
        boolean nothingLeft = entry.isEmpty()
                && entry.classic().pendingJoin().isEmpty()
                && count(entry.offsets()) == tombstones.size();
        if (nothingLeft && entry.isStored()) {
            tombstones.addAll(entry.tombstones());
        }
        if (!tombstones.isEmpty() && ports.append(tombstones) != Errors.NONE) {
            return; // the next look tries again
        }
        tombstones.forEach(groups::replay);
        if (nothingLeft) {
            rebalance.end(entry.classic());
            groups.remove(entry);
        }
    }

    /** DeleteGroups: all of a group without members. */
    Errors deleteGroup(String groupId) {
        Group entry = groups.group(groupId);
        if (entry == null) {
            return Errors.GROUP_ID_NOT_FOUND;
        }
        if (!entry.isEmpty()) {
            return Errors.NON_EMPTY_GROUP;
        }
        List<GroupRecord> tombstones = new ArrayList<>();
        entry.offsets().forEach((topic, partitions) -> partitions
                .keySet()
                .forEach(partition ->
                        tombstones.add(new GroupRecord.OffsetCommitted(entry.id(), topic, partition, null))));
        tombstones.addAll(entry.tombstones());
        Errors written = ports.append(tombstones);
        if (written == Errors.NONE) {
            rebalance.end(entry.classic());
            groups.remove(entry);
        }
        return written;
    }

    private static int count(CommittedOffsets offsets) {
        int[] count = {0};
        offsets.forEach((topic, partitions) -> count[0] += partitions.size());
        return count[0];
    }
}
