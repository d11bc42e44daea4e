/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.image.MetadataImage;
import java.util.concurrent.CompletableFuture;

/**
 * The metadata log as the active controller sees it: linearizable, one entry per batch. Implemented on Ratis by the quorum
 * package, and by a model in tests.
 */
public interface FactLog {
    /** The image of everything applied on this node. Any thread. */
    MetadataImage applied();

    /**
     * Appends a batch as one entry.
     *
     * @return completes with true when this node has applied it, with false when it was dropped in apply (its term or base
     *     offset did not match); exceptionally when the outcome is unknown: leadership is gone or going
     */
    CompletableFuture<Boolean> append(FactBatch batch);

    /**
     * Appends an empty entry and completes when this node has applied it: everything submitted before it has been applied
     * or never will be (late batches fail the term and offset check).
     */
    CompletableFuture<Void> barrier();

    /** Leadership of this node. */
    interface Listener {
        /** This node leads in {@code term} and has applied all earlier entries. Any thread. */
        void onLeaderReady(int term);

        /** This node does not lead any more. Any thread; may come twice, may come without a ready before it. */
        void onNotLeader();
    }
}
