/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * Random lives of one partition: brokers are killed, lose power, stop cleanly, are fenced wrongly, see metadata late; leaders
 * append, followers fetch, ISRs change, replicas are reassigned. The decisions under test are the real ones, the replicas are a model. Whoever is
 * elected must hold everything that was ever acknowledged, in order; and when all are well there must be a leader.
 */
@NullUnmarked // what is missing fails the test
class PartitionElectorSimulationTest {
    private static final int SEEDS = 1_500;
    private static final int STEPS = 500;

    private record Entry(int epoch, int value) {}

    /** A broker process and its disk. */
    private static final class Node {
        final int id;
        boolean alive = true;
        long brokerEpoch;
        /** Broker epoch in the clean-shutdown mark. */
        long mark = -1;
        /** Lost records that it had, and has not caught up since. */
        boolean damaged;

        List<Entry> log = new ArrayList<>();
        MetadataImage view = MetadataImage.EMPTY;

        // As leader, in this epoch:
        int ledEpoch = -1;
        final Map<Integer, Integer> ends = new HashMap<>();
        final Map<Integer, Long> fetchedBy = new HashMap<>();
        Set<Integer> proposed = Set.of();
        int proposedAt = -1;
        int highWatermark;

        Node(int id) {
            this.id = id;
        }
    }

    private static final class World {
        final Random random;
        final int minIsr;
        final int brokers;
        final ClusterFixture cluster;
        final Map<Integer, Node> nodes = new TreeMap<>();
        final List<Entry> acknowledged = new ArrayList<>();
        final List<String> story = new ArrayList<>();
        int values;
        int begun;
        boolean underWay;
        /** Something may have been acknowledged by a single replica, which must not lose its power then. */
        boolean alone;

        int done;
        /** Faults come in storms; between them the cluster gets to work. */
        boolean storm;

        World(long seed) {
            random = new Random(seed);
            int replicas = 1 + random.nextInt(4);
            minIsr = 1 + random.nextInt(Math.min(3, replicas));
            Integer[] ids = IntStream.rangeClosed(1, replicas).boxed().toArray(Integer[]::new);
            brokers = replicas + random.nextInt(3);
            cluster = ClusterFixture.withBrokers(
                            IntStream.rangeClosed(1, brokers).toArray())
                    .withPartition(minIsr, ids);
            for (int id = 1; id <= brokers; id++) {
                Node node = new Node(id);
                node.brokerEpoch = cluster.epoch(id);
                node.view = cluster.image;
                nodes.put(id, node);
            }
        }

        void step() {
            Node node = nodes.get(1 + random.nextInt(nodes.size()));
            storm = storm ? random.nextInt(12) > 0 : random.nextInt(60) == 0;
            if (random.nextInt(60) == 0) {
                reassign();
                return;
            }
            switch (random.nextInt(storm ? 50 : 36)) {
                case 0, 1, 2 -> restart(node);
                case 3, 4, 5 -> unfence(node);
                case 6, 7, 8, 9, 10, 11 -> see(node);
                case 12, 13, 14 -> changeIsr(node);
                case 15, 16, 17 -> recover();
                case 18, 19, 20, 21, 22 -> append(node);
                case 36, 37, 38, 39 -> kill(node);
                case 40, 41 -> losePower(node);
                case 42, 43, 44 -> stopCleanly(node);
                case 45, 46 -> fence(node);
                case 47, 48, 49 -> fenceDead();
                default -> fetch(node);
            }
        }

        void told(String what) {
            boolean under = cluster.state().reassigning();
            done += underWay && !under ? 1 : 0;
            underWay = under;
            alone &= cluster.state().isr().size() < 2 || effectiveMinIsr(cluster.state()) < 2;
            story.add(what + " -> " + cluster.describe());
            check();
        }

