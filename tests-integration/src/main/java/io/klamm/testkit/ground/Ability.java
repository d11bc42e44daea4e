/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

/** A kind of fault that a ground may be able to do. */
public enum Ability {
    /** kill -9, SIGTERM, and starting again. */
    KILL,
    /** A process that lives and does nothing. */
    PAUSE,
    /** Each {@link LinkFault} on the links between nodes, in one direction or both. */
    HARM_LINKS,
    /** A disk that is full, on which every write hangs, or that answers everything with an I/O error. */
    HARM_DISKS,
    /** Power loss of a node, which takes what was not forced to its disks. */
    LOSE_POWER,
    /** Power loss of all nodes: only for runs whose topics force each record before they acknowledge it. */
    POWER_FOR_ALL,
    /** The wall clock of a node jumps, while its monotonic clock goes on. */
    JUMP_CLOCKS
}
