/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.partition.LocalReplica;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.storage.log.LogDirOfflineException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.protocol.Errors;

/** Who uses the cluster: idempotent producers, simple ones that send once, consumers, and who deletes records. */
final class Workload {
    private static final short ALL = -1;
    private static final short LEADER = 1;
    private static final int PRODUCERS = 2;
    private static final long APPEND_TIMEOUT_MS = 2_000;
    private static final long DELETE_TIMEOUT_MS = 1_000;
    /** How many of the newest committed records deletions mostly leave alone. */
    private static final int KEPT = 30;

    private final World world;
    private final SimCluster cluster;
    private final Clients clients;
    private final boolean deletes;
    private final Map<PartitionId, Users> users = new HashMap<>();
    private final List<PartitionId> partitions = new ArrayList<>();
    private int producers;
    private long nextValue = 1;
    private boolean stopped;

    private record Users(List<Producer> producers, Consumer consumer) {}

    Workload(World world, SimCluster cluster, Clients clients, boolean deletes) {
        this.world = world;
        this.cluster = cluster;
        this.clients = clients;
        this.deletes = deletes;
    }

    void begin() {
        repeat(this::produceOnce, 40);
        if (deletes) {
            repeat(this::delete, 500);
            repeat(this::retain, 700);
        }
        if (cluster.settings().compacted()) {
            repeat(this::clean, 150);
        }
    }

    private void use(PartitionId id) {
        if (users.containsKey(id)) {
            return;
        }
        partitions.add(id);
        List<Producer> writers = new ArrayList<>();
        for (int i = 0; i < PRODUCERS; i++) {
            Producer producer = new Producer(world, cluster, clients, id, ++producers);
            writers.add(producer);
            whileUsed(id, () -> producer.step(!stopped), 40);
        }
        Consumer consumer = new Consumer(world, cluster, clients, id);
        users.put(id, new Users(writers, consumer));
        whileUsed(id, consumer::step, 30);
    }

    /** The partitions that exist: of new ones somebody makes use, of those that are gone nobody any more. */
    void follow(List<PartitionId> present) {
        partitions.retainAll(present);
        users.keySet().retainAll(present);
        present.forEach(this::use);
    }

    /** Nothing new is sent; what is under way comes to its end. */
    void stop() {
        stopped = true;
        users.values().forEach(each -> each.producers.forEach(Producer::expectSuccess));
    }

    /** All that was to be written is, and all that was written is read. */
    boolean isDone(History history, PartitionId id) {
        Users of = users.get(id);
        return of == null
                || (of.producers.stream().allMatch(Producer::isDone) && of.consumer.position() >= end(history, id));
    }

    /** Where records were lost, what is there is what counts. */
    private long end(History history, PartitionId id) {
        if (clients.promiseHolds(id)) {
            return history.end();
        }
        LocalReplica leader =
                cluster.node(cluster.newest().partition(id).leader()).replica(id);
        return leader == null ? Long.MAX_VALUE : leader.highWatermark();
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        users.forEach((id, of) -> {
            of.producers.forEach(producer -> out.append(producer).append('\n'));
            out.append("consumer of ")
                    .append(id)
                    .append(" at ")
                    .append(of.consumer.position())
                    .append('\n');
        });
        return out.toString();
    }

    private void whileUsed(PartitionId id, Runnable action, int meanMs) {
        world.time.scheduleMs(1 + world.below(2 * meanMs), () -> {
            if (users.containsKey(id)) {
                action.run();
                whileUsed(id, action, meanMs);
            }
        });
    }

    private void repeat(Runnable action, int meanMs) {
        world.time.scheduleMs(1 + world.below(2 * meanMs), () -> {
            if (!stopped) {
                action.run();
                repeat(action, meanMs);
            }
        });
    }

    private PartitionId anyPartition() {
        return partitions.get(world.below(partitions.size()));
    }

