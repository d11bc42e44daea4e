/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.ModelCluster.Node;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.LocalReplica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Three nodes, two partitions, random faults; what was promised is checked after every event. */
class SeededScheduleTest {
    private static final long SEEDS = Long.getLong("klamm.replication.seeds", 200);
    private static final long FIRST_SEED = Long.getLong("klamm.replication.seed", 1);
    private static final List<PartitionId> PARTITIONS =
            List.of(new PartitionId(new Uuid(5, 5), 0), new PartitionId(new Uuid(5, 5), 1));

    @Test
    void nothingAcknowledgedIsLostAndReplicasConverge() {
        int acknowledged = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            try {
                acknowledged += new Run(seed).play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + " (-Dklamm.replication.seed=" + seed + "): " + e, e);
            }
        }
        assertThat(acknowledged).as("records acknowledged in all runs").isGreaterThan((int) SEEDS * 50);
    }

    private static final class Run {
        private final Random random;
        private final ModelCluster cluster;
        /** What a partition was seen to hold below a high watermark, for ever. */
        private final Map<PartitionId, TreeMap<Long, String>> committed = new HashMap<>();

        private final Map<PartitionId, TreeMap<Long, Long>> acknowledged = new HashMap<>();
        private final Map<String, Long> highWatermarks = new HashMap<>();
        private final Map<PartitionId, Map<Integer, Integer>> leaderOfEpoch = new HashMap<>();
        private long nextValue = 1;

        private Run(long seed) {
            random = new Random(seed * 0x9E3779B97F4A7C15L);
            cluster = new ModelCluster(random, 3);
        }

        private int play() {
            cluster.settings.replicaLagTimeMaxMs = 300;
            run(200);
            for (PartitionId id : PARTITIONS) {
                committed.put(id, new TreeMap<>());
                acknowledged.put(id, new TreeMap<>());
                leaderOfEpoch.put(id, new HashMap<>());
                cluster.controller.create(
                        id, "t", Images.state(List.of(1, 2, 3), List.of(1, 2, 3), 1 + id.partition(), 0, 0));
            }
            schedule(this::produce, 12);
            schedule(this::consume, 40);
            schedule(this::disturb, 250);
            run(12_000);
            heal();
            converged();
            return acknowledged.values().stream().mapToInt(Map::size).sum();
        }

        private boolean healing;

        private void schedule(Runnable action, int meanMs) {
            cluster.time.scheduleMs(1 + random.nextInt(2 * meanMs), () -> {
                if (!healing) {
                    action.run();
                    schedule(action, meanMs);
                }
            });
        }

        private void run(long ms) {
            long until = cluster.time.nowMs() + ms;
            while (cluster.time.nowMs() < until && cluster.time.step()) {
                check();
            }
        }

        private void produce() {
            PartitionId id = PARTITIONS.get(random.nextInt(2));
            LocalReplica replica = cluster.node(1 + random.nextInt(3)).replica(id);
            if (replica == null) {
                return;
            }
            long[] values = new long[1 + random.nextInt(3)];
            for (int i = 0; i < values.length; i++) {
                values[i] = nextValue++;
            }
            short acks = random.nextInt(5) == 0 ? (short) 1 : -1;
            long deadline = cluster.time.getAsLong() + TimeUnit.SECONDS.toNanos(2);
            replica.append(Batches.of(values), acks, deadline, outcome -> {
                if (outcome.error() == Errors.NONE && acks == -1) {
                    for (int i = 0; i < values.length; i++) {
                        acknowledged.get(id).put(outcome.baseOffset() + i, values[i]);
                    }
                }
            });
        }

        private void consume() {
            PartitionId id = PARTITIONS.get(random.nextInt(2));
            LocalReplica replica = cluster.node(1 + random.nextInt(3)).replica(id);
            if (replica == null) {
                return;
            }
            FetchOutcome outcome = replica.fetch(new FetchSpec(-1, -1, -1, 0, -1, -1, 1 << 20, true, false));
            if (outcome.records() != null) {
                List<Long> values = Batches.values(((InMemoryRange) outcome.records()).bytes());
                long offset = 0;
                for (long value : values) {
                    see(id, offset++, value);
                }
            }
        }

        private void see(PartitionId id, long offset, long value) {
            String entry = committed.get(id).get(offset);
            if (entry == null || !entry.endsWith(":" + value)) {
                fail("a consumer read %s at %s of %s, committed is %s", value, offset, id, entry);
            }
        }

        private void disturb() {
            Node node = cluster.node(1 + random.nextInt(3));
            PartitionId id = PARTITIONS.get(random.nextInt(2));
            switch (random.nextInt(7)) {
                case 0 -> {
                    node.kill();
                    cluster.time.scheduleMs(100 + random.nextInt(1_500), node::start);
                }
                case 1 -> cluster.controller.fence(node.id());
                case 2 -> cluster.cut(node.id(), random.nextInt(4), 100 + random.nextInt(1_500));
                case 3 -> cluster.cut(random.nextInt(4), node.id(), 100 + random.nextInt(1_500));
                case 4 -> cluster.controller.bump(id);
                case 5 -> cluster.controller.move(id, node.id());
                default -> {
                    PartitionState state = cluster.controller.image().partition(id);
                    if (state.hasLeader()) {
                        Node leader = cluster.node(state.leader());
                        leader.kill();
                        cluster.time.scheduleMs(100 + random.nextInt(1_500), leader::start);
                    }
                }
            }
        }

        private void check() {
            for (PartitionId id : committed.keySet()) {
                for (Node node : cluster.nodes()) {
                    LocalReplica replica = node.replica(id);
                    if (replica != null) {
                        check(id, node, replica);
                    }
                }
            }
        }

        private void check(PartitionId id, Node node, LocalReplica replica) {
            String key = id + "/" + node.id() + "/" + node.incarnation();
            long highWatermark = replica.highWatermark();
            long before = highWatermarks.getOrDefault(key, 0L);
            InMemoryLog log = node.logs().log(id);
            if (highWatermark < before) {
                fail("the high watermark of %s went back from %s to %s", key, before, highWatermark);
            }
            if (log.logEndOffset() < highWatermark) {
                fail("%s ends at %s below its high watermark %s", key, log.logEndOffset(), highWatermark);
            }
            if (highWatermark > before) {
                highWatermarks.put(key, highWatermark);
                for (String entry : log.describe(before, highWatermark)) {
                    long offset = Long.parseLong(entry.substring(0, entry.indexOf(':')));
                    String known = committed.get(id).putIfAbsent(offset, entry);
                    if (known != null && !known.equals(entry)) {
                        fail("%s has committed %s where %s was committed", key, entry, known);
                    }
                }
            }
            if (replica.isLeader()) {
                Integer other = leaderOfEpoch.get(id).putIfAbsent(replica.leaderEpoch(), node.id());
                if (other != null && other != node.id()) {
                    fail("nodes %s and %s lead %s in epoch %s", other, node.id(), id, replica.leaderEpoch());
                }
            }
        }

        private void heal() {
            healing = true;
            cluster.heal();
            cluster.nodes().forEach(Node::start);
            run(100);
            // Images may have been lost with the links: a new one finds its way.
            for (int i = 0; i < 20; i++) {
                cluster.controller.bump(PARTITIONS.get(0));
                cluster.controller.bump(PARTITIONS.get(1));
                run(200);
            }
            run(3_000);
        }

        private void converged() {
            for (PartitionId id : PARTITIONS) {
                PartitionState state = cluster.controller.image().partition(id);
                assertThat(state.isr()).as("ISR of %s: %s", id, state).containsExactlyInAnyOrder(1, 2, 3);
                List<List<String>> contents = new ArrayList<>();
                for (Node node : cluster.nodes()) {
                    InMemoryLog log = node.logs().log(id);
                    contents.add(log.describe(0, log.logEndOffset()));
                    assertThat(node.replica(id).highWatermark())
                            .as("high watermark of node %s", node.id())
                            .isEqualTo(log.logEndOffset());
                }
                assertThat(contents.get(1)).isEqualTo(contents.get(0));
                assertThat(contents.get(2)).isEqualTo(contents.get(0));
                Map<Long, Long> values = new TreeMap<>();
                List<Long> all = cluster.node(1).logs().log(id).values(0, Long.MAX_VALUE);
                for (int i = 0; i < all.size(); i++) {
                    values.put((long) i, all.get(i));
                }
                assertThat(values).as("acknowledged of %s", id).containsAllEntriesOf(acknowledged.get(id));
            }
        }
    }
}
