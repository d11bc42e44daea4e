/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.LinkFault;
import org.jspecify.annotations.Nullable;

/**
 * A fault to be done.
 *
 * @param afterMillis when it begins, since the beginning of its round
 * @param forMillis how long it lasts
 * @param target whom it hits; roles are looked up when the round begins
 * @param peer whom a cut parts the target from; {@link Target#NOBODY} for other faults
 */
public record PlannedFault(long afterMillis, long forMillis, Kind kind, Target target, Target peer) {
    /** What is done: to nodes, or to the links between the target and its peers. */
    public enum Kind {
        KILL(null, false),
        STOP(null, false),
        PAUSE(null, false),
        /** What the target sends does not reach its peers. */
        CUT_ONE_WAY(LinkFault.CUT, false),
        /** Neither hears the other. */
        CUT_BOTH_WAYS(LinkFault.CUT, true),
        LOSSY_LINKS(LinkFault.LOSSY, true),
        RESETTING_LINKS(LinkFault.RESETTING, true),
        SLOW_LINKS(LinkFault.SLOW, true),
        FILL_DISK(null, false),
        FREEZE_DISK(null, false),
        /** A kill that takes what was not forced to the disk. */
        POWER_LOSS(null, false);

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
    }

    /** Whom. */
    public enum Target {
        NOBODY,
        PARTITION_LEADER,
        PARTITION_FOLLOWERS,
        QUORUM_LEADER,
        /** One of those that follow the leader of the quorum. */
        A_QUORUM_FOLLOWER,
        ALL,
        FIRST,
        SECOND,
        THIRD
    }

    static PlannedFault of(long afterMillis, long forMillis, Kind kind, Target target) {
        return new PlannedFault(afterMillis, forMillis, kind, target, Target.NOBODY);
    }

    @Override
    public String toString() {
        return "+" + afterMillis + " ms: " + kind + " " + target + (peer == Target.NOBODY ? "" : " from " + peer)
                + " for " + forMillis + " ms";
    }
}
