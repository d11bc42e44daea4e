/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicGroup.State;
import io.klamm.broker.group.ClassicMember.Protocol;
import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What members of classic groups ask for: JoinGroup, SyncGroup, Heartbeat, LeaveGroup (KIP-62, 134, 345, 389, 394, 559, 814). Runs on the
 * thread of its shard.
 */
final class ClassicRequests {
    private static final Logger LOG = LoggerFactory.getLogger(ClassicRequests.class);
    private static final int FIRST_VERSION_WITH_KNOWN_IDS = 4;
    private static final int FIRST_VERSION_WITH_SKIPPED_ASSIGNMENT = 9;
    private static final int FIRST_SYNC_WITH_PROTOCOL = 5;

    private final GroupPorts ports;
    private final GroupConfig.Classic config;
    private final Groups groups;
    private final ClassicRebalance rebalance;
    private final MixedGroupRequests mixed;
    private final Supplier<ClusterView> cluster;

    ClassicRequests(
            GroupPorts ports,
            GroupConfig.Classic config,
            Groups groups,
            ClassicRebalance rebalance,
            MixedGroupRequests mixed,
            Supplier<ClusterView> cluster) {
        this.ports = ports;
        this.config = config;
        this.groups = groups;
        this.rebalance = rebalance;
        this.mixed = mixed;
        this.cluster = cluster;
    }

    /** The group that a classic member shares with members of the consumer protocol, null when it is another kind of group. */
    private static @Nullable ConsumerGroup shared(@Nullable Group entry) {
        ConsumerGroup group = entry == null ? null : entry.consumer();
        return group == null || group.isEmpty() ? null : group;
    }

    // ---- join

    void join(GroupClient client, JoinGroupRequestData request, CompletableFuture<JoinGroupResponseData> reply) {
        Errors error = join(client, request, new Joining(client, request, reply));
        if (error != Errors.NONE) {
            ports.reply(reply, ClassicRebalance.refused(request.memberId(), error));
        }
    }

    /** A request to join, taken apart. */
    private record Joining(
            GroupClient client, JoinGroupRequestData request, CompletableFuture<JoinGroupResponseData> reply) {
        List<Protocol> protocols() {
            List<Protocol> protocols = new ArrayList<>(request.protocols().size());
            request.protocols().forEach(protocol -> protocols.add(new Protocol(protocol.name(), protocol.metadata())));
            return protocols;
        }

        /** Clients before version 1 name one time-out for both. */
        int rebalanceTimeoutMs() {
            return request.rebalanceTimeoutMs() < 0 ? request.sessionTimeoutMs() : request.rebalanceTimeoutMs();
        }

        ClassicMember member(String memberId) {
            return new ClassicMember(
                    memberId,
                    request.groupInstanceId(),
                    client.clientId(),
                    client.clientHost(),
                    rebalanceTimeoutMs(),
                    request.sessionTimeoutMs(),
                    protocols());
        }

        void update(ClassicMember member) {
            member.clientId = client.clientId();
            member.clientHost = client.clientHost();
            member.rebalanceTimeoutMs = rebalanceTimeoutMs();
            member.sessionTimeoutMs = request.sessionTimeoutMs();
            member.protocols = List.copyOf(protocols());
        }

        String reason() {
            return request.reason() == null ? "" : ": " + request.reason();
        }
    }

    /** @return NONE when the answer comes from elsewhere */
    private Errors join(GroupClient client, JoinGroupRequestData request, Joining joining) {
        if (request.sessionTimeoutMs() < config.minSessionTimeoutMs()
                || request.sessionTimeoutMs() > config.maxSessionTimeoutMs()) {
            return Errors.INVALID_SESSION_TIMEOUT;
        }
        boolean unknown = request.memberId().isEmpty();
        Group entry = groups.group(request.groupId());
        if (entry == null && !unknown) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        ConsumerGroup shared = shared(entry);
        if (shared != null) {
            ports.reply(joining.reply, mixed.join(client, request, shared));
            return Errors.NONE;
        }
        ConsumerGroup emptied = entry == null ? null : entry.consumer();
        if (emptied != null && !unknown) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        boolean fits = (entry == null || emptied != null)
                ? (!request.protocolType().isEmpty() && !request.protocols().isEmpty())
                : entry.classic().accepts(request.protocolType(), joining.protocols());
        if (!fits) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        if (emptied != null) {
            Errors error = endConsumerGroup(emptied, request.protocolType());
            if (error != Errors.NONE) {
                return error;
            }
        }
        ClassicGroup group = groups.getOrCreate(request.groupId()).classic();
        if (isFull(group, request)) {
            return Errors.GROUP_MAX_SIZE_REACHED;
        }
        return unknown ? joinWithoutId(client, group, joining) : joinWithId(group, joining);
    }

