/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.AppendOutcome;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A follower that is slow, or hangs, costs what it alone must: nothing in partitions that it does not hold, no record on its way to the
 * other followers, and its place in the ISR only after replica.lag.time.max.ms.
 */
class SlowFollowerTest {
    private static final long SEED = 20261121L;
    private static final int LEADER = 1;
    private static final int OTHER = 2;
    private static final int SLOW = 3;
    private static final int LAG_MS = 2_000;
    /** There and back, twice, and some more. */
    private static final int SOON_MS = 40;

    private static final short ACKS_ALL = -1;
    private static final Uuid TOPIC = new Uuid(5, 5);
    /** Held by all three. */
    private static final PartitionId SHARED = new PartitionId(TOPIC, 0);
    /** Not held by the slow one. */
    private static final PartitionId APART = new PartitionId(TOPIC, 1);

    private final ModelCluster cluster = new ModelCluster(new Random(SEED), 3);
    private long nextValue = 1;

    @BeforeEach
    void start() {
        cluster.heal();
        cluster.settings.replicaLagTimeMaxMs = LAG_MS;
        cluster.time.advanceMs(16_000); // the first look at the lag was planned by the default
        create(SHARED, LEADER, OTHER, SLOW);
        create(APART, LEADER, OTHER);
        cluster.time.advanceMs(1_000);
    }

    private void create(PartitionId id, Integer... replicas) {
        cluster.controller.create(id, "t", Images.state(List.of(replicas), List.of(replicas), LEADER, 0, 0));
    }

    private List<AppendOutcome> append(PartitionId id) {
        List<AppendOutcome> outcome = new ArrayList<>();
        long deadline = cluster.time.getAsLong() + TimeUnit.MINUTES.toNanos(1);
        cluster.node(LEADER).replica(id).append(Batches.of(nextValue++), ACKS_ALL, deadline, outcome::add);
        return outcome;
    }

    private List<Integer> isr(PartitionId id) {
        return cluster.controller.image().partition(id).isr();
    }

    private long end(int node, PartitionId id) {
        return cluster.node(node).logs().log(id).logEndOffset();
    }

    private static void assertAcknowledged(List<AppendOutcome> outcome) {
        assertThat(outcome).singleElement().extracting(AppendOutcome::error).isEqualTo(Errors.NONE);
    }

    @Test
    void aFollowerThatHangsHoldsUpNobodyElseAndLeavesTheIsrAfterTheLagTime() {
        cluster.delayFetches(SLOW, -1);
        List<AppendOutcome> waiting = append(SHARED);
        for (int i = 1; i <= 30; i++) {
            List<AppendOutcome> apart = append(APART);
            append(SHARED);
            cluster.time.advanceMs(SOON_MS);
            assertAcknowledged(apart);
            assertThat(cluster.node(LEADER).replica(APART).highWatermark()).isEqualTo(i);
            assertThat(end(OTHER, SHARED))
                    .as("the other follower has everything")
                    .isEqualTo(i + 1);
        }
        assertThat(30 * SOON_MS).isLessThan(LAG_MS);
        assertThat(isr(SHARED)).as("before its time is over").containsExactly(LEADER, OTHER, SLOW);
        assertThat(waiting).as("what not all of the ISR have is not committed").isEmpty();

        cluster.time.advanceMs(LAG_MS);
        assertThat(isr(SHARED)).containsExactly(LEADER, OTHER);
        assertAcknowledged(waiting);
        assertThat(cluster.node(LEADER).replica(SHARED).highWatermark()).isEqualTo(31);
        List<AppendOutcome> without = append(SHARED);
        cluster.time.advanceMs(SOON_MS);
        assertAcknowledged(without);

        cluster.delayFetches(SLOW, 0);
        cluster.time.advanceMs(2 * LAG_MS);
        assertThat(end(SLOW, SHARED)).isEqualTo(32);
        assertThat(isr(SHARED)).containsExactlyInAnyOrder(LEADER, OTHER, SLOW);
    }

    @Test
    void aFollowerThatIsSlowStaysInTheIsrAndDelaysOnlyWhatItHolds() {
        cluster.delayFetches(SLOW, 300);
        for (int i = 1; i <= 20; i++) {
            List<AppendOutcome> shared = append(SHARED);
            List<AppendOutcome> apart = append(APART);
            cluster.time.advanceMs(SOON_MS);
            assertAcknowledged(apart);
            assertThat(end(OTHER, SHARED)).isEqualTo(i);
            cluster.time.advanceMs(1_000);
            assertAcknowledged(shared);
        }
        assertThat(isr(SHARED)).containsExactly(LEADER, OTHER, SLOW);
    }

    @Test
    void withTwoFetchersAPartitionIsInOneLaneAndAHangingFollowerStillHoldsUpNobody() {
        cluster.settings.replicaFetchers = 2;
        Set<PartitionId> all = new HashSet<>(List.of(SHARED, APART));
        for (int partition = 2; partition < 12; partition++) {
            PartitionId id = new PartitionId(TOPIC, partition);
            create(id, LEADER, OTHER, SLOW);
            all.add(id);
        }
        cluster.time.advanceMs(2_000);
        List<Set<PartitionId>> lanes = cluster.node(OTHER).lanesTo(LEADER);
        assertThat(lanes).as("two, and one to spare").hasSizeBetween(2, 3).allSatisfy(lane -> assertThat(lane)
                .isNotEmpty());
        assertThat(lanes.stream().flatMap(Set::stream).toList())
                .as("each partition once")
                .containsExactlyInAnyOrderElementsOf(all);

        cluster.delayFetches(SLOW, -1);
        List<AppendOutcome> apart = append(APART);
        all.stream().filter(id -> !id.equals(APART)).forEach(this::append);
        cluster.time.advanceMs(SOON_MS);
        assertAcknowledged(apart);
        assertThat(all).allSatisfy(id -> assertThat(end(OTHER, id)).isEqualTo(1));
        cluster.time.advanceMs(2 * LAG_MS);
        assertThat(all).allSatisfy(id -> {
            assertThat(isr(id)).containsExactly(LEADER, OTHER);
            assertThat(cluster.node(LEADER).replica(id).highWatermark()).isEqualTo(1);
        });
    }
}
