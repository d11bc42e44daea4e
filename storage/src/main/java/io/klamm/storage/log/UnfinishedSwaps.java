/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.util.ArrayDeque;

/**
 * Exchanges of segments that have happened in memory, and by their first rename for every later start too, but whose last steps on disk have
 * found no room. They are tried again from time to time; until then nothing else takes segments away, since files are still there that the
 * log does not know any more. Guarded by the flush lock.
 *
 * <p>Only want of space is waited out. Any other error in renaming or deleting files leaves the folder in doubt, and like one in writing
 * them it takes the log dir offline: with a file system that has lost track of its names nothing can be put right.
 */
final class UnfinishedSwaps {
    private final LogIdentity identity;
    private final LogDir dir;
    private final ArrayDeque<DirSpace.Step> swaps = new ArrayDeque<>();
    private volatile boolean waiting;

    UnfinishedSwaps(LogIdentity identity, LogDir dir) {
        this.identity = identity;
        this.dir = dir;
    }

    /** Any thread. */
    boolean isEmpty() {
        return !waiting;
    }

    /**
     * @param rest of the steps of an exchange; it can be run again from where it has failed
     * @return false when it could not be finished for want of space
     */
    boolean finish(DirSpace.Step rest) throws IOException {
        swaps.add(rest);
        waiting = true;
        return finish();
    }

    /** @return false when there is still no room */
    boolean finish() throws IOException {
        for (DirSpace.Step first = swaps.peek(); first != null; first = swaps.peek()) {
            if (!dir.space().unlessFull("exchanging segments of " + identity, first)) {
                return false;
            }
            swaps.remove();
        }
        waiting = false;
        return true;
    }

    /**
     * Before a truncation, which cannot wait: a crash in the middle of it must not find the files of both. The ballast is given for it, and if
     * there is still no room, the log dir goes offline.
     */
    void demandFinish() throws IOException {
        for (DirSpace.Step first = swaps.peek(); first != null; first = swaps.peek()) {
            DirSpace.Step step = first;
            dir.space().evenIfFull("exchanging segments of " + identity, () -> {
                step.run();
                return true;
            });
            swaps.remove();
        }
        waiting = false;
    }
}