    /**
     * A group of the consumer protocol may become a classic one when nobody is in it; what it has committed stays, and its generations go on where the
     * epochs ended, so that none comes twice.
     */
    private Errors endConsumerGroup(ConsumerGroup group, String protocolType) {
        StoredGroup classic =
                new StoredGroup(protocolType, group.epoch().epoch(), null, null, ports.nowMs(), List.of());
        List<GroupRecord> records = new ArrayList<>();
        records.add(new GroupRecord.ClassicGroupStored(group.id(), classic));
        records.addAll(group.tombstones());
        Errors error = ports.append(records);
        if (error == Errors.NONE) {
            records.forEach(groups::replay);
        }
        return error;
    }

    /** Who is in, or has been given an id while there was room, is not sent away. */
    private boolean isFull(ClassicGroup group, JoinGroupRequestData request) {
        ClassicMember member = group.member(request.memberId());
        if (member != null && (member.join != null || group.is(State.STABLE) || group.is(State.COMPLETING_REBALANCE))) {
            return false;
        }
        if (request.groupInstanceId() != null && group.staticMember(request.groupInstanceId()) != null) {
            return false;
        }
        long there = group.is(State.PREPARING_REBALANCE)
                ? group.members().stream().filter(other -> other.join != null).count()
                : group.size();
        return there + group.pendingJoin().size() - (group.pendingJoin().contains(request.memberId()) ? 1 : 0)
                >= config.maxSize();
    }

    private Errors joinWithoutId(GroupClient client, ClassicGroup group, Joining joining) {
        JoinGroupRequestData request = joining.request;
        String instanceId = request.groupInstanceId();
        String newId = ports.newMemberId(instanceId == null ? client.clientId() : instanceId);
        if (instanceId != null) {
            String oldId = group.staticMember(instanceId);
            ClassicMember old = oldId == null ? null : group.member(oldId);
            if (old != null) {
                return replaceStatic(client, group, old, newId, joining);
            }
        } else if (client.version() >= FIRST_VERSION_WITH_KNOWN_IDS) {
            rebalance.expectJoin(group, newId, request.sessionTimeoutMs());
            ports.reply(joining.reply, ClassicRebalance.refused(newId, Errors.MEMBER_ID_REQUIRED));
            return Errors.NONE;
        }
        group.adoptType(request.protocolType());
        rebalance.admit(group, joining.member(newId), joining.reply);
        return Errors.NONE;
    }

    private Errors joinWithId(ClassicGroup group, Joining joining) {
        JoinGroupRequestData request = joining.request;
        String memberId = request.memberId();
        String instanceId = request.groupInstanceId();
        if (instanceId == null && group.pendingJoin().contains(memberId)) {
            group.adoptType(request.protocolType());
            rebalance.admit(group, joining.member(memberId), joining.reply);
            return Errors.NONE;
        }
        Errors error = memberError(group, memberId, instanceId);
        ClassicMember member = group.member(memberId);
        if (error != Errors.NONE || member == null) {
            return error == Errors.NONE ? Errors.UNKNOWN_MEMBER_ID : error;
        }
        boolean same = member.saysTheSame(joining.protocols());
        boolean asksAnew =
                switch (group.state()) {
                    case PREPARING_REBALANCE -> true;
                    case COMPLETING_REBALANCE -> !same; // else it has missed our answer
                    case STABLE -> !same || group.isLeader(memberId); // a leader that joins wants to assign anew
                    case EMPTY, DEAD -> false;
                };
        if (group.is(State.EMPTY) || group.is(State.DEAD)) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        joining.update(member);
        if (asksAnew) {
            rebalance.rejoin(
                    group,
                    member,
                    joining.reply,
                    "member " + memberId + (same ? " joins again" : " subscribes to something else")
                            + joining.reason());
        } else {
            rebalance.heard(group, member);
            ports.reply(joining.reply, rebalance.joined(group, member));
        }
        return Errors.NONE;
    }

    /**
     * A static member is back. When it subscribes to the same topics and the protocol stays, a stable group stays as it is: that is what
     * static members are for (KIP-345). The rest of what it says may differ: a restarted client does not know what it owned. Where the group
     * does not stay, nothing is written: if this coordinator ends now, the next one must see the same.
     */
    private Errors replaceStatic(
            GroupClient client, ClassicGroup group, ClassicMember old, String newId, Joining joining) {
        String formerLeader = group.leader();
        Set<String> formerTopics = ConsumerSubscriptions.topics(old.metadata(group.protocol()));
        boolean wasToReturn = wasToJoinAgain(group, old);
        rebalance.fence(old);
        ClassicMember member = group.replaceStatic(old, newId);
        joining.update(member);
        LOG.info(
                "group {}: static member {} is back as {}, was {}",
                group.id(),
                member.instanceId(),
                newId,
                old.memberId());
        boolean stays = group.is(State.STABLE)
                && group.selectProtocol().equals(group.protocol())
                && Objects.equals(ConsumerSubscriptions.topics(member.metadata(group.protocol())), formerTopics)
                && !wasToReturn;
        if (stays && store(group) == Errors.NONE) {
            rebalance.heard(group, member);
            ports.reply(joining.reply, returned(client, group, member, formerLeader));
        } else {
            rebalance.rejoin(group, member, joining.reply, "static member " + member.instanceId() + " is back");
        }
        return Errors.NONE;
    }

