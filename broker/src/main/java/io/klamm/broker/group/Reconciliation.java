/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.MemberAssignment.State;
import io.klamm.broker.group.assign.PartitionSet;
import org.jspecify.annotations.Nullable;

/**
 * The way of one member to its target (KIP-848): first it gives up what it shall not have, then it comes to the target's epoch, and then
 * it gets what others have given up. Pure.
 *
 * @param targetEpoch of the target assignment
 * @param target what the member shall come to own
 * @param free whether no other member holds a partition
 * @param owned what the member says it owns; null when it does not say
 */
record Reconciliation(
        int targetEpoch,
        PartitionSet target,
        PartitionSet.Filter free,
        @Nullable PartitionSet owned) {
    /** The next step of a member, or where it is when it cannot go on yet. */
    MemberAssignment next(MemberAssignment now) {
        return switch (now.state()) {
            case STABLE -> now.epoch() == targetEpoch ? now : from(now, now.epoch());
            case UNREVOKED_PARTITIONS ->
                // what it gave up was of the epoch after its own; the target may be further by now
                stillOwns(now.pendingRevocation()) ? now : from(now, now.epoch() + 1);
            case UNRELEASED_PARTITIONS -> from(now, now.epoch());
        };
    }

    private MemberAssignment from(MemberAssignment now, int epoch) {
        PartitionSet kept = now.assigned().intersect(target);
        PartitionSet toRevoke = now.assigned().minus(target);
        if (stillOwns(toRevoke)) {
            return now.next(epoch, State.UNREVOKED_PARTITIONS, kept, toRevoke);
        }
        PartitionSet missing = target.minus(kept);
        PartitionSet released = missing.filter(free);
        State state = released.size() < missing.size() ? State.UNRELEASED_PARTITIONS : State.STABLE;
        if (now.is(state) && now.epoch() == targetEpoch && released.isEmpty() && toRevoke.isEmpty()) {
            return now; // it waits, and nothing has changed
        }
        return now.next(targetEpoch, state, kept.plus(released), PartitionSet.EMPTY);
    }

    /** Who does not say what it owns may own all. */
    private boolean stillOwns(PartitionSet partitions) {
        return !partitions.isEmpty() && (owned == null || owned.intersects(partitions));
    }
}
