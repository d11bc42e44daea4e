/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import io.klamm.testkit.NodeProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The faults of the benchmark. Each round has a topic and a producer of its own. */
final class Scenarios {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** What comes after the first acknowledgement that the fault delayed: a second pause would count, too. */
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FRESH_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final Map<String, String> IMPATIENT = Map.of(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "2000");
    private static final long FLAP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FLAP_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private Scenarios() {}

    /** What happens to a node, and how it is undone. */
    private interface Fault {
        void inflict(TestedCluster cluster, NodeProcess node);

        void undo(TestedCluster cluster, NodeProcess node);
    }

    private static final Fault KILL = new Fault() {
        @Override
        public void inflict(TestedCluster cluster, NodeProcess node) {
            node.kill();
        }

        @Override
        public void undo(TestedCluster cluster, NodeProcess node) {
            node.start();
        }
    };

    private static final Fault TERMINATE = new Fault() {
        @Override
        public void inflict(TestedCluster cluster, NodeProcess node) {
            node.stop(PATIENCE);
        }

        @Override
        public void undo(TestedCluster cluster, NodeProcess node) {
            node.start();
        }
    };

    private static final Fault PAUSE = new Fault() {
        @Override
        public void inflict(TestedCluster cluster, NodeProcess node) {
            node.pause();
        }

        @Override
        public void undo(TestedCluster cluster, NodeProcess node) {
            node.resume();
        }
    };

    private static final Fault CUT = new Fault() {
        @Override
        public void inflict(TestedCluster cluster, NodeProcess node) {
            cluster.cut(node.nodeId());
        }

        @Override
        public void undo(TestedCluster cluster, NodeProcess node) {
            cluster.heal(node.nodeId());
        }
    };

    static List<Scenario> all() {
        return List.of(
                new Scenario(
                        "kill -9, leader of the partition",
                        false,
                        (cluster, effort, done) -> rounds(cluster, effort.kills(), false, KILL, done)),
                new Scenario(
                        "kill -9, leader of partition and quorum",
                        false,
                        (cluster, effort, done) -> rounds(cluster, effort.kills(), true, KILL, done)),
                new Scenario(
                        "SIGTERM, leader of the partition",
                        false,
                        (cluster, effort, done) -> rounds(cluster, effort.silences(), false, TERMINATE, done)),
                new Scenario(
                        "SIGTERM, leader of partition and quorum",
                        false,
                        (cluster, effort, done) -> rounds(cluster, effort.silences(), true, TERMINATE, done)),
                new Scenario("rolling restart", false, (cluster, effort, done) -> rollingRestart(cluster, done)),
                new Scenario(
                        "SIGSTOP, leader of the partition",
                        false,
                        (cluster, effort, done) -> silences(cluster, effort.silences(), PAUSE, done)),
                new Scenario(
                        "cable cut, leader of the partition",
                        true,
                        (cluster, effort, done) -> silences(cluster, effort.silences(), CUT, done)),
                new Scenario("flapping network", true, Scenarios::flap));
    }

    private static int victim(TestedCluster cluster, boolean leadsQuorum, int round) {
        int quorumLeader = cluster.nodes().quorumLeader();
        return leadsQuorum ? quorumLeader : TestedCluster.others(quorumLeader).get(round % (TestedCluster.NODES - 1));
    }

    private static void rounds(TestedCluster cluster, int count, boolean leadsQuorum, Fault fault, Consumer<Round> done)
            throws Exception {
        for (int i = 0; i < count; i++) {
            done.accept(oneNode(cluster, victim(cluster, leadsQuorum, i), Map.of(), fault, false));
        }
    }

    private static void silences(TestedCluster cluster, int count, Fault fault, Consumer<Round> done) throws Exception {
        for (int i = 0; i < count; i++) {
            done.accept(oneNode(cluster, victim(cluster, false, i), IMPATIENT, fault, true));
        }
    }

    private static Round oneNode(
            TestedCluster cluster, int victim, Map<String, String> settings, Fault fault, boolean fresh)
            throws Exception {
        String topic = cluster.newTopic(List.of(victim));
        NodeProcess node = cluster.nodes().node(victim);
        List<Integer> others = TestedCluster.others(victim);
        Round round;
        try (SteadyProducer producer = new SteadyProducer(cluster.nodes().bootstrap(), topic, 1, settings);
                LeaderProbe probe = cluster.probe(others, topic, victim)) {
            producer.awaitAcknowledged(PATIENCE);
            LockSupport.parkNanos(WARM_UP_NANOS);
            producer.gaps().begin();
            long start = System.nanoTime();
            fault.inflict(cluster, node);
            double freshMs = fresh ? millis(firstOfFresh(cluster, others, topic, settings) - start) : -1;
            producer.awaitAcknowledged(PATIENCE);
            LockSupport.parkNanos(SETTLE_NANOS);
            round = new Round(
                    millis(producer.gaps().longestNanos(System.nanoTime())),
                    millis(probe.nanosSince(start)),
                    freshMs,
                    producer.failed(),
                    note(producer, "node " + victim));
        } finally {
            fault.undo(cluster, node);
        }
        cluster.awaitWhole(topic);
        return round;
    }

