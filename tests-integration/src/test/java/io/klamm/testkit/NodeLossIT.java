/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Nodes are killed while producers write with acks=all: writing goes on, and in the end every acknowledged record is there exactly
 * once, in order, and the replicas' files are equal byte by byte.
 */
class NodeLossIT {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 6;
    private static final Duration PROGRESS = Duration.ofSeconds(60);
    private static final int PRODUCERS = 2;

    private final KlammCluster cluster = KlammCluster.start("node-loss", 3, Map.of());
    private final List<RecordedProducer> producers = new ArrayList<>();

    @AfterEach
    void stop() {
        producers.forEach(RecordedProducer::close);
        cluster.close();
    }

    @Test
    void aKilledPartitionLeaderLosesNothingAndComesBack() {
        beginWriting();
        int victim = cluster.leaderOf(TOPIC, 0);
        killAndBringBack(victim);
        finishAndJudge();
    }

    @Test
    void theKilledQuorumLeaderLosesNothingAndComesBack() {
        beginWriting();
        int victim = cluster.quorumLeader();
        killAndBringBack(victim);
        assertThat(cluster.quorumLeader()).isBetween(1, 3);
        finishAndJudge();
    }

    /** It keeps its connections, so that only the end of its session takes its leadership; awake again it still thinks that it leads. */
    @Test
    void aPausedLeaderIsReplacedAndAcknowledgesNothingThatIsLost() {
        beginWriting();
        int victim = cluster.leaderOf(TOPIC, 0);
        NodeProcess paused = cluster.node(victim);
        paused.pause();
        try {
            Await.until("another node leads", PROGRESS, () -> cluster.leaderOf(TOPIC, 0) != victim);
            String others = cluster.nodes().stream()
                    .filter(node -> node != paused)
                    .map(node -> cluster.bootstrap(node.nodeId()))
                    .collect(Collectors.joining(","));
            RecordedProducer another = new RecordedProducer(PRODUCERS, others, TOPIC, PARTITIONS, Map.of());
            producers.add(another.start());
            another.awaitProgress(500, PROGRESS);
        } finally {
            paused.resume();
        }
        cluster.awaitBrokers(3);
        awaitProgressOfAll(500);
        cluster.awaitFullIsr(TOPIC);
        finishAndJudge();
    }

    @Test
    void everyNodeInTurn() {
        beginWriting();
        for (int victim = 1; victim <= 3; victim++) {
            killAndBringBack(victim);
        }
        finishAndJudge();
    }

    @Test
    void allKilledAtOnceAndStartedInAnyOrder() {
        beginWriting();
        long seed = System.nanoTime();
        System.out.println("seed of the order: " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2; round++) {
            awaitProgressOfAll(500);
            cluster.killAll();
            List<NodeProcess> order = new ArrayList<>(cluster.nodes());
            Collections.shuffle(order, random);
            order.forEach(NodeProcess::start);
            cluster.awaitBrokers(3);
            awaitProgressOfAll(500);
        }
        finishAndJudge();
    }

    @Test
    void aCleanRollingRestartLosesNothing() {
        beginWriting();
        for (int node = 1; node <= 3; node++) {
            awaitProgressOfAll(200);
            assertThat(cluster.node(node).stop(Duration.ofSeconds(30)))
                    .as("exit code of a clean stop")
                    .isZero();
            awaitProgressOfAll(200);
            cluster.node(node).start();
            cluster.awaitBrokers(3);
            cluster.awaitFullIsr(TOPIC);
        }
        finishAndJudge();
    }

    private void beginWriting() {
        cluster.createTopic(TOPIC, PARTITIONS, 3, Map.of("min.insync.replicas", "2"));
        for (int number = 0; number < PRODUCERS; number++) {
            producers.add(new RecordedProducer(number, cluster.bootstrap(), TOPIC, PARTITIONS, Map.of()).start());
        }
        awaitProgressOfAll(1_000);
    }

    private void killAndBringBack(int victim) {
        cluster.node(victim).kill();
        awaitProgressOfAll(1_000);
        cluster.node(victim).start();
        cluster.awaitBrokers(3);
        awaitProgressOfAll(500);
        cluster.awaitFullIsr(TOPIC);
    }

    private void awaitProgressOfAll(long records) {
        producers.forEach(producer -> producer.awaitProgress(records, PROGRESS));
    }

    private void finishAndJudge() {
        List<SendRecord> sends = new ArrayList<>();
        producers.forEach(producer -> sends.addAll(producer.finish()));
        producers.clear();
        cluster.awaitFullIsr(TOPIC);
        List<ReadRecord> reads = TopicReader.readAll(cluster.bootstrap(), TOPIC, PARTITIONS, Duration.ofSeconds(60));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .as("files in " + cluster.directory())
                .isEmpty();
        assertThat(sends).anyMatch(send -> send.outcome() == SendRecord.Outcome.ACKED);
        cluster.stop();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String first = digest(1, partition);
            assertThat(digest(2, partition))
                    .as("replicas of partition " + partition)
                    .isEqualTo(first);
            assertThat(digest(3, partition))
                    .as("replicas of partition " + partition)
                    .isEqualTo(first);
        }
    }

    private String digest(int node, int partition) {
        return ReplicaFiles.digest(cluster.node(node).directory().resolve("data"), TOPIC, partition);
    }
}
