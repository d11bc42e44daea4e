/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicMember.Protocol;
import io.klamm.broker.group.MemberAssignment.State;
import io.klamm.broker.group.MemberMetadata.ClassicClient;
import io.klamm.broker.group.MemberMetadata.Client;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What members of the classic protocol ask for in a consumer group (KIP-848). Nobody waits for others: JoinGroup says what the member
 * subscribes to and still owns and takes it a step towards its target, SyncGroup tells it what it may take, Heartbeat
 * when it must join again, which is its only way to another step. It never leads; the coordinator assigns. Runs on the thread of its shard.
 */
final class MixedGroupRequests {
    private static final Logger LOG = LoggerFactory.getLogger(MixedGroupRequests.class);
    private static final int FIRST_VERSION_WITH_KNOWN_IDS = 4;

    private final GroupPorts ports;
    private final GroupConfig.Consumer config;
    private final ConsumerRebalance rebalance;
    private final ProtocolMigration migration;
    private final ConsumerSessions sessions;
    private final Supplier<ClusterView> cluster;

    MixedGroupRequests(
            GroupPorts ports,
            GroupConfig.Consumer config,
            ConsumerRebalance rebalance,
            ProtocolMigration migration,
            ConsumerSessions sessions,
            Supplier<ClusterView> cluster) {
        this.ports = ports;
        this.config = config;
        this.rebalance = rebalance;
        this.migration = migration;
        this.sessions = sessions;
        this.cluster = cluster;
    }

    // ---- join

