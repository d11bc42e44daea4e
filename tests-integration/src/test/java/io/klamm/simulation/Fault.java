/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

/** What can go wrong. */
enum Fault {
    /** kill -9 of any node. */
    KILL,
    /** kill -9 of a node that leads a partition. */
    KILL_LEADER,
    /** kill -9 of the node that leads the quorum. */
    KILL_CONTROLLER,
    /** kill -9 of all nodes at once. */
    KILL_ALL,
    /** A node loses its power, and with it what was not synced. */
    POWER_LOSS,
    /** All nodes lose their power at once; only where every append is synced before it counts. */
    POWER_LOSS_OF_ALL,
    /** Messages from one node to another are lost. */
    CUT_ONE_WAY,
    /** A node reaches no other and is reached by none. */
    ISOLATE,
    /** A node stands still (SIGSTOP), its sockets stay open. */
    PAUSE,
    /** A clean stop, and a start. */
    RESTART,
    /** The quorum has another leader. */
    NEW_CONTROLLER,
    /** A log dir answers everything with an I/O error, until another process finds it repaired. */
    LOG_DIR,
    /** A follower loses its power and comes back while the proposal that lets it into the ISR is held up on its way. */
    STALE_PROPOSAL,
    /** min.insync.replicas of the topic is another one. */
    MIN_ISR,
    /**
     * min.insync.replicas grows while a leader changes its ISR and does not hear of it; when it is a smaller ISR, that leader is killed
     * then.
     */
    UNHEARD_MIN_ISR,
    /** A partition is to have other replicas, or a reassignment is given up. */
    REASSIGN,
    /** Preferred replicas are to lead again. */
    PREFERRED_ELECTION,
    /** Whoever is there is to lead where nobody does, of a topic whose records may be lost. */
    UNCLEAN_ELECTION,
    /** A topic is deleted, and another one is created under its name. */
    TOPIC_REPLACED,
    /** A topic has a partition more. */
    MORE_PARTITIONS,
    /** The leadership of the groups' home goes away and comes back, and the coordinator that was there hears nothing of it. */
    COORDINATOR_LEFT_BEHIND,
    /** The leadership of the groups' home passes on twice, to a replica that has nothing of what the first two wrote last. */
    COORDINATOR_CUT_SHORT,
    /** Records lie in a socket while their leader loses its office and fills their place with what its successor writes. */
    RECORDS_OVERWRITTEN,
    /** A member of a group is killed and begins anew. */
    CONSUMER_CRASH,
    /** A member leaves its group, and joins again later. */
    CONSUMER_LEAVES,
    /** A member stands still, perhaps for longer than its session lasts. */
    CONSUMER_PAUSE
}
