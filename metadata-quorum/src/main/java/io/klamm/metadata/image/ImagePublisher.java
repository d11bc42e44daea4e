/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Brings images to those who need them. Whoever builds images (the Ratis state machine on a voter, the tailer elsewhere)
 * calls {@link #publish}, which returns at once; one metadata thread merges what is waiting and tells the subscribers.
 */
public final class ImagePublisher implements AutoCloseable {

    /**
     * @param threadName name of the metadata thread
     * @param fatal told when a subscriber throws: the node cannot go on
     */
    public ImagePublisher(String threadName, Consumer<Throwable> fatal) {
        throw new UnsupportedOperationException();
    }

    /** The newest image built. Any thread. */
    public MetadataImage current() {
        throw new UnsupportedOperationException();
    }

    /** The newest image that all subscribers have seen: roles are up to it. Any thread. */
    public MetadataImage published() {
        throw new UnsupportedOperationException();
    }

    /** Hands over a newer image. Called by one thread at a time; never blocks. */
    public void publish(MetadataDelta delta) {
        throw new UnsupportedOperationException();
    }

    /** Adds a subscriber; its first delta runs from {@link MetadataImage#EMPTY} to the image published by then. */
    public void subscribe(MetadataSubscriber subscriber) {
        throw new UnsupportedOperationException();
    }

    /** Completes when {@link #current()} has reached {@code endOffset}; fails when the publisher is closed. */
    public CompletableFuture<MetadataImage> awaitCurrent(long endOffset) {
        throw new UnsupportedOperationException();
    }

    /** Completes when {@link #published()} has reached {@code endOffset}; fails when the publisher is closed. */
    public CompletableFuture<MetadataImage> awaitPublished(long endOffset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
