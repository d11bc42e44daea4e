/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.PartitionLog;
import java.util.concurrent.CompletableFuture;

/** When appended records count as held by this node: at once, or when they are on disk, where flush.messages=1 asks for it (design D8). */
final class Durability {
    private Durability() {}

    static boolean everyAppend(PartitionLog log) {
        return log.config().flush().messages() <= 1;
    }

    /** What this replica contributes to the high watermark, and fetches from; exclusive. */
    static long heldEnd(PartitionLog log) {
        return everyAppend(log) ? Math.min(log.flushedEndOffset(), log.logEndOffset()) : log.logEndOffset();
    }

    /** Completes when everything appended so far counts. */
    static CompletableFuture<Void> held(PartitionLog log) {
        long end = log.logEndOffset();
        return !everyAppend(log) || log.flushedEndOffset() >= end
                ? CompletableFuture.completedFuture(null)
                : log.durableUpTo(end);
    }
}
