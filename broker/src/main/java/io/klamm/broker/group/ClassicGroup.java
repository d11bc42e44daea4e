/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicMember.Protocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A group of the classic protocol: its members and the generation they agree on. Only bookkeeping: {@link ClassicRebalance} says
 * when what changes.
 */
final class ClassicGroup {
    /** Where a group stands; the names are those that clients are told. */
    enum State {
        /** No members; at most offsets. */
        EMPTY("Empty"),
        /** Members join; who does not in time is out. */
        PREPARING_REBALANCE("PreparingRebalance"),
        /** Everybody has joined, the leader assigns. */
        COMPLETING_REBALANCE("CompletingRebalance"),
        /** Everybody knows its part. */
        STABLE("Stable"),
        /** Gone. */
        DEAD("Dead");

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
    private State state = State.EMPTY;
    private long stateTimestampMs;
    private int generation;
    private String protocolType = "";
    private @Nullable String protocol;
    private @Nullable String leader;
    private final Map<String, ClassicMember> members = new LinkedHashMap<>();
    private final Map<String, String> staticMembers = new LinkedHashMap<>();

    /** Ids given out to clients that have not joined with them yet (KIP-394). */
    private final Set<String> pendingJoin = new LinkedHashSet<>();

    /** Members of this generation that have not asked for their assignment yet. */
    private final Set<String> pendingSync = new LinkedHashSet<>();

    /** What the members subscribe to; null when that is not known. */
    private @Nullable Set<String> subscribedTopics;

    /** While {@link State#PREPARING_REBALANCE}: ends the waiting for members. */
    Runnable joinTimer = () -> {};

    /** While members have not asked for their assignment: ends the waiting for them. */
    Runnable syncTimer = () -> {};

    /** The first rebalance of an empty group: waits for more members even when all known ones are there. */
    boolean initialDelay;

    /** Somebody has joined since the initial delay began anew. */
    boolean newMemberAdded;

    ClassicGroup(String id, long nowMs) {
        this.id = id;
        this.stateTimestampMs = nowMs;
    }

    /** As it was written to the log. */
    static ClassicGroup restored(String id, StoredGroup stored) {
        ClassicGroup group = new ClassicGroup(id, stored.stateTimestampMs());
        group.state = stored.members().isEmpty() ? State.EMPTY : State.STABLE;
        group.generation = stored.generation();
        group.protocolType = stored.protocolType();
        group.protocol = stored.protocol();
        for (StoredGroup.Member member : stored.members()) {
            String known = stored.protocol() == null ? "" : stored.protocol();
            ClassicMember restored = new ClassicMember(
                    member.memberId(),
                    member.instanceId(),
                    member.clientId(),
                    member.clientHost(),
                    member.rebalanceTimeoutMs(),
                    member.sessionTimeoutMs(),
                    List.of(new Protocol(known, member.subscription())));
            restored.assignment = member.assignment();
            group.add(restored);
        }
        group.leader = stored.leader();
        group.subscribedTopics = group.subscriptions();
        return group;
    }

    /** As it is written to the log, with these assignments, and in its state since {@code sinceMs}. */
    StoredGroup stored(Function<ClassicMember, byte[]> assignments, long sinceMs) {
        List<StoredGroup.Member> stored = new ArrayList<>(members.size());
        for (ClassicMember member : members.values()) {
            stored.add(new StoredGroup.Member(
                    member.memberId(),
                    member.instanceId(),
                    member.clientId,
                    member.clientHost,
                    member.rebalanceTimeoutMs,
                    member.sessionTimeoutMs,
                    member.metadata(protocol),
                    assignments.apply(member)));
        }
        return new StoredGroup(protocolType, generation, protocol, leader, sinceMs, stored);
    }

    String id() {
        return id;
    }

    State state() {
        return state;
    }

    boolean is(State other) {
        return state == other;
    }

    void become(State next, long nowMs) {
        state = next;
        stateTimestampMs = nowMs;
    }

    long stateTimestampMs() {
        return stateTimestampMs;
    }

    int generation() {
        return generation;
    }

    String protocolType() {
        return protocolType;
    }

    @Nullable
    String protocol() {
        return protocol;
    }

    @Nullable
    String leader() {
        return leader;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leader);
    }

    @Nullable
    Set<String> subscribedTopics() {
        return subscribedTopics;
    }

    // ---- members

    Collection<ClassicMember> members() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    @Nullable
    ClassicMember member(String memberId) {
        return members.get(memberId);
    }

    /** Id of the member that has this group.instance.id; null when nobody does. */
    @Nullable
    String staticMember(String instanceId) {
        return staticMembers.get(instanceId);
    }

    Set<String> pendingJoin() {
        return pendingJoin;
    }

    Set<String> pendingSync() {
        return pendingSync;
    }

