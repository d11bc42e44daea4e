/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchTransport;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A follower's way to one source. A request without an answer fails after a while, though it may yet arrive. Records are read from the
 * source's file at the last moment, when the answer arrives: a socket may have kept the range for so long.
 */
final class SimFetchLink implements FetchTransport {
    private static final long LOST_AFTER_MS = 400;
    private static final int LATE_OF_THOUSAND = 10;
    private static final int LATEST_MS = 5_000;

    private final SimProcess follower;
    private final int source;
    private final World world;
    private final SimCluster cluster;
    private boolean closed;

    SimFetchLink(SimProcess follower, int source, World world, SimCluster cluster) {
        this.follower = follower;
        this.source = source;
        this.world = world;
        this.cluster = cluster;
    }

    @Override
    public void fetch(Request request, Listener listener) {
        world.fetching(request.partitions().size());
        boolean[] ended = new boolean[1];
        follower.schedule(
                TimeUnit.MILLISECONDS.toNanos(request.maxWaitMs() + LOST_AFTER_MS), () -> giveUp(ended, listener));
        Runnable arrival = () -> {
            SimProcess target = cluster.node(source).process();
            if (target != null) {
                target.schedule(0, () -> target.fetchServer()
                        .answerLater(
                                request,
                                answer -> send(
                                        answer, () -> follower.schedule(0, () -> end(ended, listener, answer.get())))));
            }
        };
        if (world.perThousand(LATE_OF_THOUSAND)) {
            // Given up long before it arrives, perhaps in another leader epoch.
            world.time.scheduleMs(world.below(LATEST_MS), arrival);
        } else {
            world.request(follower.nodeId(), source, arrival);
        }
    }

    /** Unless the answer is known to be on its way. */
    private void giveUp(boolean[] ended, Listener listener) {
        long heldNanos = world.fetchHeldNanos(source, follower.nodeId(), id -> true);
        if (heldNanos > 0 && !ended[0]) {
            follower.schedule(heldNanos + TimeUnit.MILLISECONDS.toNanos(LOST_AFTER_MS), () -> giveUp(ended, listener));
        } else {
            end(ended, listener, null);
        }
    }

    private void send(Supplier<@Nullable Response> answer, Runnable arrival) {
        long heldNanos = world.fetchHeldNanos(source, follower.nodeId(), id -> hasRecords(answer.get(), id));
        if (heldNanos > 0) {
            world.time.schedule(heldNanos, () -> world.answer(source, follower.nodeId(), arrival));
        } else {
            world.answer(source, follower.nodeId(), arrival);
        }
    }

    private static boolean hasRecords(@Nullable Response answer, PartitionId id) {
        return answer != null
                && answer.partitions().stream()
                        .anyMatch(fetched -> fetched.id().equals(id) && fetched.records() != null);
    }

    private void end(boolean[] ended, Listener listener, @Nullable Response response) {
        if (ended[0] || closed) {
            return;
        }
        ended[0] = true;
        if (response == null) {
            listener.done(null, new IllegalStateException("no answer of node " + source));
        } else {
            listener.done(response, null);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
