/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The applied fact batches of a voter, the newest ones, in bounded memory: what brokers outside the quorum tail as the
 * internal topic {@code __cluster_metadata}. Any thread.
 */
public interface FactHistory {
    /** First offset that can be read here. */
    long startOffset();

    /** End offset (exclusive) of what has been applied. */
    long endOffset();

    /**
     * Encoded batches (see FactCodec) from the one that holds {@code offset}; at least one if there is one, then as many as
     * fit in {@code maxBytes}. Empty at the end offset.
     *
     * @throws SnapshotNeededException when {@code offset} is below {@link #startOffset()}
     * @throws IndexOutOfBoundsException when {@code offset} is above {@link #endOffset()}
     */
    List<ByteBuffer> read(long offset, int maxBytes);

    /** Completes when {@link #endOffset()} is above {@code offset}; fails when the quorum is closed. May be cancelled. */
    CompletableFuture<Void> awaitAbove(long offset);
}