    /**
     * Whether a member was given less than it said it owned: the leader counts on it to give up the rest and to join again, only then
     * does somebody else get that (KIP-429). One that takes its place knows nothing of it.
     */
    private boolean wasToJoinAgain(ClassicGroup group, ClassicMember member) {
        ClusterView view = cluster.get();
        EmbeddedProtocol.Subscription said = EmbeddedProtocol.subscription(member.metadata(group.protocol()), view);
        PartitionSet assigned = EmbeddedProtocol.assigned(member.assignment, view);
        return said != null && assigned != null && !assigned.containsAll(said.owned());
    }

    private Errors store(ClassicGroup group) {
        return ports.append(List.of(new GroupRecord.ClassicGroupStored(
                group.id(), group.stored(other -> other.assignment, group.stateTimestampMs()))));
    }

    /**
     * What a static member hears that returns into a stable group. A leader must not assign anew: newer clients are told so, older ones
     * that somebody else leads.
     */
    private JoinGroupResponseData returned(
            GroupClient client, ClassicGroup group, ClassicMember member, @Nullable String formerLeader) {
        boolean leads = group.isLeader(member.memberId());
        boolean canSkip = client.version() >= FIRST_VERSION_WITH_SKIPPED_ASSIGNMENT;
        JoinGroupResponseData answer = rebalance.joined(group, member);
        if (leads && canSkip) {
            answer.setSkipAssignment(true);
        } else if (leads) {
            answer.setLeader(formerLeader).setMembers(List.of());
        }
        return answer;
    }

    // ---- sync

    void sync(GroupClient client, SyncGroupRequestData request, CompletableFuture<SyncGroupResponseData> reply) {
        Errors error = doSync(client, request, reply);
        if (error != Errors.NONE) {
            ports.reply(reply, new SyncGroupResponseData().setErrorCode(error.code()));
        }
    }

