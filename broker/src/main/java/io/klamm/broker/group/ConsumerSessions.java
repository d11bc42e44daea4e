/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.MemberAssignment.State;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long members of consumer groups may be silent, and how long they may take to give partitions up. Who takes longer is out of the
 * group, and what it held is free.
 */
final class ConsumerSessions {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerSessions.class);

    /** A member that could not be taken out, since nothing can be written now, is looked at again after this time. */
    private static final long AGAIN_MS = 1_000;

    /** A member that waits for partitions is heard so much more often. */
    private static final int WAITING_SHARE = 5;

    private static final String SESSION_TIMEOUT = "consumer.session.timeout.ms";
    private static final String HEARTBEAT_INTERVAL = "consumer.heartbeat.interval.ms";

    /** Takes a member out of its group. */
    interface Removal {
        /** @return NONE, or why it is still there */
        Errors remove(ConsumerGroup group, ConsumerMember member);
    }

    private final GroupPorts ports;
    private final GroupConfig.Consumer config;
    private final Supplier<ClusterView> cluster;
    private final Removal removal;

    ConsumerSessions(GroupPorts ports, GroupConfig.Consumer config, Supplier<ClusterView> cluster, Removal removal) {
        this.ports = ports;
        this.config = config;
        this.cluster = cluster;
        this.removal = removal;
    }

    /** How long a member of the group may be silent: as set for the group, else for all. */
    int sessionTimeoutMs(ConsumerGroup group) {
        return ofGroup(group, SESSION_TIMEOUT, config.sessionTimeoutMs());
    }

    /** A member of the classic protocol has said so itself. */
    private int sessionTimeoutMs(ConsumerGroup group, ConsumerMember member) {
        MemberMetadata.ClassicClient classic = member.metadata().classic();
        return classic == null ? sessionTimeoutMs(group) : classic.sessionTimeoutMs();
    }

    /** When the member shall be heard again; sooner while it waits for what others give up, since nothing else tells it. */
    int heartbeatIntervalMs(ConsumerGroup group, ConsumerMember member) {
        int interval = ofGroup(group, HEARTBEAT_INTERVAL, config.heartbeatIntervalMs());
        boolean waits = member.assignment().is(State.UNRELEASED_PARTITIONS);
        return waits ? Math.max(1, interval / WAITING_SHARE) : interval;
    }

    private int ofGroup(ConsumerGroup group, String property, int ofAll) {
        String own = cluster.get().groupConfig(group.id()).get(property);
        return own == null ? ofAll : Integer.parseInt(own);
    }

    /** The member is heard: its session begins anew. */
    void heard(ConsumerGroup group, ConsumerMember member) {
        int timeoutMs = sessionTimeoutMs(group, member);
        long deadline = ports.monotonicMs() + timeoutMs;
        boolean earlier = deadline < member.deadlineMs;
        member.deadlineMs = deadline;
        if (member.sessionTimer == null || earlier) {
            watchSession(group, member, timeoutMs);
        }
    }

    /** One timer a member; when it rings too early it is set again. */
    private void watchSession(ConsumerGroup group, ConsumerMember member, long delayMs) {
        member.cancelSession();
        member.sessionTimer = ports.schedule(delayMs, () -> {
            member.sessionTimer = null;
            long left = member.deadlineMs - ports.monotonicMs();
            if (left > 0) {
                watchSession(group, member, left);
            } else if (!remove(group, member, "was not heard in time")) {
                watchSession(group, member, AGAIN_MS);
            }
        });
    }

    /** The member has made a step: while it has partitions to give up it is watched. */
    void stepped(ConsumerGroup group, ConsumerMember member) {
        member.cancelRevocation();
        if (member.assignment().is(State.UNREVOKED_PARTITIONS)) {
            watchRevocation(group, member, member.metadata().rebalanceTimeoutMs());
        }
    }

    /** A member of the classic protocol must join again, or ask for its assignment, as soon as it may take to rebalance. */
    void mustAct(ConsumerGroup group, ConsumerMember member) {
        if (member.revocationTimer == null) {
            watchRevocation(group, member, member.metadata().rebalanceTimeoutMs());
        }
    }

    /** It has. */
    void acted(ConsumerMember member) {
        member.cancelRevocation();
    }

    private void watchRevocation(ConsumerGroup group, ConsumerMember member, long delayMs) {
        member.revocationTimer = ports.schedule(delayMs, () -> {
            member.revocationTimer = null;
            if (!remove(group, member, "did not take its part in a rebalance in time")) {
                watchRevocation(group, member, AGAIN_MS);
            }
        });
    }

    private boolean remove(ConsumerGroup group, ConsumerMember member, String why) {
        Errors error = removal.remove(group, member);
        if (error == Errors.NONE) {
            LOG.info("group {}: member {} {} and is out", group.id(), member.id(), why);
        }
        return error == Errors.NONE;
    }

    /** A group whose members come from the log: their times begin now. */
    void restored(ConsumerGroup group) {
        for (ConsumerMember member : group.members()) {
            heard(group, member);
            stepped(group, member);
        }
    }
}