    void add(ClassicMember member) {
        members.put(member.memberId(), member);
        if (member.instanceId() != null) {
            staticMembers.put(member.instanceId(), member.memberId());
        }
        if (leader == null) {
            leader = member.memberId();
        }
        pendingJoin.remove(member.memberId());
    }

    void remove(ClassicMember member) {
        members.remove(member.memberId());
        pendingSync.remove(member.memberId());
        if (member.instanceId() != null) {
            staticMembers.remove(member.instanceId(), member.memberId());
        }
        if (isLeader(member.memberId())) {
            leader = members.isEmpty() ? null : members.keySet().iterator().next();
        }
    }

    /** A static member is back under a new id: it takes the place of the old one, in the same order. */
    ClassicMember replaceStatic(ClassicMember old, String newId) {
        ClassicMember replacement = new ClassicMember(
                newId,
                old.instanceId(),
                old.clientId,
                old.clientHost,
                old.rebalanceTimeoutMs,
                old.sessionTimeoutMs,
                old.protocols);
        replacement.assignment = old.assignment;
        boolean led = isLeader(old.memberId());
        boolean unsynced = pendingSync.contains(old.memberId());
        Map<String, ClassicMember> order = new LinkedHashMap<>();
        members.forEach((id, member) -> order.put(member == old ? newId : id, member == old ? replacement : member));
        members.clear();
        members.putAll(order);
        if (old.instanceId() != null) {
            staticMembers.put(old.instanceId(), newId);
        }
        pendingSync.remove(old.memberId());
        if (unsynced) {
            pendingSync.add(newId);
        }
        if (led) {
            leader = newId;
        }
        return replacement;
    }

    boolean allJoined() {
        return pendingJoin.isEmpty() && members.values().stream().allMatch(member -> member.join != null);
    }

    /** The leader must have joined; when it has not, somebody who has leads. False when nobody has. */
    boolean electJoinedLeader() {
        ClassicMember current = leader == null ? null : members.get(leader);
        if (current != null && current.join != null) {
            return true;
        }
        for (ClassicMember member : members.values()) {
            if (member.join != null) {
                leader = member.memberId();
                return true;
            }
        }
        return false;
    }

    /** The longest time that a member takes to rejoin, in ms. */
    int rebalanceTimeoutMs() {
        return members.values().stream()
                .mapToInt(member -> member.rebalanceTimeoutMs)
                .max()
                .orElse(0);
    }

    // ---- protocols

    /** Whether a member with these protocols can be in the group together with those that are. */
    boolean accepts(String type, List<Protocol> protocols) {
        if (type.isEmpty() || protocols.isEmpty()) {
            return false;
        }
        if (members.isEmpty()) {
            return true;
        }
        Set<String> common = commonProtocols();
        return type.equals(protocolType) && protocols.stream().anyMatch(protocol -> common.contains(protocol.name()));
    }

    /** The first member says what kind of group it is. */
    void adoptType(String type) {
        if (members.isEmpty()) {
            protocolType = type;
        }
    }

    /** What all members support. */
    private Set<String> commonProtocols() {
        Set<String> common = null;
        for (ClassicMember member : members.values()) {
            Set<String> names = new LinkedHashSet<>();
            member.protocols.forEach(protocol -> names.add(protocol.name()));
            if (common == null) {
                common = names;
            } else {
                common.retainAll(names);
            }
        }
        return common == null ? Set.of() : common;
    }

    /** Each member votes for the first of its own list that all support; most votes win, then the name that comes first. */
    String selectProtocol() {
        Set<String> candidates = commonProtocols();
        Map<String, Integer> votes = new java.util.TreeMap<>();
        for (ClassicMember member : members.values()) {
            for (Protocol protocol : member.protocols) {
                if (candidates.contains(protocol.name())) {
                    votes.merge(protocol.name(), 1, Integer::sum);
                    break;
                }
            }
        }
        String winner = null;
        for (Map.Entry<String, Integer> vote : votes.entrySet()) {
            if (winner == null || vote.getValue() > votes.getOrDefault(winner, 0)) {
                winner = vote.getKey();
            }
        }
        if (winner == null) {
            throw new IllegalStateException("the members of " + id + " have no protocol in common");
        }
        return winner;
    }

    /** The next generation begins; with members its protocol is chosen. */
    void nextGeneration() {
        generation++;
        protocol = members.isEmpty() ? null : selectProtocol();
        subscribedTopics = members.isEmpty() ? Set.of() : subscriptions();
    }

    /** Topics that the members subscribe to; null when the group is not one of consumers, or what they say cannot be read. */
    private @Nullable Set<String> subscriptions() {
        if (!ConsumerSubscriptions.PROTOCOL_TYPE.equals(protocolType) || protocol == null) {
            return null;
        }
        Set<String> topics = new HashSet<>();
        for (ClassicMember member : members.values()) {
            Set<String> subscribed = ConsumerSubscriptions.topics(member.metadata(protocol));
            if (subscribed == null) {
                return null;
            }
            topics.addAll(subscribed);
        }
        return topics;
    }
}
