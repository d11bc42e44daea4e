/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.MemberMetadata.Client;
import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ConsumerGroupHeartbeat (KIP-848): with one request a member joins, says what it subscribes to and what it owns, learns what it may take and must
 * give up, and leaves. Runs on the thread of its shard.
 */
final class ConsumerRequests {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerRequests.class);

    private final GroupPorts ports;
    private final GroupConfig.Consumer config;
    private final Groups groups;
    private final ConsumerRebalance rebalance;
    private final ProtocolMigration migration;
    private final ConsumerSessions sessions;
    private final PatternSubscriptions patterns;
    private final Supplier<ClusterView> cluster;

    ConsumerRequests(
            GroupPorts ports,
            GroupConfig.Consumer config,
            Groups groups,
            ConsumerRebalance rebalance,
            ProtocolMigration migration,
            Supplier<ClusterView> cluster) {
        this.ports = ports;
        this.config = config;
        this.groups = groups;
        this.rebalance = rebalance;
        this.migration = migration;
        this.cluster = cluster;
        this.patterns = new PatternSubscriptions(ports, groups, rebalance, cluster, config.patternRefreshMs());
        this.sessions = new ConsumerSessions(ports, config, cluster, migration::remove);
    }

    void heartbeat(
            GroupClient client,
            ConsumerGroupHeartbeatRequestData request,
            CompletableFuture<ConsumerGroupHeartbeatResponseData> reply) {
        ports.reply(reply, heartbeat(client, request));
    }

    private ConsumerGroupHeartbeatResponseData heartbeat(
            GroupClient client, ConsumerGroupHeartbeatRequestData request) {
        try {
            HeartbeatRules.check(request, client.version(), rebalance.assignors());
            return request.memberEpoch() < HeartbeatRules.JOIN ? leave(request) : live(client, request);
        } catch (ApiException e) {
            return new ConsumerGroupHeartbeatResponseData()
                    .setErrorCode(Errors.forException(e).code())
                    .setErrorMessage(e.getMessage());
        }
    }

    private ConsumerGroupHeartbeatResponseData live(GroupClient client, ConsumerGroupHeartbeatRequestData request) {
        ClusterView view = cluster.get();
        boolean joins = request.memberEpoch() == HeartbeatRules.JOIN;
        ConsumerGroup group = joins ? groupToJoin(request.groupId()) : known(request.groupId());
        ConsumerMember member = joins ? join(client, request, group, view) : heard(client, request, group, view);
        sessions.heard(group, member); // whatever fails below, a member that is in is watched
        PartitionSet before = member.assignment().assigned();
        patterns.look(group);
        throwIfFailed(rebalance.lookAtTopics(group, view));
        throwIfFailed(rebalance.assign(group, view));
        MemberAssignment was = member.assignment();
        throwIfFailed(rebalance.reconcile(group, member, owned(request, member)));
        if (!was.equals(member.assignment())) {
            sessions.stepped(group, member);
        }
        ConsumerGroupHeartbeatResponseData answer = new ConsumerGroupHeartbeatResponseData()
                .setMemberId(member.id())
                .setMemberEpoch(member.epoch())
                .setHeartbeatIntervalMs(sessions.heartbeatIntervalMs(group, member));
        PartitionSet assigned = member.assignment().assigned();
        if (isFull(request) || request.memberEpoch() < was.epoch() || !assigned.equals(before)) {
            answer.setAssignment(assignment(assigned));
        }
        return answer;
    }

    private static void throwIfFailed(Errors error) {
        if (error != Errors.NONE) {
            throw (error == Errors.RECORD_LIST_TOO_LARGE ? Errors.UNKNOWN_SERVER_ERROR : error).exception();
        }
    }

    /** A client that has missed an answer, or has just joined, says all it knows and must hear all. */
    private static boolean isFull(ConsumerGroupHeartbeatRequestData request) {
        return request.memberEpoch() == HeartbeatRules.JOIN
                || (request.rebalanceTimeoutMs() >= 0
                        && request.topicPartitions() != null
                        && (request.subscribedTopicNames() != null || request.subscribedTopicRegex() != null));
    }

    private static Assignment assignment(PartitionSet partitions) {
        Assignment assignment = new Assignment();
        for (var topicId : partitions.topics()) {
            assignment
                    .topicPartitions()
                    .add(new ConsumerGroupHeartbeatResponseData.TopicPartitions()
                            .setTopicId(topicId)
                            .setPartitions(partitions.partitions(topicId)));
        }
        return assignment;
    }

    /** What the member owns of that which it holds here; null when it does not say. */
    private static @Nullable PartitionSet owned(ConsumerGroupHeartbeatRequestData request, ConsumerMember member) {
        if (request.topicPartitions() == null) {
            return null;
        }
        PartitionSet held = member.assignment().held();
        PartitionSet.Builder owned = PartitionSet.builder();
        for (TopicPartitions topic : request.topicPartitions()) {
            for (int partition : topic.partitions()) {
                if (held.contains(topic.topicId(), partition)) {
                    owned.add(topic.topicId(), partition);
                }
            }
        }
        return owned.build();
    }

    private static boolean ownsOnly(ConsumerGroupHeartbeatRequestData request, PartitionSet held) {
        return request.topicPartitions() != null
                && request.topicPartitions().stream().allMatch(topic -> topic.partitions().stream()
                        .allMatch(partition -> held.contains(topic.topicId(), partition)));
    }

    // ---- groups

    /**
     * Not GROUP_ID_NOT_FOUND, which clients take for the end: who has been away for so long that the group is gone, or is a classic one again,
     * shall join anew.
     */
    private ConsumerGroup known(String groupId) {
        Group entry = groups.group(groupId);
        ConsumerGroup group = entry == null ? null : entry.consumer();
        if (group == null) {
            throw Errors.UNKNOWN_MEMBER_ID.exception("There is no consumer group " + groupId);
        }
        return group;
    }

    /** A classic group may become one of this protocol, with its members if it has any; what it has committed stays. */
    private ConsumerGroup groupToJoin(String groupId) {
        Group entry = groups.getOrCreate(groupId);
        ConsumerGroup group = entry.consumer();
        if (group != null) {
            return group;
        }
        if (!entry.isEmpty()) {
            ConsumerGroup upgraded = migration.upgrade(entry);
            sessions.restored(upgraded);
            return upgraded;
        }
        if (entry.isStored()) {
            throwIfFailed(rebalance.write(emptied(entry.classic())));
        }
        return groups.getOrCreate(groupId).becomeConsumer();
    }

    /** The consumer group that follows a classic one without members; its epochs go on where the generations ended, so that none comes twice. */
    private List<GroupRecord> emptied(ClassicGroup classic) {
        List<GroupRecord> records = new ArrayList<>();
        records.add(new GroupRecord.ClassicGroupStored(classic.id(), null));
        if (classic.generation() > 0) {
            GroupEpoch epoch = new GroupEpoch(classic.generation(), 0, ports.nowMs());
            records.add(new GroupRecord.ConsumerEpoch(classic.id(), epoch));
        }
        return records;
    }

    // ---- members

    private ConsumerMember join(
            GroupClient client, ConsumerGroupHeartbeatRequestData request, ConsumerGroup group, ClusterView view) {
        String instanceId = request.instanceId();
        ConsumerMember incumbent = instanceId == null ? null : group.staticMember(instanceId);
        String memberId = request.memberId().isEmpty() ? ports.newMemberId(client.clientId()) : request.memberId();
        if (incumbent != null && !incumbent.id().equals(memberId)) {
            return replace(client, request, group, incumbent, memberId, view);
        }
        ConsumerMember member = group.member(memberId);
        if (member == null && group.size() >= config.maxSize()) {
            throw Errors.GROUP_MAX_SIZE_REACHED.exception(
                    "The group has " + group.size() + " members, which is the most it may have");
        }
        update(client, request, group, memberId, view);
        if (member == null) {
            LOG.info("group {}: member {} joins", group.id(), memberId);
        }
        return requireMember(group, memberId);
    }

    /** A static member is back under a new id: it gets what was kept for it. The one before must have left (KIP-848). */
    private ConsumerMember replace(
            GroupClient client,
            ConsumerGroupHeartbeatRequestData request,
            ConsumerGroup group,
            ConsumerMember incumbent,
            String memberId,
            ClusterView view) {
        boolean isClassic = incumbent.metadata().classic() != null; // it does not tell when it leaves
        if (!isClassic && !incumbent.assignment().isAway()) {
            throw Errors.UNRELEASED_INSTANCE_ID.exception(
                    "Instance " + request.instanceId() + " is in use by member " + incumbent.id());
        }
        MemberMetadata after = merged(client, request, incumbent.metadata());
        List<GroupRecord> records = new ArrayList<>(group.tombstones(incumbent.id()));
        records.add(new GroupRecord.ConsumerMemberStored(group.id(), memberId, after));
        records.add(new GroupRecord.TargetAssigned(group.id(), memberId, group.target(incumbent.id())));
        records.add(new GroupRecord.AssignmentChanged(
                group.id(), memberId, incumbent.assignment().back()));
        if (!after.subscribesToTheSameAs(incumbent.metadata())) {
            records.add(rebalance.nextEpoch(group, view, incumbent.id(), after));
        }
        throwIfFailed(rebalance.write(records));
        LOG.info(
                "group {}: static member {} is back as {}, was {}",
                group.id(),
                request.instanceId(),
                memberId,
                incumbent.id());
        return requireMember(group, memberId);
    }

    /** A member that is in: it comes with its epoch, or with the one before when it has missed an answer. */
    private ConsumerMember heard(
            GroupClient client, ConsumerGroupHeartbeatRequestData request, ConsumerGroup group, ClusterView view) {
        ConsumerMember member = member(group, request.memberId(), request.instanceId());
        int epoch = request.memberEpoch();
        MemberAssignment assignment = member.assignment();
        boolean missedAnswer = epoch == assignment.previousEpoch() && ownsOnly(request, assignment.held());
        if (epoch != member.epoch() && !(epoch < member.epoch() && missedAnswer)) {
            throw Errors.FENCED_MEMBER_EPOCH.exception("Member " + member.id() + " comes with epoch " + epoch
                    + " and is in epoch " + member.epoch() + "; it must give up its partitions and join anew");
        }
        update(client, request, group, member.id(), view);
        return member;
    }

    private static ConsumerMember member(ConsumerGroup group, String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            ConsumerMember incumbent = group.staticMember(instanceId);
            if (incumbent == null) {
                throw Errors.UNKNOWN_MEMBER_ID.exception("Instance " + instanceId + " is not in the group");
            }
            if (!incumbent.id().equals(memberId)) {
                throw Errors.FENCED_INSTANCE_ID.exception(
                        "Instance " + instanceId + " is another process by now, member " + incumbent.id());
            }
            return incumbent;
        }
        return requireMember(group, memberId);
    }

    private static ConsumerMember requireMember(ConsumerGroup group, String memberId) {
        ConsumerMember member = group.member(memberId);
        if (member == null) {
            throw Errors.UNKNOWN_MEMBER_ID.exception("Member " + memberId + " is not in the group");
        }
        return member;
    }

    /** Writes what is new of the member; when it subscribes to something else, a new epoch of the group begins with it. */
    private void update(
            GroupClient client,
            ConsumerGroupHeartbeatRequestData request,
            ConsumerGroup group,
            String memberId,
            ClusterView view) {
        ConsumerMember member = group.member(memberId);
        MemberMetadata before = member == null ? null : member.metadata();
        MemberMetadata after = merged(client, request, before);
        if (after.equals(before)) {
            return;
        }
        List<GroupRecord> records = new ArrayList<>();
        records.add(new GroupRecord.ConsumerMemberStored(group.id(), memberId, after));
        if (before == null || !after.subscribesToTheSameAs(before)) {
            records.add(rebalance.nextEpoch(group, view, memberId, after));
        }
        throwIfFailed(rebalance.write(records));
    }

    /** What the request does not say is as before. */
    private static MemberMetadata merged(
            GroupClient client, ConsumerGroupHeartbeatRequestData request, @Nullable MemberMetadata before) {
        MemberMetadata known = before == null ? MemberMetadata.UNKNOWN : before;
        SortedSet<String> names = request.subscribedTopicNames() == null
                ? known.topicNames()
                : new TreeSet<>(request.subscribedTopicNames());
        String pattern = request.subscribedTopicRegex();
        return new MemberMetadata(
                new Client(
                        request.instanceId() == null ? known.instanceId() : request.instanceId(),
                        request.rackId() == null ? known.rackId() : request.rackId(),
                        client.clientId(),
                        client.clientHost()),
                request.rebalanceTimeoutMs() < 0 ? known.rebalanceTimeoutMs() : request.rebalanceTimeoutMs(),
                names,
                pattern == null ? known.topicPattern() : pattern.isEmpty() ? null : pattern,
                request.serverAssignor() == null ? known.serverAssignor() : request.serverAssignor(),
                null);
    }

    // ---- leaving

    private ConsumerGroupHeartbeatResponseData leave(ConsumerGroupHeartbeatRequestData request) {
        ConsumerGroup group = known(request.groupId());
        ConsumerMember member = member(group, request.memberId(), request.instanceId());
        if (request.memberEpoch() == HeartbeatRules.LEAVE_FOR_A_WHILE) {
            throwIfFailed(rebalance.write(List.of(new GroupRecord.AssignmentChanged(
                    group.id(), member.id(), member.assignment().away()))));
            sessions.stepped(group, member);
            LOG.info("group {}: static member {} leaves for a while", group.id(), member.id());
        } else {
            throwIfFailed(migration.remove(group, member));
            LOG.info("group {}: member {} leaves", group.id(), member.id());
        }
        return new ConsumerGroupHeartbeatResponseData().setMemberId(member.id()).setMemberEpoch(request.memberEpoch());
    }

    // ---- the life of groups

    ConsumerSessions sessions() {
        return sessions;
    }

    /** A member has been heard otherwise: by a commit. */
    void heard(ConsumerGroup group, ConsumerMember member) {
        sessions.heard(group, member);
    }

    /** A group that comes from the log: the times of its members begin now. */
    void restored(ConsumerGroup group) {
        group.dropFragments();
        sessions.restored(group);
    }

    /** The group is gone: ends its timers. */
    static void end(ConsumerGroup group) {
        group.members().forEach(ConsumerMember::cancelTimers);
    }
}
