/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.InMemoryRange;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.LocalReplica;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Producers and consumers that know the leader from some node's metadata, often not the newest. */
final class Workload {
    private static final short ALL = -1;
    private static final short LEADER = 1;

    private final World world;
    private final SimCluster cluster;
    private final Invariants invariants;
    private long nextValue = 1;
    private boolean stopped;

    Workload(World world, SimCluster cluster, Invariants invariants) {
        this.world = world;
        this.cluster = cluster;
        this.invariants = invariants;
    }

    void begin() {
        repeat(this::produce, 15);
        repeat(this::consume, 60);
    }

    void stop() {
        stopped = true;
    }

    private void repeat(Runnable action, int meanMs) {
        world.time.scheduleMs(1 + world.below(2 * meanMs), () -> {
            if (!stopped) {
                action.run();
                repeat(action, meanMs);
            }
        });
    }

    private @Nullable PartitionId anyPartition() {
        List<PartitionId> partitions = cluster.partitions();
        return partitions.isEmpty() ? null : partitions.get(world.below(partitions.size()));
    }

    /** The leader as some running node knows it, 0 when it knows none. */
    private int believedLeader(PartitionId id) {
        SimProcess asked = cluster.node(1 + world.below(cluster.nodes().size())).process();
        PartitionState state = asked == null ? null : asked.image().partition(id);
        return state == null || !state.hasLeader() ? 0 : state.leader();
    }

    private void produce() {
        PartitionId id = anyPartition();
        int target = id == null ? 0 : believedLeader(id);
        if (id == null || target == 0) {
            return;
        }
        long[] values = new long[1 + world.below(3)];
        for (int i = 0; i < values.length; i++) {
            values[i] = nextValue++;
        }
        short acks = world.below(5) == 0 ? LEADER : ALL;
        if (world.isCut(World.CLIENT, target)) {
            return;
        }
        world.time.scheduleMs(world.delayMs(), () -> {
            SimProcess process = cluster.node(target).process();
            if (process != null) {
                process.schedule(0, () -> append(process, id, acks, values));
            }
        });
    }

    private void append(SimProcess process, PartitionId id, short acks, long[] values) {
        LocalReplica replica = process.replica(id);
        if (replica == null) {
            return;
        }
        long deadline = world.time.getAsLong() + TimeUnit.SECONDS.toNanos(2);
        replica.append(Batches.of(values), acks, deadline, outcome -> {
            if (outcome.error() == Errors.NONE && acks == ALL) {
                invariants.acknowledged(id, outcome.baseOffset(), values);
            }
        });
    }

    private void consume() {
        PartitionId id = anyPartition();
        int target = id == null ? 0 : believedLeader(id);
        LocalReplica replica =
                target == 0 || id == null ? null : cluster.node(target).replica(id);
        if (replica == null || id == null) {
            return;
        }
        FetchOutcome outcome = replica.fetch(new FetchSpec(-1, -1, -1, 0, -1, -1, 1 << 20, true, false));
        if (outcome.records() != null) {
            long offset = 0;
            for (long value : Batches.values(((InMemoryRange) outcome.records()).bytes())) {
                invariants.read(id, offset++, value);
            }
        }
    }
}
