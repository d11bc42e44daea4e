/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.replication.fetch.FetchTransport;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Nodes that this one, as a follower, cannot fetch from at this moment: a connection has ended, or an answer is overdue. It is the
 * first that a node knows of the death of a leader, and it may be wrong: only the controller decides. Thread-safe.
 */
public final class LostSources {
    /** What an answer may take beyond the time that the source was allowed to wait. */
    private static final long PATIENCE_MS = 1_000;

    /**
     * A way that was lost is given up when another leads, which is before the image that says so is what clients are told: until then
     * the old leader must not seem to be back.
     */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long NEVER = Long.MAX_VALUE;

    private final LongSupplier nanoTime;
    private final Map<Integer, Set<Lane>> lanes = new ConcurrentHashMap<>();

    private volatile Runnable found = () -> {};

    public LostSources(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** @param listener told, by any thread, that a way which was lost is not any more; must not block */
    public void whenFound(Runnable listener) {
        found = listener;
    }

    /** The same transport, watched. */
    public FetchTransport watch(int sourceId, FetchTransport transport) {
        Lane lane = new Lane(sourceId, transport);
        lanes.computeIfAbsent(sourceId, id -> ConcurrentHashMap.newKeySet()).add(lane);
        return lane;
    }

    /** Whether any of the ways to the node is lost, or was when it was given up a moment ago. */
    public boolean isLost(int nodeId) {
        Set<Lane> ways = lanes.get(nodeId);
        if (ways == null) {
            return false;
        }
        long now = nanoTime.getAsLong();
        ways.removeIf(lane -> lane.isForgotten(now));
        for (Lane lane : ways) {
            if (lane.isLost(now)) {
                return true;
            }
        }
        return false;
    }

    private final class Lane implements FetchTransport {
        private final int sourceId;
        private final FetchTransport transport;
        /** When it is lost unless it answers before; {@link #NEVER} while nothing is asked. */
        private volatile long lostFromNanos = NEVER;
        /** Requests without an answer: one, or two when the second has overtaken the first. */
        private final AtomicInteger out = new AtomicInteger();

        private volatile long givenUpNanos = NEVER;

        Lane(int sourceId, FetchTransport transport) {
            this.sourceId = sourceId;
            this.transport = transport;
        }

        private boolean isLost(long now) {
            long from = lostFromNanos;
            return from != NEVER && now - from >= 0;
        }

        private boolean isForgotten(long now) {
            long givenUp = givenUpNanos;
            return givenUp != NEVER && now - givenUp >= LINGER_NANOS;
        }

        @Override
        public void fetch(Request request, Listener listener) {
            long patience = TimeUnit.MILLISECONDS.toNanos(request.maxWaitMs() + PATIENCE_MS);
            out.incrementAndGet();
            if (lostFromNanos == NEVER) {
                lostFromNanos = nanoTime.getAsLong() + patience;
            }
            transport.fetch(request, (response, failure) -> {
                long now = nanoTime.getAsLong();
                boolean backAgain = failure == null && isLost(now);
                boolean awaited = out.decrementAndGet() > 0;
                if (failure != null) {
                    lostFromNanos = now;
                } else {
                    lostFromNanos = awaited ? now + patience : NEVER;
                }
                if (backAgain) {
                    found.run();
                }
                listener.done(response, failure);
            });
        }

        @Override
        public void close() {
            long now = nanoTime.getAsLong();
            if (isLost(now)) {
                givenUpNanos = now;
            } else {
                Set<Lane> ways = lanes.get(sourceId);
                if (ways != null) {
                    ways.remove(this);
                }
            }
            transport.close();
        }
    }
}
