/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

/**
 * A fault to be done.
 *
 * @param afterMillis when it begins, since the beginning of its act
 * @param forMillis how long it lasts
 * @param target whom it hits; roles are looked up when the act begins
 * @param peer whom a cut parts the target from; {@link Target#NOBODY} for other faults
 */
public record PlannedFault(long afterMillis, long forMillis, Kind kind, Target target, Target peer) {
    /** What is done. */
    public enum Kind {
        KILL,
        STOP,
        PAUSE,
        /** What the target sends does not reach its peers. */
        CUT_ONE_WAY,
        /** Neither hears the other. */
        CUT_BOTH_WAYS,
        FILL_DISK,
        FREEZE_DISK
    }

    /** Whom. */
    public enum Target {
        NOBODY,
        PARTITION_LEADER,
        PARTITION_FOLLOWERS,
        QUORUM_LEADER,
        ALL,
        /** All but the leader of the quorum. */
        QUORUM_FOLLOWERS,
        FIRST,
        SECOND,
        THIRD
    }

    static PlannedFault of(long afterMillis, long forMillis, Kind kind, Target target) {
        return new PlannedFault(afterMillis, forMillis, kind, target, Target.NOBODY);
    }

    @Override
    public String toString() {
        return "+" + afterMillis + " ms: " + kind + " " + target + (peer == Target.NOBODY ? "" : " from " + peer) + " for "
                + forMillis + " ms";
    }
}
