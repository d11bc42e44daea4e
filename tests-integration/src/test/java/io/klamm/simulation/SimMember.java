/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

/** A member of a group, whatever the protocol, for those who run and disturb it. */
interface SimMember {
    /** From time to time. */
    void step();

    /** kill -9, and another one starts in its place. */
    void crash(long forMs);

    /** It says that it leaves, and comes back later. */
    void leave();

    /** It stands still, and goes on as if nothing had been. */
    void standStill(long ms);

    /** It commits nothing any more. */
    void stopCommitting();

    boolean isWaiting();

    /** It has its part, and has just heard that it is taken for a member. */
    boolean isStable();

    /** Generation, or member epoch. */
    int generation();

    /** How often it has begun anew. */
    int lives();

    /** How many partitions it owns. */
    int ownedCount();
}
