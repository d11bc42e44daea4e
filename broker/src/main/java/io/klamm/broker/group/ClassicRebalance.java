/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicGroup.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the members of a classic group come to a new generation: all join, the leader assigns, all learn their part. Also their
 * sessions, since a member that is not heard starts a rebalance of the others.
 */
final class ClassicRebalance {
    private static final Logger LOG = LoggerFactory.getLogger(ClassicRebalance.class);

    /** A member in its first rebalance is waited for so long, whatever its session time-out: it cannot send heartbeats yet. */
    private static final long NEW_MEMBER_TIMEOUT_MS = 300_000;

    /** Least time between two looks for static members that are all away. */
    private static final long ABSENT_MS = 1_000;

    private final GroupPorts ports;
    private final int initialDelayMs;

    ClassicRebalance(GroupPorts ports, int initialDelayMs) {
        this.ports = ports;
        this.initialDelayMs = initialDelayMs;
    }

    // ---- sessions

    /** The member is heard: its session begins anew. */
    void heard(ClassicGroup group, ClassicMember member) {
        heard(group, member, member.sessionTimeoutMs);
    }

    private void heard(ClassicGroup group, ClassicMember member, long timeoutMs) {
        long deadline = ports.monotonicMs() + timeoutMs;
        boolean earlier = deadline < member.deadlineMs;
        member.deadlineMs = deadline;
        if (member.deadlineTimer == null || earlier) {
            watch(group, member, timeoutMs);
        }
    }

    /** One timer a member; when it rings too early it is set again. */
    private void watch(ClassicGroup group, ClassicMember member, long delayMs) {
        if (member.deadlineTimer != null) {
            member.deadlineTimer.run();
        }
        member.deadlineTimer = ports.schedule(delayMs, () -> {
            member.deadlineTimer = null;
            long left = member.deadlineMs - ports.monotonicMs();
            if (group.member(member.memberId()) != member) {
                return;
            }
            if (left > 0) {
                watch(group, member, left);
            } else if (member.waits() && !member.isNew) {
                heard(group, member); // it waits for an answer of ours, and cannot be heard meanwhile
            } else {
                LOG.info(
                        "group {}: member {} was not heard for {} ms and is out",
                        group.id(),
                        member.memberId(),
                        member.isNew ? NEW_MEMBER_TIMEOUT_MS : member.sessionTimeoutMs);
                removeAndRebalance(group, member, Errors.UNKNOWN_MEMBER_ID, "a member was not heard");
            }
        });
    }

    /** A client got an id and has not joined with it yet: it is waited for as long as its session would last. */
    void expectJoin(ClassicGroup group, String memberId, int sessionTimeoutMs) {
        group.pendingJoin().add(memberId);
        ports.schedule(sessionTimeoutMs, () -> {
            if (group.pendingJoin().remove(memberId)) {
                completeJoinWhenAllAreThere(group);
            }
        });
    }

    // ---- joining

    /** A new member, which waits in {@code join}. */
    void admit(ClassicGroup group, ClassicMember member, CompletableFuture<JoinGroupResponseData> join) {
        member.isNew = true;
        member.join = join;
        if (group.is(State.PREPARING_REBALANCE) && group.generation() == 0) {
            group.newMemberAdded = true;
        }
        group.add(member);
        heard(group, member, NEW_MEMBER_TIMEOUT_MS);
        rebalanceOrGoOn(group, "member " + member.memberId() + " joins");
    }

    /** A member asks to join (again). */
    void rejoin(
            ClassicGroup group, ClassicMember member, CompletableFuture<JoinGroupResponseData> join, String reason) {
        if (member.join != null) {
            ports.reply(
                    member.join, refused(member.memberId(), Errors.REBALANCE_IN_PROGRESS)); // a retry took its place
        }
        member.join = join;
        heard(group, member);
        rebalanceOrGoOn(group, reason);
    }

    private void rebalanceOrGoOn(ClassicGroup group, String reason) {
        switch (group.state()) {
            case STABLE, COMPLETING_REBALANCE, EMPTY -> prepare(group, reason);
            case PREPARING_REBALANCE -> completeJoinWhenAllAreThere(group);
            case DEAD -> {
                // nobody joins a group that is gone: its shard has forgotten it
            }
        }
    }