        /** Who leads by the metadata, in the life that the metadata knows, holds all that was acknowledged. */
        void check() {
            PartitionState state = cluster.state();
            if (!state.hasLeader()) {
                return;
            }
            Node leader = nodes.get(state.leader());
            if (leader.alive && leader.brokerEpoch == cluster.epoch(leader.id)) {
                assertThat(leader.log.size()).isGreaterThanOrEqualTo(acknowledged.size());
                assertThat(leader.log.subList(0, acknowledged.size())).isEqualTo(acknowledged);
            }
        }

        void kill(Node node) {
            if (node.alive) {
                node.alive = false;
                told("kill " + node.id);
            }
        }

        /** Any brokers, alive or not, any number of them; or the way back. */
        void reassign() {
            List<Integer> target = new ArrayList<>(nodes.keySet());
            Collections.shuffle(target, random);
            target = target.subList(0, 1 + random.nextInt(target.size()));
            boolean cancel = cluster.state().reassigning() && random.nextInt(3) == 0;
            int copies = cancel ? cluster.state().replicationFactor() : target.size();
            if (Math.min(minIsr, copies) < 2 && nodes.values().stream().anyMatch(node -> node.damaged)) {
                return; // the one copy to keep could be one that has just lost its power, and nobody knows yet
            }
            Decision<List<ReassignmentResult>> decision = new PartitionReassigner(-1)
                    .reassign(cluster.image, List.of(new ReassignmentRequest("t", 0, cancel ? null : target)), true);
            cluster.apply(decision.facts());
            begun += cluster.state().reassigning() ? 1 : 0;
            told((cancel ? "cancel" : "reassign to " + target) + ": "
                    + decision.reply().get(0).error());
        }

        int effectiveMinIsr(PartitionState state) {
            return Math.min(minIsr, state.replicationFactor());
        }

        static boolean isReplica(Node node, PartitionState state) {
            return state != null && state.replicas().contains(node.id);
        }

        /** Only one at a time is damaged: no rule helps when all copies are lost. */
        void losePower(Node node) {
            boolean othersWell = nodes.values().stream().noneMatch(other -> other.damaged);
            if (node.alive
                    && othersWell
                    && !alone
                    && isReplica(node, cluster.state())
                    && effectiveMinIsr(cluster.state()) > 1) {
                node.alive = false;
                node.damaged = true;
                node.log = new ArrayList<>(node.log.subList(0, random.nextInt(node.log.size() + 1)));
                told("power loss " + node.id);
            }
        }

        void stopCleanly(Node node) {
            BrokerImage broker = cluster.broker(node.id);
            if (node.alive && broker.brokerEpoch() == node.brokerEpoch && !broker.fenced()) {
                cluster.shutDown(node.id);
                node.alive = false;
                node.mark = node.brokerEpoch;
                told("clean stop " + node.id);
            }
        }

        void restart(Node node) {
            if (!node.alive) {
                node.alive = true;
                node.brokerEpoch = cluster.start(node.id, node.mark);
                node.mark = -1;
                node.ledEpoch = -1;
                told("restart " + node.id);
            }
        }

        void unfence(Node node) {
            BrokerImage broker = cluster.broker(node.id);
            if (node.alive && broker.fenced() && !broker.shuttingDown() && broker.brokerEpoch() == node.brokerEpoch) {
                see(node);
                cluster.unfence(node.id);
                told("unfence " + node.id);
            }
        }

        void fence(Node node) {
            cluster.fence(node.id);
            told("fence " + node.id);
        }

        void fenceDead() {
            List<BrokerFenced> dead = nodes.values().stream()
                    .filter(node -> !node.alive)
                    .map(node -> new BrokerFenced(node.id, cluster.epoch(node.id)))
                    .toList();
            cluster.apply(cluster.elector.fence(cluster.image, dead, FactSize.MAX_BULK_BYTES));
            told("fence all dead");
        }

        /** A replica that was taken away deletes its log. */
        void see(Node node) {
            node.view = cluster.image;
            if (!isReplica(node, cluster.state())) {
                node.log.clear();
                node.damaged = false;
            }
        }

