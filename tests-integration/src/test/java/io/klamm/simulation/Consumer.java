/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.InMemoryRange;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.LocalReplica;
import io.klamm.replication.partition.PartitionReplica.OffsetOutcome;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;

/**
 * Reads one partition, record by record, mostly from its leader and sometimes from any replica (KIP-392), with long polls and under the
 * leader epoch it knows (KIP-320). What it has read
 * stays; it never has to go back, and the end it is told is never below what it has read.
 */
final class Consumer {
    private static final int MAX_BYTES = 4_096;
    private static final long LONGEST_WAIT_MS = 150;
    private static final long REQUEST_TIMEOUT_MS = 900;
    private static final long LATEST = -1;

    private final World world;
    private final SimCluster cluster;
    private final Clients clients;
    private final PartitionId id;
    private final ClusterView view;
    private long position;
    /** Number of the request whose answer is awaited; later ones make earlier answers worthless. */
    private long request;

    private boolean waiting;

    Consumer(World world, SimCluster cluster, Clients clients, PartitionId id) {
        this.world = world;
        this.cluster = cluster;
        this.clients = clients;
        this.id = id;
        this.view = new ClusterView(world, cluster, id);
    }

    long position() {
        return position;
    }

    /** From time to time. */
    void step() {
        PartitionState state = waiting ? null : view.refresh();
        boolean anyReplica = state != null && world.below(4) == 0;
        int source = state == null ? 0 : anyReplica ? anyOf(state.replicas()) : state.leader();
        SimProcess process = state == null ? null : cluster.node(source).process();
        if (state == null || process == null) {
            return;
        }
        waiting = true;
        long number = ++request;
        world.time.scheduleMs(REQUEST_TIMEOUT_MS, () -> waiting &= number != request);
        int epoch = state.leaderEpoch();
        world.request(
                World.CLIENT,
                process.nodeId(),
                () -> process.schedule(0, () -> {
                    LocalReplica replica = process.replica(id);
                    if (replica != null && !anyReplica && world.below(8) == 0) {
                        askForEnd(process, replica, epoch, number);
                    } else if (replica != null) {
                        new Poll(process, replica, epoch, number, anyReplica).run();
                    }
                }));
    }

    private int anyOf(List<Integer> nodes) {
        return nodes.get(world.below(nodes.size()));
    }

    private void askForEnd(SimProcess process, LocalReplica replica, int epoch, long number) {
        OffsetOutcome latest = replica.offsetFor(epoch, LATEST, false, -1);
        world.answer(process.nodeId(), World.CLIENT, () -> {
            if (number == request && waiting) {
                waiting = false;
                if (latest.error() == Errors.NONE && latest.offset() < position && clients.promiseHolds(id)) {
                    throw Broken.promise(
                            "node %s says that %s ends at %s; %s is read already",
                            process.nodeId(), id, latest.offset(), position);
                }
            }
        });
    }

    /** One fetch at the leader: waits there until there is something, or for as long as it may. */
    private final class Poll {
        private final SimProcess process;
        private final LocalReplica replica;
        private final long number;
        private final FetchSpec spec;
        private boolean woken;

        private Poll(SimProcess process, LocalReplica replica, int epoch, long number, boolean anyReplica) {
            this.process = process;
            this.replica = replica;
            this.number = number;
            this.spec = new FetchSpec(-1, -1, epoch, position, -1, -1, MAX_BYTES, true, false, anyReplica);
        }

        private void run() {
            FetchOutcome outcome = replica.fetch(spec);
            if (hasNews(outcome)) {
                answer(outcome);
                return;
            }
            Runnable cancel = replica.await(spec, outcome, () -> {
                woken = true;
                process.schedule(0, this::answerNow);
            });
            process.schedule(TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MS), () -> {
                if (!woken) {
                    cancel.run();
                    FetchOutcome late = replica.fetch(spec);
                    // A follower that has left the ISR lets its consumers wait as long as they want to, and then sends
                    // them away.
                    if (hasNews(late) && (late.records() != null || !spec.anyReplica())) {
                        throw Broken.promise(
                                "a consumer of %s waited at %s on node %s, and nobody woke it for %s",
                                id, spec.fetchOffset(), process.nodeId(), late);
                    }
                    answer(late);
                }
            });
        }

        private static boolean hasNews(FetchOutcome outcome) {
            return outcome.error() != Errors.NONE || outcome.records() != null;
        }

        private void answerNow() {
            answer(replica.fetch(spec));
        }

        private void answer(FetchOutcome outcome) {
            boolean leads = replica.isLeader();
            world.answer(process.nodeId(), World.CLIENT, () -> {
                if (number == request && waiting) {
                    waiting = false;
                    take(process, leads, outcome);
                }
            });
        }
    }

    private void take(SimProcess process, boolean leads, FetchOutcome outcome) {
        if (outcome.error() == Errors.OFFSET_OUT_OF_RANGE) {
            if (leads) { // a follower may be behind, or ahead; whoever is sent away by one asks the leader
                outOfRange(process, outcome.logStartOffset());
            }
        } else if (outcome.records() instanceof InMemoryRange range) {
            Batches.visit(range.bytes(), (offset, value) -> {
                if (offset < position) {
                    return; // the batch begins earlier
                }
                if (offset > position) {
                    clients.skipped(id, position, offset);
                }
                clients.read(id, offset, value);
                position = offset + 1;
            });
            world.trace(32, position, process.nodeId());
            if (!leads) {
                clients.readFromFollower();
            }
        }
    }

    private void outOfRange(SimProcess process, long logStart) {
        if (position < logStart && logStart <= clients.deletedBelow(id)) {
            position = logStart;
        } else if (clients.promiseHolds(id)) {
            throw Broken.promise(
                    "a consumer of %s has read up to %s; node %s says that this is out of range, its log starts at %s",
                    id, position, process.nodeId(), logStart);
        } else {
            position = Math.max(0, logStart);
        }
    }
}
