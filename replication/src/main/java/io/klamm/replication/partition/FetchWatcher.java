/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

/** Told what is new at a partition since it was read for a fetch. Called by any thread, under no lock; must not block. */
@FunctionalInterface
public interface FetchWatcher {
    /** Once, and then nothing more: the fetch can read further, its log start has moved on, or the role has changed. */
    void wake();

    /** At most once, before {@link #wake}: the high watermark, the last stable offset or the log start has moved, and that is all. */
    default void stateMoved() {}
}