        void recover() {
            Map<Integer, long[]> logs = new HashMap<>();
            nodes.values().forEach(node -> {
                if (node.alive
                        && node.brokerEpoch == cluster.epoch(node.id)
                        && isReplica(node, node.view.partition(ClusterFixture.PARTITION))) {
                    int end = node.log.size();
                    logs.put(
                            node.id,
                            new long[] {end == 0 ? -1 : node.log.get(end - 1).epoch(), end});
                }
            });
            if (cluster.recover(logs)) {
                nodes.get(cluster.state().leader()).damaged = false;
                told("recover");
            }
        }

        /** The state in which the node believes to lead, or null. */
        PartitionState leading(Node node) {
            PartitionState state = node.view.partition(ClusterFixture.PARTITION);
            if (!node.alive
                    || state == null
                    || state.leader() != node.id
                    || node.view.broker(node.id) == null
                    || node.view.broker(node.id).brokerEpoch() != node.brokerEpoch) {
                return null;
            }
            if (node.ledEpoch != state.leaderEpoch()) {
                node.ledEpoch = state.leaderEpoch();
                node.ends.clear();
                node.fetchedBy.clear();
                node.proposed = Set.of();
                node.proposedAt = -1;
                node.highWatermark = 0;
            }
            if (state.partitionEpoch() > node.proposedAt) {
                node.proposed = Set.of();
            }
            return state;
        }

        void append(Node node) {
            PartitionState state = leading(node);
            if (state != null) {
                node.log.add(new Entry(state.leaderEpoch(), ++values));
                advance(node, state);
            }
        }

        void fetch(Node follower) {
            PartitionState seen = follower.view.partition(ClusterFixture.PARTITION);
            if (!follower.alive
                    || seen == null
                    || !seen.hasLeader()
                    || seen.leader() == follower.id
                    || !seen.replicas().contains(follower.id)) {
                return;
            }
            Node leader = nodes.get(seen.leader());
            PartitionState state = leading(leader);
            if (state == null || state.leaderEpoch() != seen.leaderEpoch() || !isReplica(follower, state)) {
                return;
            }
            int common = 0;
            while (common < follower.log.size()
                    && common < leader.log.size()
                    && follower.log.get(common).equals(leader.log.get(common))) {
                common++;
            }
            follower.log = new ArrayList<>(follower.log.subList(0, common));
            leader.ends.put(follower.id, common);
            leader.fetchedBy.put(follower.id, follower.brokerEpoch);
            advance(leader, state);
            int more = Math.min(leader.log.size() - common, random.nextInt(4));
            follower.log.addAll(leader.log.subList(common, common + more));
        }

        /** The high watermark over committed and proposed ISR; what it passes counts as acknowledged. */
        void advance(Node leader, PartitionState state) {
            if (state.isr().size() < effectiveMinIsr(state)) {
                return;
            }
            Set<Integer> maximal = new HashSet<>(state.isr());
            maximal.addAll(leader.proposed);
            int mark = maximal.stream()
                    .mapToInt(id -> id == leader.id ? leader.log.size() : leader.ends.getOrDefault(id, 0))
                    .min()
                    .orElse(0);
            leader.highWatermark = Math.max(leader.highWatermark, mark);
            for (int i = acknowledged.size(); i < leader.highWatermark; i++) {
                alone |= effectiveMinIsr(state) < 2;
                acknowledged.add(leader.log.get(i));
            }
            assertThat(leader.log.subList(0, Math.min(leader.highWatermark, acknowledged.size())))
                    .isEqualTo(acknowledged.subList(0, Math.min(leader.highWatermark, acknowledged.size())));
        }

