/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How far brokers have published the metadata, roles taken included, as they say in their heartbeats; and whoever waits for all of them.
 * It lets a client that has created a topic find it at any node. Nothing is decided by it, and nobody waits for long: a broker that
 * does not answer must not hold up the others. Thread-safe.
 */
public final class PublishedOffsets implements AutoCloseable {
    private static final int MAX_WAITERS = 1_000;

    /** Guarded by itself. */
    private static final class Waiter {
        final long offset;
        final Set<Integer> missing;
        final CompletableFuture<Void> done = new CompletableFuture<>();

        Waiter(long offset, Set<Integer> missing) {
            this.offset = offset;
            this.missing = missing;
        }

        synchronized boolean heard(int nodeId, long endOffset) {
            if (endOffset >= offset) {
                missing.remove(nodeId);
            }
            return missing.isEmpty();
        }
    }

    private final ScheduledExecutorService timer;
    private final Map<Integer, Long> published = new ConcurrentHashMap<>();
    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public PublishedOffsets(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /** @param endOffset of the newest image that the broker has published, exclusive */
    void heard(int nodeId, long endOffset) {
        published.put(nodeId, endOffset);
        for (Waiter waiter : waiters) {
            if (waiter.heard(nodeId, endOffset)) {
                waiter.done.complete(null);
            }
        }
    }

    /**
     * Completes, never exceptionally, when every broker that {@code image} has as available has published this image, after
     * {@code maxMs}, or at close. On any thread; at once when too many wait already.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the stage tidies up
    CompletableFuture<Void> await(MetadataImage image, long maxMs) {
        Set<Integer> missing = new HashSet<>();
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.available()) {
                missing.add(broker.nodeId());
            }
        }
        Waiter waiter = new Waiter(image.endOffset(), missing);
        if (maxMs <= 0 || waiters.size() >= MAX_WAITERS) {
            return CompletableFuture.completedFuture(null);
        }
        Future<?> deadline;
        try {
            deadline = timer.schedule(() -> waiter.done.complete(null), maxMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(null);
        }
        waiters.add(waiter);
        waiter.done.whenComplete((done, never) -> {
            waiters.remove(waiter);
            deadline.cancel(false);
        });
        published.forEach(waiter::heard); // what was heard before it was listed
        if (closed || waiter.heard(-1, -1)) {
            waiter.done.complete(null);
        }
        return waiter.done;
    }

    /** Lets everybody go. */
    @Override
    public void close() {
        closed = true;
        waiters.forEach(waiter -> waiter.done.complete(null));
    }
}