    /** Starts a rebalance when one can be started. */
    void prepareIfPossible(ClassicGroup group, String reason) {
        switch (group.state()) {
            case STABLE, COMPLETING_REBALANCE -> prepare(group, reason);
            case PREPARING_REBALANCE -> completeJoinWhenAllAreThere(group);
            case EMPTY, DEAD -> {
                // nobody is there
            }
        }
    }

    private void prepare(ClassicGroup group, String reason) {
        if (group.is(State.COMPLETING_REBALANCE)) {
            failSyncs(group, Errors.REBALANCE_IN_PROGRESS);
            group.members().forEach(member -> member.assignment = ClassicMember.NOTHING);
        }
        endSyncWait(group);
        LOG.info(
                "group {}: rebalance begins in generation {} with {} members: {}",
                group.id(),
                group.generation(),
                group.size(),
                reason);
        boolean first = group.is(State.EMPTY);
        group.become(State.PREPARING_REBALANCE, ports.nowMs());
        group.joinTimer.run();
        group.initialDelay = first;
        if (first) {
            group.newMemberAdded = false;
            int longest = group.rebalanceTimeoutMs();
            initialWait(group, initialDelayMs, Math.max(longest - initialDelayMs, 0));
        } else {
            group.joinTimer = ports.schedule(group.rebalanceTimeoutMs(), () -> completeJoin(group));
            completeJoinWhenAllAreThere(group);
        }
    }

    private void initialWait(ClassicGroup group, long delayMs, long remainingMs) {
        group.joinTimer = ports.schedule(delayMs, () -> {
            if (group.newMemberAdded && remainingMs > 0) {
                group.newMemberAdded = false;
                long next = Math.min(initialDelayMs, remainingMs);
                initialWait(group, next, Math.max(remainingMs - next, 0));
            } else {
                completeJoin(group);
            }
        });
    }

    /** Ends the waiting for members when nobody is waited for. */
    void completeJoinWhenAllAreThere(ClassicGroup group) {
        if (group.is(State.PREPARING_REBALANCE) && !group.initialDelay && group.allJoined()) {
            completeJoin(group);
        }
    }

    /** All have joined, or the time is over: who is not there is out, but for static members, which may be restarting. */
    private void completeJoin(ClassicGroup group) {
        group.joinTimer.run();
        for (ClassicMember member : List.copyOf(group.members())) {
            if (member.join == null && !member.isStatic()) {
                LOG.info("group {}: member {} did not rejoin in time and is out", group.id(), member.memberId());
                forget(group, member);
            }
        }
        group.initialDelay = false;
        if (group.size() > 0 && !group.electJoinedLeader()) {
            long pauseMs = Math.max(ABSENT_MS, group.rebalanceTimeoutMs());
            group.joinTimer = ports.schedule(pauseMs, () -> completeJoin(group));
            return;
        }
        group.nextGeneration();
        if (group.size() == 0) {
            group.become(State.EMPTY, ports.nowMs());
            LOG.info("group {}: empty in generation {}", group.id(), group.generation());
            storeEmpty(group);
            return;
        }
        group.become(State.COMPLETING_REBALANCE, ports.nowMs());
        LOG.info(
                "group {}: generation {} with {} members, protocol {}",
                group.id(),
                group.generation(),
                group.size(),
                group.protocol());
        for (ClassicMember member : group.members()) {
            CompletableFuture<JoinGroupResponseData> join = member.join;
            member.join = null;
            member.isNew = false;
            heard(group, member);
            group.pendingSync().add(member.memberId());
            if (join != null) {
                ports.reply(join, joined(group, member));
            }
        }
        awaitSyncs(group);
    }

    /** What a new generation without members leaves behind, so that a later coordinator knows. Written again when it fails. */
    private void storeEmpty(ClassicGroup group) {
        Errors error = ports.append(List.of(new GroupRecord.ClassicGroupStored(
                group.id(), group.stored(member -> ClassicMember.NOTHING, group.stateTimestampMs()))));
        if (error != Errors.NONE) {
            LOG.warn("group {}: that it is empty could not be written: {}", group.id(), error);
        }
    }

