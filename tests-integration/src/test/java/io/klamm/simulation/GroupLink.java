/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.replication.partition.LocalReplica;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A client's way to the coordinator of its group, as some node's metadata names it. One request at a time; it or its answer may be lost, and
 * one that was given up may arrive yet.
 */
final class GroupLink {
    /** On top of what the coordinator may take. */
    private static final long PATIENCE_MS = 200;
    /** Later than a session lasts; nothing is under way any more when a run is judged. */
    private static final long LATEST_MS = 1_000;

    private final World world;
    private final SimCluster cluster;
    private final ClusterView view;
    /** Number of the request whose answer is awaited. */
    private long request;

    private boolean waiting;
    private long servedAt;

    GroupLink(World world, SimCluster cluster) {
        this.world = world;
        this.cluster = cluster;
        this.view = new ClusterView(world, cluster, SimCluster.GROUPS_HOME);
    }

    /** Told of what came of a request. */
    @FunctionalInterface
    interface Answer<T> {
        /**
         * @param answer null when there is an error
         * @param error why there is no answer; REQUEST_TIMED_OUT when none came in time, NETWORK_EXCEPTION when the process has ended
         * @param epoch leader epoch of the coordinator when it answered
         */
        void answered(@Nullable T answer, Errors error, int epoch);
    }

    boolean isWaiting() {
        return waiting;
    }

    /** Orders the answer that was told last among those of all coordinators, by when they were given. */
    long servedAt() {
        return servedAt;
    }

    /** Whatever is under way, nobody waits for it any more. */
    void hangUp() {
        request++;
        waiting = false;
    }

    /**
     * Sends a request, when a coordinator is known.
     *
     * @param withinMs the coordinator answers within this time
     */
    <T> void ask(
            String what,
            long withinMs,
            Function<GroupCoordinators, CompletableFuture<T>> command,
            Answer<? super T> answer) {
        PartitionState state = view.refresh();
        SimProcess process = state == null ? null : cluster.node(state.leader()).process();
        if (process == null) {
            return;
        }
        waiting = true;
        long number = ++request;
        world.time.scheduleMs(withinMs + PATIENCE_MS, () -> end(number, answer, null, Errors.REQUEST_TIMED_OUT, -1));
        if (world.isCut(World.CLIENT, process.nodeId()) || world.perThousand(15)) {
            return;
        }
        Runnable lost = () -> world.answer(
                process.nodeId(), World.CLIENT, () -> end(number, answer, null, Errors.NETWORK_EXCEPTION, -1));
        world.time.scheduleMs(Math.min(LATEST_MS, world.delayMs()), () -> {
            if (process.isRunning()) {
                process.schedule(0, () -> serve(process, number, what, withinMs, command, answer, lost));
            } else {
                lost.run();
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what is chained only passes the answer on
    private <T> void serve(
            SimProcess process,
            long number,
            String what,
            long withinMs,
            Function<GroupCoordinators, CompletableFuture<T>> command,
            Answer<? super T> answer,
            Runnable lost) {
        Operations.Operation operation = cluster.operations().begin(process, what, withinMs);
        process.connected(lost);
        command.apply(process.coordinators()).whenComplete((reply, failure) -> {
            operation.done();
            process.disconnected(lost);
            LocalReplica home = process.replica(SimCluster.GROUPS_HOME);
            int epoch = home == null ? -1 : home.leaderEpoch();
            Errors error = failure == null ? Errors.NONE : errorOf(failure);
            long served = world.nextNumber();
            world.answer(process.nodeId(), World.CLIENT, () -> {
                servedAt = served;
                end(number, answer, reply, error, epoch);
            });
        });
    }

    private static Errors errorOf(Throwable failure) {
        return Errors.forException(failure instanceof CompletionException ? failure.getCause() : failure);
    }

    private <T> void end(long number, Answer<T> answer, @Nullable T reply, Errors error, int epoch) {
        if (waiting && number == request) {
            waiting = false;
            answer.answered(reply, error, epoch);
        }
    }
}
