/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.replication.partition.LocalReplica;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often followers ask their leaders: counted in virtual time, so that no build depends on how fast it is. */
class ReplicationCostTest {
    private static final int FOLLOWERS = 2;
    private static final int BATCHES = 100;
    private static final long START_MS = 30_000;
    private static final long IDLE_MS = 15_000;
    private static final short ALL = -1;

    private final World world = new World(1);
    private final SimCluster cluster =
            new SimCluster(world, 3, new SimSettings(false, 1, false, false), (before, after) -> {});

    private void open(int partitions) {
        world.calmDown();
        cluster.create(SimCluster.TOPIC, SimCluster.TOPIC_ID, partitions, 3);
        runUntil(START_MS, () -> cluster.partitions().size() == partitions);
        runFor(1_000);
        for (int partition = 0; partition < partitions; partition++) {
            append(partition, partition); // the leaders are in office, the sessions are open
        }
        runFor(1_000);
    }

    private void runUntil(long ms, BooleanSupplier done) {
        long end = world.time.nowMs() + ms;
        while (!done.getAsBoolean()) {
            assertThat(world.time.nowMs()).as("virtual ms").isLessThan(end);
            assertThat(world.step()).isTrue();
        }
    }

    private void runFor(long ms) {
        long end = world.time.nowMs() + ms;
        while (world.time.nowMs() < end) {
            world.step();
        }
    }

    private LocalReplica leader(int partition) {
        PartitionId id = new PartitionId(SimCluster.TOPIC_ID, partition);
        int leader = Objects.requireNonNull(cluster.newest().partition(id)).leader();
        return Objects.requireNonNull(
                Objects.requireNonNull(cluster.node(leader).process()).replica(id));
    }

    /** Waits until all replicas have it. */
    private void append(int partition, long value) {
        List<AppendOutcome> outcomes = new ArrayList<>();
        leader(partition)
                .append(Batches.of(value), ALL, world.time.getAsLong() + TimeUnit.SECONDS.toNanos(10), outcomes::add);
        runUntil(10_000, () -> !outcomes.isEmpty());
        assertThat(outcomes.get(0).error()).isEqualTo(Errors.NONE);
    }

    /** A follower asks each of its two sources as often as its longest wait has passed, and tells nothing that is known. */
    @ParameterizedTest
    @ValueSource(ints = {3, 60})
    void idlePartitionsCostNothing(int partitions) {
        open(partitions);
        long before = world.fetches();
        long namedBefore = world.partitionsNamed();
        runFor(IDLE_MS);
        int pairs = 3 * FOLLOWERS;
        assertThat(world.fetches() - before)
                .as("requests of %s pairs of nodes in %s ms", pairs, IDLE_MS)
                .isLessThanOrEqualTo(pairs * (IDLE_MS / cluster.settings().fetchWaitMaxMs() + 1));
        assertThat(world.partitionsNamed() - namedBefore).as("partitions named").isZero();
    }

    /** One brings it to a follower, and is the answer's next question; how far all have it travels with the next batch. */
    @ParameterizedTest
    @ValueSource(ints = {3, 60})
    void aBatchCostsOneRequestOfEachFollower(int partitions) {
        open(partitions);
        long before = world.fetches();
        long namedBefore = world.partitionsNamed();
        long beganMs = world.time.nowMs();
        for (int batch = 0; batch < BATCHES; batch++) {
            append(0, 1_000 + batch);
        }
        long waits = 3
                * FOLLOWERS
                * ((world.time.nowMs() - beganMs) / cluster.settings().fetchWaitMaxMs() + 1);
        assertThat(world.fetches() - before)
                .as("requests, of which %s waited in vain", waits)
                .isLessThanOrEqualTo(BATCHES * FOLLOWERS + waits);
        assertThat(world.partitionsNamed() - namedBefore)
                .as("partitions named: the one that was written")
                .isLessThanOrEqualTo(BATCHES * FOLLOWERS);
    }
}
