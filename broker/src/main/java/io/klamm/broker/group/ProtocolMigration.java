/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicMember.Protocol;
import io.klamm.broker.group.MemberAssignment.State;
import io.klamm.broker.group.MemberMetadata.ClassicClient;
import io.klamm.broker.group.MemberMetadata.Client;
import io.klamm.broker.group.assign.PartitionSet;
import io.klamm.broker.group.assign.TopicPartitions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups change their protocol while they work (KIP-848). A classic group of consumers becomes a consumer group when the first member joins by
 * ConsumerGroupHeartbeat: its members stay in, with what they own, and go on with JoinGroup, SyncGroup and Heartbeat ({@link
 * MixedGroupRequests}); their generation is their epoch. When the last member of the new protocol has left, and the others have come to
 * the same epoch, the group is a classic one again.
 */
final class ProtocolMigration {
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolMigration.class);

    private final GroupPorts ports;
    private final GroupConfig config;
    private final Groups groups;
    private final ClassicRebalance classicRebalance;
    private final ConsumerRebalance rebalance;
    private final Supplier<ClusterView> cluster;

    ProtocolMigration(
            GroupPorts ports,
            GroupConfig config,
            Groups groups,
            ClassicRebalance classicRebalance,
            ConsumerRebalance rebalance,
            Supplier<ClusterView> cluster) {
        this.ports = ports;
        this.config = config;
        this.groups = groups;
        this.classicRebalance = classicRebalance;
        this.rebalance = rebalance;
        this.cluster = cluster;
    }

    // ---- to the consumer protocol

    /**
     * Makes a classic group with members a consumer group. Its members' sessions are for the caller to begin.
     *
     * @throws ApiException GROUP_ID_NOT_FOUND when it cannot be one, or what kept it from being written
     */
    ConsumerGroup upgrade(Group entry) {
        ClassicGroup classic = entry.classic();
        List<GroupRecord> records = new ArrayList<>();
        records.add(new GroupRecord.ClassicGroupStored(entry.id(), null));
        records.addAll(upgraded(classic));
        Errors error = rebalance.write(records);
        if (error != Errors.NONE) {
            throw (error == Errors.RECORD_LIST_TOO_LARGE ? Errors.UNKNOWN_SERVER_ERROR : error).exception();
        }
        LOG.info(
                "group {}: its {} members of generation {} are in a consumer group now",
                classic.id(),
                classic.size(),
                classic.generation());
        for (ClassicMember member : List.copyOf(classic.members())) {
            classicRebalance.fail(member, Errors.REBALANCE_IN_PROGRESS); // it joins anew
        }
        classicRebalance.end(classic);
        return Objects.requireNonNull(groups.getOrCreate(entry.id()).consumer());
    }

    /** What is written of the consumer group that a classic one becomes. */
    private List<GroupRecord> upgraded(ClassicGroup classic) {
        refuseUnless(
                config.consumer().migration().upgrades(), classic, "the migration policy does not let it become one");
        refuseUnless(
                ConsumerSubscriptions.PROTOCOL_TYPE.equals(classic.protocolType()),
                classic,
                "its members are no consumers");
        refuseUnless(classic.size() < config.consumer().maxSize(), classic, "it has too many members to become one");
        ClusterView view = cluster.get();
        int epoch = classic.generation();
        List<Share> shares = shares(classic, view);
        List<GroupRecord> members = new ArrayList<>();
        List<GroupRecord> parts = new ArrayList<>();
        SortedSet<String> names = new TreeSet<>();
        PartitionSet taken = PartitionSet.EMPTY;
        for (Share share : shares) {
            taken = taken.plus(share.owned);
        }
        PartitionSet assigned = taken;
        boolean racks = false;
        for (Share share : shares) {
            String memberId = share.member.memberId();
            // it may have missed the answer that takes this from it, and owns it until it joins again
            PartitionSet unrevoked = share.said.owned().minus(taken);
            taken = taken.plus(unrevoked);
            names.addAll(share.said.topics());
            racks |= share.said.rack() != null;
            members.add(
                    new GroupRecord.ConsumerMemberStored(classic.id(), memberId, metadata(share.member, share.said)));
            parts.add(new GroupRecord.TargetAssigned(classic.id(), memberId, share.owned));
            parts.add(new GroupRecord.AssignmentChanged(
                    classic.id(),
                    memberId,
                    new MemberAssignment(
                            epoch,
                            epoch,
                            unrevoked.isEmpty() ? State.STABLE : State.UNREVOKED_PARTITIONS,
                            share.owned,
                            unrevoked)));
        }
        TopicPartitions topics = SubscribedTopics.of(names, view, racks);
        // What was given up in a first rebalance is to be given away in a second one (KIP-429). The members may not ask
        // for it any more.
        int next = coversAll(assigned, topics) ? epoch : epoch + 1;
        List<GroupRecord> records = new ArrayList<>(members);
        records.add(new GroupRecord.ConsumerEpoch(
                classic.id(), new GroupEpoch(next, SubscribedTopics.hash(topics), ports.nowMs())));
        records.addAll(parts);
        records.add(new GroupRecord.TargetEpoch(classic.id(), epoch));
        return records;
    }

    private static boolean coversAll(PartitionSet parts, TopicPartitions topics) {
        return topics.topics().values().stream()
                .allMatch(topic -> parts.partitions(topic.id()).size() == topic.partitions());
    }

    /** What a member has of a classic group. */
    private record Share(ClassicMember member, EmbeddedProtocol.Subscription said, PartitionSet owned) {}

    private static List<Share> shares(ClassicGroup classic, ClusterView view) {
        List<Share> shares = new ArrayList<>();
        PartitionSet taken = PartitionSet.EMPTY;
        for (ClassicMember member : classic.members()) {
            EmbeddedProtocol.Subscription said =
                    EmbeddedProtocol.subscription(member.protocols.get(0).metadata(), view);
            PartitionSet assigned = EmbeddedProtocol.assigned(member.assignment, view);
            if (said == null || assigned == null) {
                throw refusal(classic, "member " + member.memberId() + " uses an assignor that cannot be understood");
            }
            // after a rebalance that did not come to its end there are no assignments: what it has not given up counts
            boolean isAssigned = classic.is(ClassicGroup.State.STABLE) || member.assignment.length > 0;
            PartitionSet owned = (isAssigned ? assigned : said.owned()).minus(taken);
            taken = taken.plus(owned);
            shares.add(new Share(member, said, owned));
        }
        return shares;
    }

    private static MemberMetadata metadata(ClassicMember member, EmbeddedProtocol.Subscription said) {
        return new MemberMetadata(
                new Client(member.instanceId(), said.rack(), member.clientId, member.clientHost),
                member.rebalanceTimeoutMs,
                said.topics(),
                null,
                null,
                new ClassicClient(member.sessionTimeoutMs, member.protocols));
    }

    private static void refuseUnless(boolean holds, ClassicGroup group, String reason) {
        if (!holds) {
            throw refusal(group, reason);
        }
    }

    private static ApiException refusal(ClassicGroup group, String reason) {
        return Errors.GROUP_ID_NOT_FOUND.exception("Group " + group.id() + " is not a consumer group: " + reason);
    }

    // ---- to the classic protocol

    /**
     * Takes a member out. When only members of the classic protocol are left, none of them on its way, the group becomes a classic one
     * with it.
     */
    Errors remove(ConsumerGroup group, ConsumerMember member) {
        return mayDowngrade(group, member.id())
                ? downgrade(group, member.id())
                : rebalance.remove(group, member, cluster.get());
    }

    /** Whether the group has just become a classic one: all its members are of that protocol by now, and none is on its way. */
    boolean settle(ConsumerGroup group) {
        return mayDowngrade(group, null) && downgrade(group, null) == Errors.NONE;
    }

    /**
     * Members on their way would come with another generation than the group's and lose what they own: until they have arrived,
     * the group stays what it is.
     */
    private boolean mayDowngrade(ConsumerGroup group, @Nullable String without) {
        List<ConsumerMember> left = membersWithout(group, without);
        return config.consumer().migration().downgrades()
                && !left.isEmpty()
                && left.size() <= config.classic().maxSize()
                && group.targetEpoch() == group.epoch().epoch()
                && left.stream()
                        .allMatch(member -> member.metadata().classic() != null
                                && member.assignment().hasReached(group.targetEpoch()))
                && commonProtocol(left) != null;
    }

    private static List<ConsumerMember> membersWithout(ConsumerGroup group, @Nullable String without) {
        return group.members().stream()
                .filter(member -> !member.id().equals(without))
                .toList();
    }

    /** The first one of the first member that all support; null when there is none. */
    private static @Nullable String commonProtocol(List<ConsumerMember> members) {
        Set<String> common = new LinkedHashSet<>();
        protocols(members.get(0)).forEach(protocol -> common.add(protocol.name()));
        for (ConsumerMember member : members) {
            common.removeIf(name -> metadata(member, name) == null);
        }
        return common.isEmpty() ? null : common.iterator().next();
    }

    private static List<Protocol> protocols(ConsumerMember member) {
        ClassicClient classic = member.metadata().classic();
        return classic == null ? List.of() : classic.protocols();
    }

    private static byte @Nullable [] metadata(ConsumerMember member, String protocol) {
        for (Protocol one : protocols(member)) {
            if (one.name().equals(protocol)) {
                return one.metadata();
            }
        }
        return null;
    }

    private Errors downgrade(ConsumerGroup group, @Nullable String without) {
        List<ConsumerMember> left = membersWithout(group, without);
        String protocol = Objects.requireNonNull(commonProtocol(left));
        ClusterView view = cluster.get();
        List<StoredGroup.Member> members = new ArrayList<>();
        for (ConsumerMember member : left) {
            members.add(stored(member, protocol, view));
        }
        int generation = group.epoch().epoch();
        StoredGroup classic = new StoredGroup(
                ConsumerSubscriptions.PROTOCOL_TYPE,
                generation,
                protocol,
                left.get(0).id(),
                ports.nowMs(),
                members);
        List<GroupRecord> records = new ArrayList<>();
        records.add(new GroupRecord.ClassicGroupStored(
                group.id(), classic)); // the first: whatever is lost of the rest, it is so
        records.addAll(group.tombstones());
        Errors error = rebalance.write(records);
        if (error != Errors.NONE) {
            LOG.warn("group {}: that it is a classic group again could not be written: {}", group.id(), error);
            return error;
        }
        LOG.info(
                "group {}: a classic group again, in generation {} with {} members",
                group.id(),
                generation,
                left.size());
        ConsumerRequests.end(group);
        ClassicGroup after = groups.getOrCreate(group.id()).classic();
        classicRebalance.restored(after);
        classicRebalance.prepareIfPossible(after, "the last member of the consumer protocol has left"); // one must lead
        return Errors.NONE;
    }

    private static StoredGroup.Member stored(ConsumerMember member, String protocol, ClusterView view) {
        MemberMetadata metadata = member.metadata();
        byte[] subscription = Objects.requireNonNull(metadata(member, protocol));
        EmbeddedProtocol.Subscription said = EmbeddedProtocol.subscription(subscription, view);
        return new StoredGroup.Member(
                member.id(),
                metadata.instanceId(),
                metadata.clientId(),
                metadata.clientHost(),
                metadata.rebalanceTimeoutMs(),
                Objects.requireNonNull(metadata.classic()).sessionTimeoutMs(),
                subscription,
                EmbeddedProtocol.assignment(
                        said == null ? 0 : said.version(), member.assignment().assigned(), view));
    }
}