    /** Producers that connect anew to the nodes that live on, one after the other; when the first of them was acknowledged. */
    private static long firstOfFresh(
            TestedCluster cluster, List<Integer> nodes, String topic, Map<String, String> settings) {
        List<SteadyProducer> producers = new ArrayList<>();
        long start = System.nanoTime();
        try {
            while (System.nanoTime() - start < PATIENCE.toNanos()) {
                producers.add(new SteadyProducer(cluster.bootstrap(nodes), topic, 1, settings));
                long next = System.nanoTime() + FRESH_INTERVAL_NANOS;
                while (next - System.nanoTime() > 0) {
                    if (producers.stream().anyMatch(producer -> producer.gaps().allAcknowledgedAfter(start))) {
                        return System.nanoTime();
                    }
                    LockSupport.parkNanos(1_000_000);
                }
            }
        } finally {
            producers.forEach(SteadyProducer::close);
        }
        throw new AssertionError("no new producer was acknowledged within " + PATIENCE.toSeconds() + " s");
    }

    private static void rollingRestart(TestedCluster cluster, Consumer<Round> done) throws Exception {
        String topic = cluster.newTopic(List.of(1, 2, 3));
        try (SteadyProducer producer =
                new SteadyProducer(cluster.nodes().bootstrap(), topic, TestedCluster.NODES, Map.of())) {
            producer.awaitAcknowledged(PATIENCE);
            LockSupport.parkNanos(WARM_UP_NANOS);
            int failedBefore = 0;
            for (NodeProcess node : cluster.nodes().nodes()) {
                producer.gaps().begin();
                node.stop(PATIENCE);
                node.start();
                cluster.awaitWhole(topic);
                producer.awaitAcknowledged(PATIENCE);
                LockSupport.parkNanos(SETTLE_NANOS);
                int failed = producer.failed();
                done.accept(new Round(
                        millis(producer.gaps().longestNanos(System.nanoTime())),
                        -1,
                        -1,
                        failed - failedBefore,
                        note(producer, "node " + node.nodeId())));
                failedBefore = failed;
            }
        }
    }

    /** One line for the whole time: the longest pause, and the elections there were. */
    private static void flap(TestedCluster cluster, Scenario.Effort effort, Consumer<Round> done) throws Exception {
        String topic = cluster.newTopic(List.of(1, 2, 3));
        Random random = new Random(effort.seed());
        long epochs = cluster.leaderEpochs(topic, TestedCluster.NODES);
        long terms = cluster.quorumEpoch();
        try (SteadyProducer producer =
                new SteadyProducer(cluster.nodes().bootstrap(), topic, TestedCluster.NODES, Map.of())) {
            producer.awaitAcknowledged(PATIENCE);
            producer.gaps().begin();
            long start = System.nanoTime();
            long next = start;
            int cuts = 0;
            while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(effort.flapSeconds())) {
                int node = 1 + random.nextInt(TestedCluster.NODES);
                cluster.cut(node);
                cuts++;
                parkUntil(next + FLAP_NANOS);
                cluster.heal(node);
                next += FLAP_EVERY_NANOS;
                parkUntil(next);
            }
            producer.awaitAcknowledged(PATIENCE);
            cluster.awaitWhole(topic);
            long elections = cluster.leaderEpochs(topic, TestedCluster.NODES) - epochs;
            long quorumElections = cluster.quorumEpoch() - terms;
            done.accept(new Round(
                    millis(producer.gaps().longestNanos(System.nanoTime())),
                    -1,
                    -1,
                    producer.failed(),
                    note(
                            producer,
                            cuts + " cuts (seed " + effort.seed() + "): " + elections + " elections of partitions, "
                                    + quorumElections + " of the quorum")));
        }
    }

    private static void parkUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static String note(SteadyProducer producer, String text) {
        Exception failure = producer.firstFailure();
        return failure == null ? text : text + "; first failure: " + failure;
    }

    private static double millis(long nanos) {
        return nanos < 0 ? -1 : nanos / 1e6;
    }
}
