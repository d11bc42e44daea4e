/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

/** Divides the partitions of a group's topics among its members (KIP-848). Pure; any thread. */
public interface ServerAssignor {
    /** As members ask for it, {@code range} for example. */
    String name();

    /**
     * The target assignment. Each partition of a topic that somebody subscribes to goes to exactly one member that subscribes to it; every
     * member of the subscription has an entry, be it empty. What members hold in {@link MemberSubscription#target()} and need not
     * hold any more (unsubscribed, deleted topic, fewer partitions) is not in the result.
     */
    GroupAssignment assign(GroupSubscription subscription, TopicPartitions topics);
}