    JoinGroupResponseData join(GroupClient client, JoinGroupRequestData request, ConsumerGroup group) {
        List<Protocol> protocols = new ArrayList<>();
        request.protocols().forEach(protocol -> protocols.add(new Protocol(protocol.name(), protocol.metadata())));
        ClusterView view = cluster.get();
        EmbeddedProtocol.Subscription said = protocols.isEmpty()
                ? null
                : EmbeddedProtocol.subscription(protocols.get(0).metadata(), view);
        if (said == null
                || !ConsumerSubscriptions.PROTOCOL_TYPE.equals(request.protocolType())
                || !isSharedByOthers(group, protocols, request.memberId())) {
            return ClassicRebalance.refused(request.memberId(), Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        String instanceId = request.groupInstanceId();
        ConsumerMember incumbent = instanceId == null ? null : group.staticMember(instanceId);
        String memberId = request.memberId();
        if (!memberId.isEmpty()
                && instanceId != null
                && (incumbent == null || !incumbent.id().equals(memberId))) {
            return ClassicRebalance.refused(
                    memberId, incumbent == null ? Errors.UNKNOWN_MEMBER_ID : Errors.FENCED_INSTANCE_ID);
        }
        if (group.member(memberId) == null && incumbent == null && !said.owned().isEmpty()) {
            // it was in, and is out by now: what it thinks it owns may be another member's, which only this error tells
            // it
            return ClassicRebalance.refused(memberId, Errors.UNKNOWN_MEMBER_ID);
        }
        if (group.member(memberId) == null && incumbent == null && group.size() >= config.maxSize()) {
            return ClassicRebalance.refused(memberId, Errors.GROUP_MAX_SIZE_REACHED);
        }
        if (memberId.isEmpty()) {
            memberId = ports.newMemberId(instanceId == null ? client.clientId() : instanceId);
            if (instanceId == null && client.version() >= FIRST_VERSION_WITH_KNOWN_IDS) {
                return ClassicRebalance.refused(memberId, Errors.MEMBER_ID_REQUIRED);
            }
        }
        MemberMetadata after = new MemberMetadata(
                new Client(instanceId, said.rack(), client.clientId(), client.clientHost()),
                request.rebalanceTimeoutMs() < 0 ? request.sessionTimeoutMs() : request.rebalanceTimeoutMs(),
                said.topics(),
                null,
                null,
                new ClassicClient(request.sessionTimeoutMs(), protocols));
        Errors error = enter(group, memberId, incumbent, after, view);
        ConsumerMember member = group.member(memberId);
        if (error == Errors.NONE && member != null) {
            error = step(group, member, said, view);
        }
        if (error != Errors.NONE || member == null) {
            return ClassicRebalance.refused(memberId, sayable(error));
        }
        sessions.heard(group, member);
        sessions.acted(member);
        sessions.mustAct(group, member); // it must ask for its assignment
        return new JoinGroupResponseData()
                .setMemberId(memberId)
                .setGenerationId(member.epoch())
                .setProtocolType(ConsumerSubscriptions.PROTOCOL_TYPE)
                .setProtocolName(protocols.get(0).name())
                .setLeader("");
    }

    /** Members of the classic protocol must have an assignor in common, since the group may be theirs alone again. */
    private static boolean isSharedByOthers(ConsumerGroup group, List<Protocol> protocols, String memberId) {
        return protocols.stream().anyMatch(protocol -> group.members().stream()
                .allMatch(other -> other.id().equals(memberId)
                        || other.metadata().classic() == null
                        || supports(other.metadata().classic(), protocol.name())));
    }

    private static boolean supports(@Nullable ClassicClient client, @Nullable String protocol) {
        return client != null
                && client.protocols().stream().anyMatch(one -> one.name().equals(protocol));
    }

    /** Writes who the member is; a static one takes the place of the one before. */
    private Errors enter(
            ConsumerGroup group,
            String memberId,
            @Nullable ConsumerMember incumbent,
            MemberMetadata after,
            ClusterView view) {
        ConsumerMember known = incumbent == null ? group.member(memberId) : incumbent;
        List<GroupRecord> records = new ArrayList<>();
        boolean replaces = incumbent != null && !incumbent.id().equals(memberId);
        if (incumbent != null && replaces) {
            records.addAll(group.tombstones(incumbent.id()));
        }
        records.add(new GroupRecord.ConsumerMemberStored(group.id(), memberId, after));
        if (incumbent != null && replaces) {
            records.add(new GroupRecord.TargetAssigned(group.id(), memberId, group.target(incumbent.id())));
            records.add(new GroupRecord.AssignmentChanged(
                    group.id(), memberId, incumbent.assignment().back()));
        }
        if (known == null || !after.subscribesToTheSameAs(known.metadata())) {
            String before = known == null ? memberId : known.id();
            records.add(rebalance.nextEpoch(group, view, before, after));
        }
        Errors error = rebalance.write(records);
        if (error == Errors.NONE && (known == null || replaces)) {
            LOG.info("group {}: member {} joins by the classic protocol", group.id(), memberId);
        }
        return error;
    }

    private Errors step(
            ConsumerGroup group, ConsumerMember member, EmbeddedProtocol.Subscription said, ClusterView view) {
        Errors error = rebalance.lookAtTopics(group, view);
        if (error == Errors.NONE) {
            error = rebalance.assign(group, view);
        }
        return error == Errors.NONE
                ? rebalance.reconcile(
                        group,
                        member,
                        said.owned().intersect(member.assignment().held()))
                : error;
    }

    private static Errors sayable(Errors error) {
        return error == Errors.NONE || error == Errors.RECORD_LIST_TOO_LARGE ? Errors.UNKNOWN_SERVER_ERROR : error;
    }

    // ---- sync

    SyncGroupResponseData sync(SyncGroupRequestData request, ConsumerGroup group) {
        ConsumerMember member = group.member(request.memberId());
        Errors error = memberError(group, request.memberId(), request.groupInstanceId(), request.generationId());
        if (error != Errors.NONE || member == null || member.metadata().classic() == null) {
            return new SyncGroupResponseData().setErrorCode(error.code());
        }
        ClassicClient client = member.metadata().classic();
        boolean otherType =
                request.protocolType() != null && !ConsumerSubscriptions.PROTOCOL_TYPE.equals(request.protocolType());
        if (otherType || (request.protocolName() != null && !supports(client, request.protocolName()))) {
            return new SyncGroupResponseData().setErrorCode(Errors.INCONSISTENT_GROUP_PROTOCOL.code());
        }
        sessions.heard(group, member);
        boolean revokes = member.assignment().is(State.UNREVOKED_PARTITIONS);
        if (member.epoch() < group.epoch().epoch() && !revokes) {
            sessions.mustAct(group, member);
            return new SyncGroupResponseData().setErrorCode(Errors.REBALANCE_IN_PROGRESS.code());
        }
        sessions.acted(member);
        if (revokes) {
            sessions.mustAct(group, member);
        }
        ClusterView view = cluster.get();
        Protocol chosen = client.protocols().get(0);
        EmbeddedProtocol.Subscription said = EmbeddedProtocol.subscription(chosen.metadata(), view);
        return new SyncGroupResponseData()
                .setProtocolType(ConsumerSubscriptions.PROTOCOL_TYPE)
                .setProtocolName(chosen.name())
                .setAssignment(EmbeddedProtocol.assignment(
                        said == null ? 0 : said.version(), member.assignment().assigned(), view));
    }

    // ---- heartbeat

    Errors heartbeat(HeartbeatRequestData request, ConsumerGroup group) {
        Errors error = memberError(group, request.memberId(), request.groupInstanceId(), request.generationId());
        ConsumerMember member = group.member(request.memberId());
        if (error != Errors.NONE || member == null) {
            return error;
        }
        sessions.heard(group, member);
        ClusterView view = cluster.get();
        if (rebalance.lookAtTopics(group, view) != Errors.NONE || rebalance.assign(group, view) != Errors.NONE) {
            return Errors.NONE; // nothing can be written now; a later heartbeat tries again
        }
        if (mustJoin(group, member)) {
            sessions.mustAct(group, member);
            return Errors.REBALANCE_IN_PROGRESS;
        }
        return migration.settle(group) ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
    }

    /** Whether it can come a step further. */
    private boolean mustJoin(ConsumerGroup group, ConsumerMember member) {
        return member.assignment().is(State.UNREVOKED_PARTITIONS)
                || member.epoch() < group.epoch().epoch()
                || rebalance.canStep(group, member);
    }

    // ---- leave

    Errors leave(MemberIdentity identity, ConsumerGroup group) {
        String memberId = identity.memberId();
        String instanceId = identity.groupInstanceId();
        ConsumerMember member;
        if (memberId.isEmpty() && instanceId != null) {
            member = group.staticMember(instanceId); // an administrator names static members, of both protocols
        } else {
            Errors error = memberError(group, memberId, instanceId);
            if (error != Errors.NONE) {
                return error;
            }
            member = group.member(memberId);
        }
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        Errors error = migration.remove(group, member);
        if (error == Errors.NONE) {
            String reason = identity.reason() == null ? "" : ": " + identity.reason();
            LOG.info("group {}: member {} leaves{}", group.id(), member.id(), reason);
        }
        return error == Errors.NONE ? Errors.NONE : sayable(error);
    }

    // ---- who is who

    /** NONE when there is such a member of the classic protocol. */
    private static Errors memberError(ConsumerGroup group, String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            ConsumerMember known = group.staticMember(instanceId);
            if (known == null) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            if (!known.id().equals(memberId)) {
                return Errors.FENCED_INSTANCE_ID;
            }
        }
        ConsumerMember member = group.member(memberId);
        return member == null || member.metadata().classic() == null ? Errors.UNKNOWN_MEMBER_ID : Errors.NONE;
    }

    /** The same, and whether its generation is its epoch. */
    static Errors memberError(ConsumerGroup group, String memberId, @Nullable String instanceId, int generation) {
        Errors error = memberError(group, memberId, instanceId);
        ConsumerMember member = group.member(memberId);
        return error == Errors.NONE && member != null && member.epoch() != generation
                ? Errors.ILLEGAL_GENERATION
                : error;
    }
}
