/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a fetch, or of a session, that have news since they were read, each of them once. Replicas put them in, by any thread;
 * the job that is parked is asked to look when there is something to read, and the next request takes out the rest.
 */
final class FetchNews {
    private final Queue<FetchSlot> slots = new ConcurrentLinkedQueue<>();
    private volatile @Nullable FetchJob parked;

    /** From here on, {@code job} is asked to look. What came before is for it, too. */
    void park(FetchJob job) {
        parked = job;
        if (!slots.isEmpty()) {
            job.askToLook();
        }
    }

    /** The job that waits, null when none does. */
    @Nullable
    FetchJob parked() {
        return parked;
    }

    void unpark() {
        parked = null;
    }

    /** The slot can read further, or the replica does not serve it as before. */
    void readable(FetchSlot slot) {
        add(slot);
        FetchJob job = parked;
        if (job != null) {
            job.askToLook();
        }
    }

    /** Its high watermark, last stable offset or log start has moved, which nobody need be woken for unless the job wants to. */
    void stateMoved(FetchSlot slot) {
        add(slot);
        FetchJob job = parked;
        if (job != null) {
            job.stateMoved();
        }
    }

    private void add(FetchSlot slot) {
        if (slot.enterNews()) {
            slots.add(slot);
        }
    }

    /** The next one, null when there is none. */
    @Nullable
    FetchSlot poll() {
        FetchSlot slot = slots.poll();
        if (slot != null) {
            slot.leaveNews();
        }
        return slot;
    }
}