    /** Sends something to the leader as some running node knows it. */
    private void toLeader(PartitionId id, BiConsumer<SimProcess, LocalReplica> action) {
        SimProcess asked = cluster.node(1 + world.below(cluster.nodes().size())).process();
        PartitionState state = asked == null ? null : asked.image().partition(id);
        if (state == null || !state.hasLeader() || world.isCut(World.CLIENT, state.leader())) {
            return;
        }
        int target = state.leader();
        world.time.scheduleMs(world.delayMs(), () -> {
            SimProcess process = cluster.node(target).process();
            if (process != null) {
                process.schedule(0, () -> {
                    LocalReplica replica = process.replica(id);
                    if (replica != null) {
                        action.accept(process, replica);
                    }
                });
            }
        });
    }

    private void produceOnce() {
        PartitionId id = anyPartition();
        long[] values = new long[1 + world.below(3)];
        for (int i = 0; i < values.length; i++) {
            values[i] = nextValue++;
        }
        short acks = world.below(3) == 0 ? ALL : LEADER;
        toLeader(id, (process, replica) -> {
            Operations.Operation operation =
                    clients.operations().begin(process, "append with acks=" + acks, APPEND_TIMEOUT_MS);
            long deadline = world.time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(APPEND_TIMEOUT_MS);
            replica.append(Batches.of(values), acks, deadline, outcome -> {
                operation.done();
                if (outcome.error() == Errors.NONE && acks == ALL) {
                    clients.acknowledged(id, outcome.baseOffset(), values);
                }
            });
        });
    }

    private void delete() {
        PartitionId id = anyPartition();
        boolean everything = world.below(10) == 0;
        int kept = world.below(2 * KEPT);
        toLeader(id, (process, replica) -> {
            long before = everything ? PartitionReplica.HIGH_WATERMARK : replica.highWatermark() - kept;
            if (before < 0 && !everything) {
                return;
            }
            clients.deleting(id, everything ? replica.highWatermark() : before);
            Operations.Operation operation = clients.operations().begin(process, "deletion", DELETE_TIMEOUT_MS);
            long deadline = world.time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(DELETE_TIMEOUT_MS);
            replica.deleteRecords(before, deadline, outcome -> {
                operation.done();
                if (outcome.error() == Errors.NONE && outcome.lowWatermark() < before) {
                    throw Broken.promise("deletion below %s of %s has come to %s", before, id, outcome);
                }
            });
        });
    }

    /** Whether a cleaning may take this record away: somebody has sent a newer one for it. Never records of idempotent producers. */
    static boolean isSuperseded(long value) {
        return value >= 0 && Producer.number(value) == Producer.NONE && value % 3 != 0;
    }

    /** A cleaning, which each replica does by itself. */
    private void clean() {
        PartitionId id = anyPartition();
        SimNode node = cluster.node(1 + world.below(cluster.nodes().size()));
        LocalReplica replica = node.replica(id);
        if (replica != null && replica.log() instanceof InMemoryLog log && log.clean(Workload::isSuperseded)) {
            world.trace(34, node.id(), log.logEndOffset());
            node.process().stir();
        }
    }

    /** Retention, which each replica does by itself, never above its high watermark. */
    private void retain() {
        PartitionId id = anyPartition();
        SimNode node = cluster.node(1 + world.below(cluster.nodes().size()));
        LocalReplica replica = node.replica(id);
        InMemoryLog log = node.log(id);
        if (replica == null || replica.log() == null || log == null) {
            return;
        }
        long before = Math.min(log.toldHighWatermark(), log.logEndOffset()) - world.below(2 * KEPT);
        if (before > 0) {
            clients.deleting(id, before);
            try {
                log.advanceLogStart(before);
                node.process().stir();
            } catch (LogDirOfflineException e) {
                world.trace(33, node.id(), id.partition()); // retention comes to an end there
            }
        }
    }
}