    private Errors doSync(
            GroupClient client, SyncGroupRequestData request, CompletableFuture<SyncGroupResponseData> reply) {
        Group entry = groups.group(request.groupId());
        if (entry == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        ConsumerGroup shared = shared(entry);
        if (shared != null) {
            ports.reply(reply, mixed.sync(request, shared));
            return Errors.NONE;
        }
        ClassicGroup group = entry.classic();
        Errors error = memberError(group, request.memberId(), request.groupInstanceId(), request.generationId());
        ClassicMember member = group.member(request.memberId());
        if (error != Errors.NONE || member == null) {
            return error;
        }
        if (client.version() >= FIRST_SYNC_WITH_PROTOCOL
                && (!group.protocolType().equals(request.protocolType())
                        || !String.valueOf(group.protocol()).equals(request.protocolName()))) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        switch (group.state()) {
            case EMPTY, DEAD -> {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            case PREPARING_REBALANCE -> {
                return Errors.REBALANCE_IN_PROGRESS;
            }
            case COMPLETING_REBALANCE -> {
                if (member.sync != null) {
                    ports.reply(
                            member.sync, new SyncGroupResponseData().setErrorCode(Errors.REBALANCE_IN_PROGRESS.code()));
                }
                member.sync = reply;
                rebalance.synced(group, member);
                rebalance.heard(group, member);
                if (group.isLeader(member.memberId())) {
                    assign(group, request.assignments());
                }
            }
            case STABLE -> {
                rebalance.synced(group, member);
                rebalance.heard(group, member);
                ports.reply(reply, assignment(group, member));
            }
        }
        return Errors.NONE;
    }

    /** The leader has assigned: it is written, then everybody who waits is told. */
    private void assign(ClassicGroup group, List<SyncGroupRequestAssignment> assignments) {
        Map<String, byte[]> parts = new HashMap<>();
        assignments.forEach(part -> parts.put(part.memberId(), part.assignment()));
        long now = ports.nowMs();
        Errors error = ports.append(List.of(new GroupRecord.ClassicGroupStored(
                group.id(),
                group.stored(member -> parts.getOrDefault(member.memberId(), ClassicMember.NOTHING), now))));
        if (error != Errors.NONE) {
            LOG.warn("group {}: generation {} could not be written: {}", group.id(), group.generation(), error);
            rebalance.failSyncs(group, error == Errors.RECORD_LIST_TOO_LARGE ? Errors.UNKNOWN_SERVER_ERROR : error);
            rebalance.prepareIfPossible(group, "the assignment could not be written");
            return;
        }
        group.become(State.STABLE, now);
        LOG.info("group {}: stable in generation {} with {} members", group.id(), group.generation(), group.size());
        for (ClassicMember member : group.members()) {
            member.assignment = parts.getOrDefault(member.memberId(), ClassicMember.NOTHING);
            CompletableFuture<SyncGroupResponseData> sync = member.sync;
            member.sync = null;
            if (sync != null) {
                rebalance.heard(group, member);
                ports.reply(sync, assignment(group, member));
            }
        }
    }

    private static SyncGroupResponseData assignment(ClassicGroup group, ClassicMember member) {
        return new SyncGroupResponseData()
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocol())
                .setAssignment(member.assignment);
    }

    // ---- heartbeat

    void heartbeat(HeartbeatRequestData request, CompletableFuture<HeartbeatResponseData> reply) {
        ports.reply(
                reply,
                new HeartbeatResponseData().setErrorCode(heartbeat(request).code()));
    }

    private Errors heartbeat(HeartbeatRequestData request) {
        Group entry = groups.group(request.groupId());
        if (entry == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        ConsumerGroup shared = shared(entry);
        if (shared != null) {
            return mixed.heartbeat(request, shared);
        }
        ClassicGroup group = entry.classic();
        Errors error = memberError(group, request.memberId(), request.groupInstanceId(), request.generationId());
        ClassicMember member = group.member(request.memberId());
        if (error != Errors.NONE || member == null) {
            return error;
        }
        return switch (group.state()) {
            case EMPTY, DEAD -> Errors.UNKNOWN_MEMBER_ID;
            case COMPLETING_REBALANCE, STABLE -> {
                rebalance.heard(group, member);
                yield Errors.NONE;
            }
            case PREPARING_REBALANCE -> {
                rebalance.heard(group, member);
                yield Errors.REBALANCE_IN_PROGRESS;
            }
        };
    }

    // ---- leave

    void leave(LeaveGroupRequestData request, CompletableFuture<LeaveGroupResponseData> reply) {
        LeaveGroupResponseData answer = new LeaveGroupResponseData();
        List<MemberIdentity> asked = request.members().isEmpty()
                ? List.of(new MemberIdentity().setMemberId(request.memberId()))
                : request.members();
        for (MemberIdentity identity : asked) {
            Errors error = leave(groups.group(request.groupId()), identity);
            answer.members()
                    .add(new MemberResponse()
                            .setMemberId(identity.memberId())
                            .setGroupInstanceId(identity.groupInstanceId())
                            .setErrorCode(error.code()));
        }
        ports.reply(reply, answer);
    }

    private Errors leave(@Nullable Group entry, MemberIdentity identity) {
        ConsumerGroup shared = shared(entry);
        if (entry == null || shared != null) {
            return shared == null ? Errors.UNKNOWN_MEMBER_ID : mixed.leave(identity, shared);
        }
        ClassicGroup group = entry.classic();
        String memberId = identity.memberId();
        String instanceId = identity.groupInstanceId();
        if (memberId.isEmpty() && instanceId != null) {
            String known = group.staticMember(instanceId); // an administrator names static members only
            if (known == null) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            memberId = known;
        } else if (group.pendingJoin().remove(memberId)) {
            rebalance.completeJoinWhenAllAreThere(group); // the others may have waited for it
            return Errors.NONE;
        }
        Errors error = memberError(group, memberId, instanceId);
        ClassicMember member = group.member(memberId);
        if (error != Errors.NONE || member == null) {
            return error;
        }
        String reason = identity.reason() == null ? "" : ": " + identity.reason();
        rebalance.removeAndRebalance(
                group, member, Errors.UNKNOWN_MEMBER_ID, "member " + memberId + " leaves" + reason);
        return Errors.NONE;
    }

    // ---- who is who

    private static Errors memberError(
            ClassicGroup group, String memberId, @Nullable String instanceId, int generation) {
        Errors error = memberError(group, memberId, instanceId);
        return error == Errors.NONE && generation != group.generation() ? Errors.ILLEGAL_GENERATION : error;
    }

    /** NONE when there is such a member; a static member whose place another took is fenced. */
    static Errors memberError(ClassicGroup group, String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            String known = group.staticMember(instanceId);
            if (known == null) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            if (!known.equals(memberId)) {
                return Errors.FENCED_INSTANCE_ID;
            }
        }
        return group.member(memberId) == null ? Errors.UNKNOWN_MEMBER_ID : Errors.NONE;
    }
}
