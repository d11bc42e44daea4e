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
    /** A disk without space. */
    FILL_DISK,
    /** A disk on which every operation hangs. */
    FREEZE_DISK
}
