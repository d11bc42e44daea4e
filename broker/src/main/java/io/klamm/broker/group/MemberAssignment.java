/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;

/**
 * How far a member of a consumer group has come to its target (KIP-848).
 *
 * @param epoch of the member: the group epoch of the target that it has come to, or is on its way from; {@link #AWAY} when a static
 *     member has left for a while
 * @param previousEpoch the one before, which a member still has that lost our answer
 * @param assigned what it owns, or may take as soon as it hears of it
 * @param pendingRevocation what it must give up first; nobody else may have it before
 */
record MemberAssignment(
        int epoch, int previousEpoch, State state, PartitionSet assigned, PartitionSet pendingRevocation) {
    /** Epoch of a static member that will be back. */
    static final int AWAY = -2;

    /** A member that owns nothing yet. */
    static final MemberAssignment NONE =
            new MemberAssignment(0, 0, State.STABLE, PartitionSet.EMPTY, PartitionSet.EMPTY);

    /** The ids are Kafka's. */
    enum State {
        /** It has what its epoch says. */
        STABLE(0),
        /** It must give up partitions before it comes to the next epoch. */
        UNREVOKED_PARTITIONS(1),
        /** It waits for partitions that others have not given up yet. */
        UNRELEASED_PARTITIONS(2);

        private final byte id;

        State(int id) {
            this.id = (byte) id;
        }

        byte id() {
            return id;
        }

        /** @throws IllegalArgumentException when there is no such state */
        static State of(byte id) {
            for (State state : values()) {
                if (state.id == id) {
                    return state;
                }
            }
            throw new IllegalArgumentException("state " + id + " of a member is not known");
        }
    }

    boolean is(State other) {
        return state == other;
    }

    boolean isAway() {
        return epoch == AWAY;
    }

    boolean hasReached(int targetEpoch) {
        return state == State.STABLE && epoch == targetEpoch;
    }

    /** Everything that nobody else may have. */
    PartitionSet held() {
        return assigned.plus(pendingRevocation);
    }

    /** The next step: a member that loses our answer still has the epoch of this one. */
    MemberAssignment next(int nextEpoch, State nextState, PartitionSet nextAssigned, PartitionSet nextPending) {
        return new MemberAssignment(nextEpoch, epoch, nextState, nextAssigned, nextPending);
    }

    /** A static member leaves for a while: it owns nothing any more, and its partitions are kept for it. */
    MemberAssignment away() {
        return new MemberAssignment(AWAY, epoch, State.STABLE, assigned, PartitionSet.EMPTY);
    }

    /** A static member is back: it begins anew with what was kept for it. */
    MemberAssignment back() {
        return new MemberAssignment(0, 0, State.STABLE, assigned, PartitionSet.EMPTY);
    }
}
