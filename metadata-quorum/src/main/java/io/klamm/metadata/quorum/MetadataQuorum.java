/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.image.ImagePublisher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * This node's voter in the metadata quorum: a Ratis division with our state machine.
 *
 * <p>Life: {@link #open} reads the directory and can answer {@link #status()} to other voters; {@link #start} forms the
 * quorum if this voter is empty (asking all others until each answers), or restarts it; {@link #close} stops it.
 */
public final class MetadataQuorum implements AutoCloseable {

    /**
     * Reads or prepares the voter's directory.
     *
     * @param config settings
     * @param publisher gets every image that this voter applies
     * @param listener told of this node's leadership
     * @param fatal told when the voter cannot go on (corrupt log, full disk, closed by Ratis); the process must exit
     * @throws QuorumStartException when the directory belongs to another cluster or node, or is damaged
     */
    public static MetadataQuorum open(
            QuorumConfig config, ImagePublisher publisher, FactLog.Listener listener, Consumer<Throwable> fatal) {
        throw new UnsupportedOperationException();
    }

    /** The log for the active controller. */
    public FactLog factLog() {
        throw new UnsupportedOperationException();
    }

    /** Replays, and forms the quorum first when needed. Completes when the voter runs; a leader may not exist yet. */
    public CompletableFuture<Void> start(VoterProbe probe) {
        throw new UnsupportedOperationException();
    }

    public VoterStatus status() {
        throw new UnsupportedOperationException();
    }

    public QuorumStatus describe() {
        throw new UnsupportedOperationException();
    }

    /** Node id of the leader as this voter knows it, -1 when there is none. Cheap; any thread. */
    public int leaderId() {
        throw new UnsupportedOperationException();
    }

    public Uuid directoryId() {
        throw new UnsupportedOperationException();
    }

    public FactHistory history() {
        throw new UnsupportedOperationException();
    }

    /**
     * A part of a snapshot for a tailing broker.
     *
     * @return the bytes from {@code position}, at most {@code maxBytes}; null when this voter does not have that snapshot
     */
    public @Nullable SnapshotChunk readSnapshot(SnapshotId id, long position, int maxBytes) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** @param totalSize size of the whole snapshot in bytes */
    public record SnapshotChunk(long totalSize, ByteBuffer bytes) {}

    /** Passes leadership on when it is held, then stops. Bounded; safe to call twice. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
