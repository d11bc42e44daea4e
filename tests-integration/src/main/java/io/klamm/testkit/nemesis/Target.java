/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

/**
 * Whom a fault hits.
 *
 * @param number of a node, from 1 on, in the order of their ids; 0 for who is meant by what it does
 */
public record Target(Role role, int number) {
    public static final Target NOBODY = new Target(Role.NOBODY, 0);
    public static final Target PARTITION_LEADER = new Target(Role.PARTITION_LEADER, 0);
    public static final Target PARTITION_FOLLOWERS = new Target(Role.PARTITION_FOLLOWERS, 0);
    public static final Target A_PARTITION_FOLLOWER = new Target(Role.A_PARTITION_FOLLOWER, 0);
    public static final Target QUORUM_LEADER = new Target(Role.QUORUM_LEADER, 0);
    public static final Target A_QUORUM_FOLLOWER = new Target(Role.A_QUORUM_FOLLOWER, 0);
    public static final Target ALL = new Target(Role.ALL, 0);

    /** What a node is to the partition that is aimed at, or to the quorum. */
    public enum Role {
        NOBODY,
        PARTITION_LEADER,
        PARTITION_FOLLOWERS,
        /** One that does not lead the quorum, unless there is no other. */
        A_PARTITION_FOLLOWER,
        QUORUM_LEADER,
        /** One of those that follow the leader of the quorum. */
        A_QUORUM_FOLLOWER,
        ALL,
        /** The one of the target's number, whatever it does. */
        NODE
    }

    /** @param number from 1 on */
    public static Target node(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("no node has number " + number);
        }
        return new Target(Role.NODE, number);
    }

    @Override
    public String toString() {
        return role == Role.NODE ? "NODE_" + number : role.toString();
    }
}
