/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

/** Plays changes of a group. */
final class GroupAssignmentSteps {
    private GroupAssignmentSteps() {}

    /** Assigns, lets the members adopt it and changes the group, some times; then the last assignment, which nobody has adopted. */
    static GroupAssignment last(ServerAssignor assignor, RandomGroup group, int changes) {
        for (int i = 0; i < changes; i++) {
            group.adopt(assignor.assign(group.subscription(), group.topics()));
            group.change();
        }
        return assignor.assign(group.subscription(), group.topics());
    }
}