        /** A leader drops or adds one follower; the reply may be lost, then it waits for the metadata. */
        void changeIsr(Node leader) {
            PartitionState state = leading(leader);
            if (state == null || !leader.proposed.isEmpty()) {
                return;
            }
            int other = 1 + random.nextInt(nodes.size());
            if (other == leader.id || !state.replicas().contains(other)) {
                return;
            }
            List<IsrChange.Member> isr = new ArrayList<>();
            boolean shrink = state.isr().contains(other);
            if (shrink && !storm && random.nextInt(4) > 0) {
                return;
            }
            for (int id : state.isr()) {
                if (id != other) {
                    isr.add(new IsrChange.Member(
                            id, id == leader.id ? leader.brokerEpoch : leader.fetchedBy.getOrDefault(id, -1L)));
                }
            }
            if (!shrink) {
                boolean caughtUp = leader.fetchedBy.containsKey(other)
                        && leader.ends.get(other) >= leader.highWatermark
                        && leader.ends.get(other) >= epochStart(leader, state);
                if (!caughtUp) {
                    return;
                }
                isr.add(new IsrChange.Member(other, leader.fetchedBy.get(other)));
            }
            Decision<List<IsrChangeResult>> decision = cluster.isrRule.change(
                    cluster.image,
                    leader.id,
                    leader.brokerEpoch,
                    List.of(new IsrChange(ClusterFixture.PARTITION, state.leaderEpoch(), state.partitionEpoch(), isr)));
            cluster.apply(decision.facts());
            IsrChangeResult result = decision.reply().get(0);
            if (result.error() == Errors.NONE || result.error() == Errors.NEW_LEADER_ELECTED) {
                if (!shrink) {
                    nodes.get(other).damaged = false;
                }
                leader.proposed = shrink ? Set.of() : Set.of(other);
                leader.proposedAt = state.partitionEpoch();
                if (random.nextBoolean()) {
                    see(leader);
                }
            }
            told("leader " + leader.id + " asks for " + isr + ": " + result.error());
        }

        private static int epochStart(Node leader, PartitionState state) {
            int start = leader.log.size();
            while (start > 0 && leader.log.get(start - 1).epoch() == state.leaderEpoch()) {
                start--;
            }
            return start;
        }

        void heal() {
            for (Node node : nodes.values()) {
                restart(node);
            }
            for (Node node : nodes.values()) {
                if (cluster.broker(node.id).shuttingDown()) {
                    node.alive = false;
                    restart(node);
                }
                see(node);
                unfence(node);
            }
            recover();
            assertThat(cluster.state().hasLeader())
                    .as("a leader when all are well")
                    .isTrue();
            nodes.values().forEach(this::see);
            storm = false;
            for (int round = 0; round < 400; round++) {
                nodes.values().forEach(this::fetch);
                if (cluster.state().reassigning()) {
                    changeIsr(nodes.get(cluster.state().leader()));
                    nodes.values().forEach(this::see);
                }
            }
            assertThat(cluster.state().reassigning())
                    .as("a reassignment when all are well")
                    .isFalse();
            for (Node node : nodes.values()) {
                if (isReplica(node, cluster.state())) {
                    assertThat(node.log.subList(0, acknowledged.size())).isEqualTo(acknowledged);
                }
            }
        }
    }

    @Test
    void nothingAcknowledgedIsEverLost() {
        long acknowledged = 0;
        long elections = 0;
        long begun = 0;
        long done = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            World world = new World(seed);
            try {
                for (int step = 0; step < STEPS; step++) {
                    world.step();
                }
                world.heal();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + ", min ISR " + world.minIsr + "\n" + String.join("\n", world.story), e);
            }
            acknowledged += world.acknowledged.size();
            elections += world.cluster.state().leaderEpoch();
            begun += world.begun;
            done += world.done;
        }
        // The schedules must do something for the test to say anything.
        assertThat(acknowledged).isGreaterThan(4L * SEEDS);
        assertThat(elections).isGreaterThan(4L * SEEDS);
        assertThat(begun).isGreaterThan(4L * SEEDS);
        assertThat(done).isGreaterThan(2L * SEEDS);
    }
}
