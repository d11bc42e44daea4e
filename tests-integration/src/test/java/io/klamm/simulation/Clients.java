/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;

/** What clients were told, for the judge. */
interface Clients {
    Operations operations();

    void acknowledged(PartitionId id, long baseOffset, long[] values);

    /** As a duplicate without an offset. */
    void acknowledgedSomewhere(PartitionId id, long[] values);

    /** Refused, or not known, because min ISR is not reached. */
    void tooFewInSync();

    void read(PartitionId id, long offset, long value);

    /** A consumer was given nothing of what is in [from, to), though it has asked for it. */
    void skipped(PartitionId id, long from, long to);

    /** What was read last came from a follower. */
    void readFromFollower();

    /** The log of this partition may start there from now on. */
    void deleting(PartitionId id, long beforeOffset);

    long deletedBelow(PartitionId id);

    /** Whether the partition exists, and nobody has agreed that its records may be lost. */
    boolean promiseHolds(PartitionId id);
}
