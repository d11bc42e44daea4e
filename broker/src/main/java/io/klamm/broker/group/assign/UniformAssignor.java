/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

/**
 * {@code uniform} (KIP-848): the partitions of all topics are spread over the members as evenly as the subscriptions allow. Among the
 * even ones it takes an assignment in which many partitions are read in a rack of a replica (KIP-881), and among those one that
 * moves few partitions.
 */
final class UniformAssignor implements ServerAssignor {
    @Override
    public String name() {
        return "uniform";
    }

    @Override
    public GroupAssignment assign(GroupSubscription subscription, TopicPartitions topics) {
        AssignmentInput input = new AssignmentInput(subscription, topics);
        return input.toAssignment(subscription.isHomogeneous() ? spreadEvenly(input) : new MixedSpread(input).spread());
    }

    /** All members subscribe to the same topics. */
    private static int[] spreadEvenly(AssignmentInput input) {
        int members = input.members();
        if (members == 0) {
            return new int[0];
        }
        int[] share = new int[members];
        int[] rack = new int[members];
        for (int m = 0; m < members; m++) {
            share[m] = input.partitions() / members;
            rack[m] = input.rackOf(m);
        }
        int extras = input.partitions() % members;
        return new EvenSpread(input.partitionRacks(), rack, input.rackCount(), share, extras, input.currentOwners())
                .spread();
    }
}
