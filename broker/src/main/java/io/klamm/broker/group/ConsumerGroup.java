/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A group of the consumer protocol (KIP-848), as its records say: who is in it, what each shall own and what each owns. The three are
 * versions of one another: the group epoch counts changes of the members and their topics, the target epoch says which of them the
 * target assignment is for, the epoch of each member how far it has come to the target. Only bookkeeping: {@link ConsumerRebalance} says when what changes.
 */
final class ConsumerGroup {
    /** Where a group stands; the names are those that clients are told. */
    enum State {
        EMPTY("Empty"),
        /** The members have changed since the target was made. */
        ASSIGNING("Assigning"),
        /** Some have not come to their target yet. */
        RECONCILING("Reconciling"),
        STABLE("Stable");

        private final String text;

        State(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final String id;
    private GroupEpoch epoch = GroupEpoch.NONE;
    private int targetEpoch;
    private final Map<String, ConsumerMember> members = new TreeMap<>();
    private final Map<String, String> staticMembers = new HashMap<>();
    private final Map<String, PartitionSet> targets = new HashMap<>();
    private final Map<String, ResolvedPattern> patterns = new TreeMap<>();

    /** Member id by topic id and partition: who holds it, be it to give it up. */
    private final Map<Uuid, Map<Integer, String>> holders = new HashMap<>();

    private final PatternSubscriptions.Looks patternLooks = new PatternSubscriptions.Looks();

    /** The topics may be other than the epoch's hash says. */
    private boolean topicsInDoubt = true;

    ConsumerGroup(String id) {
        this.id = id;
    }

    String id() {
        return id;
    }

    GroupEpoch epoch() {
        return epoch;
    }

    int targetEpoch() {
        return targetEpoch;
    }

    State state() {
        if (members.isEmpty()) {
            return State.EMPTY;
        }
        if (epoch.epoch() > targetEpoch) {
            return State.ASSIGNING;
        }
        for (ConsumerMember member : members.values()) {
            if (!member.assignment().hasReached(targetEpoch)) {
                return State.RECONCILING;
            }
        }
        return State.STABLE;
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    int size() {
        return members.size();
    }

    /** In the order of their ids. */
    Collection<ConsumerMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Nullable
    ConsumerMember member(String memberId) {
        return members.get(memberId);
    }

    /** The member that has this group.instance.id; null when nobody does. */
    @Nullable
    ConsumerMember staticMember(String instanceId) {
        String memberId = staticMembers.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    /** What a member shall come to own. */
    PartitionSet target(String memberId) {
        return targets.getOrDefault(memberId, PartitionSet.EMPTY);
    }

    /** Whether no other member holds a partition. */
    boolean isFreeFor(String memberId, Uuid topicId, int partition) {
        String holder = holders.getOrDefault(topicId, Map.of()).get(partition);
        return holder == null || holder.equals(memberId);
    }

    /** What patterns of members stand for, by pattern. */
    Map<String, ResolvedPattern> patterns() {
        return Collections.unmodifiableMap(patterns);
    }

    PatternSubscriptions.Looks patternLooks() {
        return patternLooks;
    }

    // ---- subscriptions

    /** Names of the topics that a member subscribes to, by name or by pattern; they need not exist. */
    SortedSet<String> topicNames(MemberMetadata member) {
        ResolvedPattern resolved = member.topicPattern() == null ? null : patterns.get(member.topicPattern());
        if (resolved == null) {
            return member.topicNames();
        }
        SortedSet<String> names = new TreeSet<>(member.topicNames());
        names.addAll(resolved.topics());
        return names;
    }

    /** Names of the topics that anybody subscribes to. */
    SortedSet<String> topicNames() {
        SortedSet<String> names = new TreeSet<>();
        for (ConsumerMember member : members.values()) {
            names.addAll(topicNames(member.metadata()));
        }
        return names;
    }

    boolean subscribesTo(String topic) {
        for (ConsumerMember member : members.values()) {
            if (topicNames(member.metadata()).contains(topic)) {
                return true;
            }
        }
        return false;
    }

    boolean topicsInDoubt() {
        return topicsInDoubt;
    }

    /** The cluster's topics have changed: the next heartbeat looks at them. */
    void doubtTopics() {
        topicsInDoubt = true;
    }

    void topicsLookedAt() {
        topicsInDoubt = false;
    }

    /** The assignor that most members wish for, the first by name of several; the default when nobody wishes for one. */
    String preferredAssignor(String byDefault) {
        Map<String, Integer> votes = new TreeMap<>();
        for (ConsumerMember member : members.values()) {
            String wish = member.metadata().serverAssignor();
            if (wish != null) {
                votes.merge(wish, 1, Integer::sum);
            }
        }
        String winner = null;
        for (Map.Entry<String, Integer> vote : votes.entrySet()) {
            if (winner == null || vote.getValue() > votes.getOrDefault(winner, 0)) {
                winner = vote.getKey();
            }
        }
        return winner == null ? byDefault : winner;
    }

    // ---- records

    /** As a record says: written just now, or read from the log. A log that was compacted tells the last word on each thing, in any order. */
    void replay(GroupRecord record) {
        if (record instanceof GroupRecord.ConsumerEpoch changed) {
            epoch = changed.epoch() == null ? GroupEpoch.NONE : changed.epoch();
        } else if (record instanceof GroupRecord.TargetEpoch changed) {
            targetEpoch = changed.epoch() == null ? 0 : changed.epoch();
        } else if (record instanceof GroupRecord.ConsumerMemberStored stored) {
            member(stored.memberId(), stored.member());
        } else if (record instanceof GroupRecord.TargetAssigned assigned) {
            if (assigned.target() == null) {
                targets.remove(assigned.memberId());
            } else {
                targets.put(assigned.memberId(), assigned.target());
            }
        } else if (record instanceof GroupRecord.AssignmentChanged changed) {
            assignment(changed.memberId(), changed.assignment());
        } else if (record instanceof GroupRecord.PatternResolved resolved) {
            if (resolved.resolved() == null) {
                patterns.remove(resolved.pattern());
            } else {
                patterns.put(resolved.pattern(), resolved.resolved());
            }
        }
    }

    private void member(String memberId, @Nullable MemberMetadata metadata) {
        ConsumerMember known = members.get(memberId);
        String before = known == null ? null : known.metadata().instanceId();
        if (before != null) {
            staticMembers.remove(before, memberId);
        }
        if (metadata == null) {
            if (known != null) {
                members.remove(memberId);
                release(memberId, known.assignment().held());
                known.cancelTimers();
            }
            return;
        }
        if (known == null) {
            members.put(memberId, new ConsumerMember(memberId, metadata));
        } else {
            known.become(metadata);
        }
        if (metadata.instanceId() != null) {
            staticMembers.put(metadata.instanceId(), memberId);
        }
    }

    private void assignment(String memberId, @Nullable MemberAssignment changed) {
        ConsumerMember member = members.get(memberId);
        if (member == null) {
            if (changed == null) {
                return;
            }
            member = new ConsumerMember(
                    memberId, MemberMetadata.UNKNOWN); // the rest follows, or it is dropped after the log is read
            members.put(memberId, member);
        }
        MemberAssignment next = changed == null ? MemberAssignment.NONE : changed;
        release(memberId, member.assignment().held());
        next.held().forEach((topicId, partition) -> holders.computeIfAbsent(topicId, unused -> new HashMap<>())
                .put(partition, memberId));
        member.become(next);
    }

    private void release(String memberId, PartitionSet partitions) {
        partitions.forEach((topicId, partition) -> {
            Map<Integer, String> ofTopic = holders.get(topicId);
            if (ofTopic != null) {
                ofTopic.remove(partition, memberId);
                if (ofTopic.isEmpty()) {
                    holders.remove(topicId);
                }
            }
        });
    }

    /** The log has been read: members of which it tells only a part were cut off from it when they left. */
    void dropFragments() {
        for (ConsumerMember member : List.copyOf(members.values())) {
            if (member.metadata().equals(MemberMetadata.UNKNOWN)) {
                member(member.id(), null);
            }
        }
        targets.keySet().retainAll(Set.copyOf(members.keySet()));
    }

    /** Ends a member in the log. */
    List<GroupRecord> tombstones(String memberId) {
        return List.of(
                new GroupRecord.AssignmentChanged(id, memberId, null),
                new GroupRecord.TargetAssigned(id, memberId, null),
                new GroupRecord.ConsumerMemberStored(id, memberId, null));
    }

    /** Ends the group in the log. */
    List<GroupRecord> tombstones() {
        List<GroupRecord> records = new ArrayList<>();
        members.keySet().forEach(memberId -> records.addAll(tombstones(memberId)));
        patterns.keySet().forEach(pattern -> records.add(new GroupRecord.PatternResolved(id, pattern, null)));
        records.add(new GroupRecord.TargetEpoch(id, null));
        records.add(new GroupRecord.ConsumerEpoch(id, null));
        return records;
    }
}
