/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.GroupAssignment;
import io.klamm.broker.group.assign.GroupSubscription;
import io.klamm.broker.group.assign.MemberSubscription;
import io.klamm.broker.group.assign.PartitionSet;
import io.klamm.broker.group.assign.ServerAssignor;
import io.klamm.broker.group.assign.TopicPartitions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a consumer group comes to its next epoch (KIP-848): members or topics change, so the group epoch grows; a group epoch without a
 * target gets one; and each member goes to its target by itself, from one heartbeat to the next. Each step is written before
 * it is so, and leaves a state that a later heartbeat, here or at the next coordinator, goes on from.
 */
final class ConsumerRebalance {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerRebalance.class);

    private final GroupPorts ports;
    private final Groups groups;
    private final Map<String, ServerAssignor> assignors = new LinkedHashMap<>();
    private final String defaultAssignor;

    /** @param assignors the first is for groups whose members wish for none */
    ConsumerRebalance(GroupPorts ports, Groups groups, List<ServerAssignor> assignors) {
        this.ports = ports;
        this.groups = groups;
        assignors.forEach(assignor -> this.assignors.put(assignor.name(), assignor));
        this.defaultAssignor = assignors.get(0).name();
    }

    Collection<String> assignors() {
        return assignors.keySet();
    }

    String assignorOf(ConsumerGroup group) {
        String preferred = group.preferredAssignor(defaultAssignor);
        return assignors.containsKey(preferred) ? preferred : defaultAssignor; // settings may have changed since
    }

    /** All or nothing; when NONE is returned it is so. */
    Errors write(List<GroupRecord> records) {
        Errors error = records.isEmpty() ? Errors.NONE : ports.append(records);
        if (error == Errors.NONE) {
            records.forEach(groups::replay);
        }
        return error;
    }

    // ---- the group epoch

    /**
     * The next epoch of the group, with the topics that it will subscribe to.
     *
     * @param without a member that will not be there, or not as it is now; null for none
     * @param with what a member will be; null for none
     */
    GroupRecord nextEpoch(
            ConsumerGroup group, ClusterView cluster, @Nullable String without, @Nullable MemberMetadata with) {
        SortedSet<String> names = new TreeSet<>();
        boolean racks = with != null && with.rackId() != null;
        for (ConsumerMember member : group.members()) {
            if (!member.id().equals(without)) {
                names.addAll(group.topicNames(member.metadata()));
                racks |= member.metadata().rackId() != null;
            }
        }
        if (with != null) {
            names.addAll(group.topicNames(with));
        }
        return nextEpoch(group, SubscribedTopics.hash(SubscribedTopics.of(names, cluster, racks)));
    }

    private GroupRecord nextEpoch(ConsumerGroup group, long hash) {
        return new GroupRecord.ConsumerEpoch(
                group.id(), new GroupEpoch(group.epoch().epoch() + 1, hash, ports.nowMs()));
    }

    /** When the cluster's topics have changed, and this group's among them, a new epoch begins. */
    Errors lookAtTopics(ConsumerGroup group, ClusterView cluster) {
        if (!group.topicsInDoubt()) {
            return Errors.NONE;
        }
        long hash = SubscribedTopics.hash(topics(group, cluster));
        if (hash != group.epoch().metadataHash()) {
            Errors error = write(List.of(nextEpoch(group, hash)));
            if (error != Errors.NONE) {
                return error;
            }
            LOG.info(
                    "group {}: epoch {}: its topics have changed",
                    group.id(),
                    group.epoch().epoch());
        }
        group.topicsLookedAt();
        return Errors.NONE;
    }

    private static TopicPartitions topics(ConsumerGroup group, ClusterView cluster) {
        boolean racks =
                group.members().stream().anyMatch(member -> member.metadata().rackId() != null);
        return SubscribedTopics.of(group.topicNames(), cluster, racks);
    }

    // ---- the target assignment

    /** A group epoch without a target gets one. */
    Errors assign(ConsumerGroup group, ClusterView cluster) {
        int epoch = group.epoch().epoch();
        ServerAssignor assignor = assignors.get(assignorOf(group));
        if (epoch <= group.targetEpoch() || group.isEmpty() || assignor == null) {
            return Errors.NONE;
        }
        TopicPartitions topics = topics(group, cluster);
        GroupAssignment target = assignor.assign(subscription(group, topics), topics);
        List<GroupRecord> records = new ArrayList<>();
        for (ConsumerMember member : group.members()) {
            PartitionSet next = target.of(member.id());
            if (!next.equals(group.target(member.id()))) {
                records.add(new GroupRecord.TargetAssigned(group.id(), member.id(), next));
            }
        }
        int changed = records.size();
        records.add(new GroupRecord.TargetEpoch(group.id(), epoch)); // the last: until then the old epoch counts
        Errors error = write(records);
        if (error == Errors.NONE) {
            LOG.info(
                    "group {}: epoch {}: {} assigns anew; {} of {} members change",
                    group.id(),
                    epoch,
                    assignor.name(),
                    changed,
                    group.size());
        } else {
            LOG.warn("group {}: the target of epoch {} could not be written: {}", group.id(), epoch, error);
        }
        return error;
    }

    private static GroupSubscription subscription(ConsumerGroup group, TopicPartitions topics) {
        Map<String, Uuid> ids = new TreeMap<>();
        topics.topics().values().forEach(topic -> ids.put(topic.name(), topic.id()));
        SortedMap<String, MemberSubscription> members = new TreeMap<>();
        for (ConsumerMember member : group.members()) {
            SortedSet<Uuid> subscribed = new TreeSet<>();
            for (String name : group.topicNames(member.metadata())) {
                Uuid id = ids.get(name);
                if (id != null) {
                    subscribed.add(id);
                }
            }
            MemberMetadata metadata = member.metadata();
            members.put(
                    member.id(),
                    new MemberSubscription(
                            member.id(),
                            metadata.instanceId(),
                            metadata.rackId(),
                            subscribed,
                            group.target(member.id())));
        }
        return new GroupSubscription(members);
    }

    // ---- the members

    /**
     * The member goes on to its target as far as it can.
     *
     * @param owned what it says it owns; null when it does not say
     */
    Errors reconcile(ConsumerGroup group, ConsumerMember member, @Nullable PartitionSet owned) {
        MemberAssignment next = next(group, member, owned);
        if (next.equals(member.assignment())) {
            return Errors.NONE;
        }
        return write(List.of(new GroupRecord.AssignmentChanged(group.id(), member.id(), next)));
    }

    /** Whether a member would come further if it asked for it. */
    boolean canStep(ConsumerGroup group, ConsumerMember member) {
        return !next(group, member, null).equals(member.assignment());
    }

    private static MemberAssignment next(ConsumerGroup group, ConsumerMember member, @Nullable PartitionSet owned) {
        return new Reconciliation(
                        group.targetEpoch(),
                        group.target(member.id()),
                        (topicId, partition) -> group.isFreeFor(member.id(), topicId, partition),
                        owned)
                .next(member.assignment());
    }

    /** Takes a member out: what it held is free, and the others get it with the next epoch. */
    Errors remove(ConsumerGroup group, ConsumerMember member, ClusterView cluster) {
        List<GroupRecord> records = new ArrayList<>(group.tombstones(member.id()));
        String pattern = member.metadata().topicPattern();
        if (pattern != null
                && group.patterns().containsKey(pattern)
                && group.members().stream()
                        .noneMatch(other -> other != member
                                && pattern.equals(other.metadata().topicPattern()))) {
            records.add(new GroupRecord.PatternResolved(group.id(), pattern, null));
        }
        records.add(nextEpoch(group, cluster, member.id(), null));
        return write(records);
    }
}
