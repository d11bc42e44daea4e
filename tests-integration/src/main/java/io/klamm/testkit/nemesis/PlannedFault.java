/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.LinkFault;
import io.klamm.testkit.ground.Traffic;
import org.jspecify.annotations.Nullable;

/**
 * A fault to be done.
 *
 * @param afterMillis when it begins, since the beginning of its round
 * @param forMillis how long it lasts
 * @param target whom it hits; roles are looked up when the round begins, and stay: who is cut off first is the one that is killed then
 * @param peer whom a cut parts the target from; {@link Target#NOBODY} for other faults
 * @param byMillis how far a clock jumps; 0 for other faults
 */
public record PlannedFault(long afterMillis, long forMillis, Kind kind, Target target, Target peer, long byMillis) {
    /** What is done: to nodes, or to the links between the target and its peers. */
    public enum Kind {
        KILL(null, false),
        STOP(null, false),
        PAUSE(null, false),
        /** What the target sends does not reach its peers. */
        CUT_ONE_WAY(LinkFault.CUT, false),
        /** Neither hears the other. */
        CUT_BOTH_WAYS(LinkFault.CUT, true),
        /** Neither hears the other as a member of the quorum; as brokers they do. */
        CUT_QUORUM(LinkFault.CUT_QUORUM, true),
        LOSSY_LINKS(LinkFault.LOSSY, true),
        RESETTING_LINKS(LinkFault.RESETTING, true),
        SLOW_LINKS(LinkFault.SLOW, true),
        FILL_DISK(null, false),
        FREEZE_DISK(null, false),
        FILL_METADATA_DISK(null, false),
        FREEZE_METADATA_DISK(null, false),
        /** The disk with the partitions answers everything with an I/O error, until the node has ended and is started again with a whole one. */
        DISK_ERRORS(null, false),
        METADATA_DISK_ERRORS(null, false),
        /** A kill that takes what was not forced to the disk. */
        POWER_LOSS(null, false),
        /** The target's wall clock jumps; at the end it jumps back. */
        JUMP_CLOCK(null, false),
        /** The operator takes the target's replica of the partition away, and waits until it is done. */
        DROP_REPLICA(null, false),
        /** The operator begins to give every node a replica, which cannot be done at once; in the end it must be done. */
        ADD_REPLICA(null, false),
        /** The same, but in the end the operator changes their mind. */
        ADD_REPLICA_IN_VAIN(null, false),
        /** The operator creates topics all the time, and deletes most of them. */
        CREATE_TOPICS(null, false);

        private final @Nullable LinkFault link;
        private final boolean bothWays;

        Kind(@Nullable LinkFault link, boolean bothWays) {
            this.link = link;
            this.bothWays = bothWays;
        }

        /** What is wrong with the links; null when it is a fault of nodes. */
        @Nullable
        LinkFault link() {
            return link;
        }

        boolean bothWays() {
            return bothWays;
        }

        /** What must arrive all the same, to show that no more was cut than should be; null when that is not so. */
        @Nullable
        Traffic spares() {
            return switch (this) {
                case CUT_ONE_WAY -> Traffic.ANY;
                case CUT_QUORUM -> Traffic.BROKER;
                default -> null;
            };
        }

        /** Whether the operator does it, by the cluster's own means. */
        boolean isOperators() {
            return switch (this) {
                case DROP_REPLICA, ADD_REPLICA, ADD_REPLICA_IN_VAIN, CREATE_TOPICS -> true;
                default -> false;
            };
        }
    }

    /** One that is no jump of a clock. */
    PlannedFault(long afterMillis, long forMillis, Kind kind, Target target, Target peer) {
        this(afterMillis, forMillis, kind, target, peer, 0);
    }

    static PlannedFault of(long afterMillis, long forMillis, Kind kind, Target target) {
        return new PlannedFault(afterMillis, forMillis, kind, target, Target.NOBODY);
    }

    static PlannedFault jump(long afterMillis, long forMillis, Target target, long byMillis) {
        return new PlannedFault(afterMillis, forMillis, Kind.JUMP_CLOCK, target, Target.NOBODY, byMillis);
    }

    /** Whether it parts the leader of a partition from the quorum or its leader: these should be two nodes. */
    boolean partsLeaders() {
        return target.equals(Target.PARTITION_LEADER) && (peer.equals(Target.QUORUM_LEADER) || kind == Kind.CUT_QUORUM);
    }

    @Override
    public String toString() {
        return "+" + afterMillis + " ms: " + kind + " " + target + (peer.equals(Target.NOBODY) ? "" : " from " + peer)
                + (byMillis == 0 ? "" : " by " + byMillis + " ms") + " for " + forMillis + " ms";
    }
}