    /** The answer to a member that is part of the present generation. */
    JoinGroupResponseData joined(ClassicGroup group, ClassicMember member) {
        JoinGroupResponseData answer = new JoinGroupResponseData()
                .setGenerationId(group.generation())
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocol())
                .setLeader(group.leader())
                .setMemberId(member.memberId());
        if (group.isLeader(member.memberId())) {
            answer.setMembers(membersFor(group));
        }
        return answer;
    }

    /** What the leader is told about everybody. */
    List<JoinGroupResponseMember> membersFor(ClassicGroup group) {
        List<JoinGroupResponseMember> all = new ArrayList<>(group.size());
        for (ClassicMember other : group.members()) {
            all.add(new JoinGroupResponseMember()
                    .setMemberId(other.memberId())
                    .setGroupInstanceId(other.instanceId())
                    .setMetadata(other.metadata(group.protocol())));
        }
        return all;
    }

    static JoinGroupResponseData refused(String memberId, Errors error) {
        return new JoinGroupResponseData()
                .setErrorCode(error.code())
                .setMemberId(memberId)
                .setGenerationId(-1)
                .setLeader("");
    }

    // ---- learning the assignment

    /** Members that never ask for their part hold it, and nobody reads it: they are out when the rebalance time-out is over. */
    private void awaitSyncs(ClassicGroup group) {
        group.syncTimer.run();
        int generation = group.generation();
        group.syncTimer = ports.schedule(group.rebalanceTimeoutMs(), () -> {
            if (group.generation() != generation || group.pendingSync().isEmpty()) {
                return;
            }
            for (String memberId : List.copyOf(group.pendingSync())) {
                ClassicMember member = group.member(memberId);
                if (member != null) {
                    LOG.info("group {}: member {} never asked for its assignment and is out", group.id(), memberId);
                    forget(group, member);
                }
            }
            group.pendingSync().clear();
            prepareIfPossible(group, "members did not ask for their assignment");
        });
    }

    void synced(ClassicGroup group, ClassicMember member) {
        group.pendingSync().remove(member.memberId());
        if (group.pendingSync().isEmpty()) {
            endSyncWait(group);
        }
    }

    private void endSyncWait(ClassicGroup group) {
        group.syncTimer.run();
        group.syncTimer = () -> {};
        group.pendingSync().clear();
    }

    void failSyncs(ClassicGroup group, Errors error) {
        for (ClassicMember member : group.members()) {
            CompletableFuture<SyncGroupResponseData> sync = member.sync;
            if (sync != null) {
                member.sync = null;
                ports.reply(sync, new SyncGroupResponseData().setErrorCode(error.code()));
            }
        }
    }

    // ---- leaving

    /** Takes a member out and lets the others rebalance. */
    void removeAndRebalance(ClassicGroup group, ClassicMember member, Errors toWhoWaits, String reason) {
        fail(member, toWhoWaits);
        forget(group, member);
        prepareIfPossible(group, reason);
    }

    /** Takes a member out: nothing it waits for comes any more. */
    private void forget(ClassicGroup group, ClassicMember member) {
        fail(member, Errors.UNKNOWN_MEMBER_ID);
        if (member.deadlineTimer != null) {
            member.deadlineTimer.run();
            member.deadlineTimer = null;
        }
        group.remove(member);
    }

    /** Answers what the member waits for. */
    void fail(ClassicMember member, Errors error) {
        CompletableFuture<JoinGroupResponseData> join = member.join;
        member.join = null;
        if (join != null) {
            ports.reply(join, refused(member.memberId(), error));
        }
        CompletableFuture<SyncGroupResponseData> sync = member.sync;
        member.sync = null;
        if (sync != null) {
            ports.reply(sync, new SyncGroupResponseData().setErrorCode(error.code()));
        }
    }

    /** A member under another id takes the place of a static one: the old one hears that it is fenced, its session ends. */
    void fence(ClassicMember old) {
        fail(old, Errors.FENCED_INSTANCE_ID);
        if (old.deadlineTimer != null) {
            old.deadlineTimer.run();
            old.deadlineTimer = null;
        }
    }

    /** A group whose members come from the log: their sessions begin now. */
    void restored(ClassicGroup group) {
        group.members().forEach(member -> heard(group, member));
    }

    /** The group is gone: ends its timers. */
    void end(ClassicGroup group) {
        group.joinTimer.run();
        group.syncTimer.run();
        for (ClassicMember member : group.members()) {
            fence(member);
        }
        group.become(State.DEAD, ports.nowMs());
    }
}
