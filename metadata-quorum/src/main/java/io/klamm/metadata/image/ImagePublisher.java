/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings images to those who need them. Whoever builds images (the Ratis state machine on a voter, the tailer elsewhere)
 * calls {@link #publish}, which returns at once; one metadata thread merges what is waiting and tells the subscribers.
 *
 * <p>What waits is one merged delta, so its size is bounded by the cluster's, however slow a subscriber is. When a
 * subscriber throws, the publisher closes and tells {@code fatal}.
 */
public final class ImagePublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImagePublisher.class);

    private static final long CLOSE_TIMEOUT_MS = 10_000;

    private final Consumer<Throwable> fatal;
    private final Thread thread;
    private final OffsetWaiters currentWaiters = new OffsetWaiters();
    private final OffsetWaiters publishedWaiters = new OffsetWaiters();

    /** Only the metadata thread touches it. */
    private final List<MetadataSubscriber> subscribers = new ArrayList<>();

    private final Object lock = new Object();

    // Guarded by lock.
    private final List<MetadataSubscriber> newSubscribers = new ArrayList<>();
    private @Nullable DeltaCollector waiting;
    private boolean closed;

    private volatile MetadataImage current = MetadataImage.EMPTY;
    private volatile MetadataImage published = MetadataImage.EMPTY;
    private volatile Consumer<MetadataDelta> watcher = delta -> {};

    /**
     * @param threadName name of the metadata thread
     * @param fatal told when a subscriber throws: the node cannot go on
     */
    public ImagePublisher(String threadName, Consumer<Throwable> fatal) {
        this.fatal = fatal;
        this.thread = new Thread(this::run, threadName);
        this.thread.setDaemon(true);
        this.thread.start();
    }

    /** The newest image built. Any thread. */
    public MetadataImage current() {
        return current;
    }

    /** The newest image that all subscribers have seen: roles are up to it. Any thread. */
    public MetadataImage published() {
        return published;
    }

    /** @param newWatcher told every delta that is handed over, unmerged, on the thread that builds images; must return at once */
    public void watch(Consumer<MetadataDelta> newWatcher) {
        watcher = newWatcher;
    }

    /**
     * Hands over a newer image. Called by one thread at a time; never blocks. Futures of {@link #awaitCurrent} complete on
     * the calling thread. Ignored once the publisher is closed.
     *
     * @throws IllegalStateException when {@code delta} does not start at {@link #current()}
     */
    public void publish(MetadataDelta delta) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            if (delta.from().endOffset() != current.endOffset()) {
                throw new IllegalStateException("a delta from " + delta.from().endOffset()
                        + " does not follow the current image, which ends at " + current.endOffset());
            }
            if (waiting == null) {
                waiting = new DeltaCollector(delta.from(), delta.from());
            }
            waiting.add(delta);
            current = delta.to();
            lock.notifyAll();
        }
        watcher.accept(delta);
        currentWaiters.advance(delta.to());
    }

    /**
     * Adds a subscriber; its first delta runs from {@link MetadataImage#EMPTY} to the image published by then, and comes on
     * the metadata thread (none comes while there is no image but the empty one). Any thread.
     */
    public void subscribe(MetadataSubscriber subscriber) {
        synchronized (lock) {
            newSubscribers.add(subscriber);
            lock.notifyAll();
        }
    }

    /**
     * Completes when {@link #current()} has reached {@code endOffset}; fails when the publisher is closed. Whoever gives up
     * waiting cancels it. What depends on it must not block: it may run on the thread that applies the metadata log.
     */
    public CompletableFuture<MetadataImage> awaitCurrent(long endOffset) {
        return currentWaiters.await(endOffset);
    }

    /**
     * Completes, on the metadata thread, when {@link #published()} has reached {@code endOffset}; fails when the publisher is
     * closed. Whoever gives up waiting cancels it.
     */
    public CompletableFuture<MetadataImage> awaitPublished(long endOffset) {
        return publishedWaiters.await(endOffset);
    }

    /** Waits, up to 10 s, for a subscriber that is at work. Safe to call twice and from a subscriber. */
    @Override
    public void close() {
        stop();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(CLOSE_TIMEOUT_MS);
            if (thread.isAlive()) {
                LOG.warn("A metadata subscriber is still at work after {} ms; going on without it", CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        synchronized (lock) {
            closed = true;
            waiting = null;
            newSubscribers.clear();
            lock.notifyAll();
        }
        IllegalStateException reason = new IllegalStateException("the metadata publisher is closed");
        currentWaiters.close(reason);
        publishedWaiters.close(reason);
    }

    private void run() {
        try {
            while (step()) {
                // Each step is one merged delta.
            }
        } catch (Throwable e) {
            LOG.error(
                    "Applying metadata to this node failed at offset {}; the node cannot go on",
                    current.endOffset(),
                    e);
            stop();
            fatal.accept(e);
        }
    }

    /** Returns false once closed. */
    private boolean step() throws InterruptedException {
        List<MetadataSubscriber> added;
        MetadataDelta delta;
        synchronized (lock) {
            while (!closed && waiting == null && newSubscribers.isEmpty()) {
                lock.wait();
            }
            if (closed) {
                return false;
            }
            added = List.copyOf(newSubscribers);
            newSubscribers.clear();
            delta = waiting == null ? null : waiting.delta();
            waiting = null;
        }
        if (!added.isEmpty()) {
            MetadataDelta first = MetadataDelta.between(MetadataImage.EMPTY, published);
            for (MetadataSubscriber subscriber : added) {
                if (published.endOffset() > 0) {
                    subscriber.onMetadata(first);
                }
                subscribers.add(subscriber);
            }
        }
        if (delta != null) {
            for (MetadataSubscriber subscriber : subscribers) {
                subscriber.onMetadata(delta);
            }
            published = delta.to();
            publishedWaiters.advance(published);
        }
        return true;
    }
}
