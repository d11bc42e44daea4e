/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.ElectionType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Nodes are killed while producers write with acks=all: writing goes on, and in the end every acknowledged record is there exactly
 * once, in order, and the replicas' files are equal byte by byte. One cluster for all, a topic for each: starts are what takes the time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodeLossIT {
    private static final int PARTITIONS = 6;
    private static final Duration PROGRESS = Duration.ofSeconds(60);
    private static final int PRODUCERS = 2;

    private final KlammCluster cluster = KlammCluster.define("node-loss", 3, Map.of());
    private final List<RecordedProducer> producers = new ArrayList<>();
    private final Set<String> judged = new LinkedHashSet<>();
    private String topic = "";

    @BeforeAll
    void start() {
        cluster.startAll();
    }

    @AfterEach
    void stopProducers() {
        producers.forEach(RecordedProducer::close);
        producers.clear();
    }

    @AfterAll
    void replicasAreEqualByteByByte() {
        cluster.stop();
        try {
            for (String each : judged) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    String first = digest(1, each, partition);
                    assertThat(List.of(digest(2, each, partition), digest(3, each, partition)))
                            .as("replicas of %s-%d; files in %s", each, partition, cluster.directory())
                            .containsOnly(first);
                }
            }
        } finally {
            cluster.close();
        }
    }

    /** Each of them leads partitions, and the first one leads the quorum, too. */
    @Test
    void everyNodeIsKilledInTurn() {
        beginWriting("every-node");
        int first = cluster.quorumLeader();
        for (int turn = 0; turn < 3; turn++) {
            int victim = (first - 1 + turn) % 3 + 1;
            Await.until("node " + victim + " leads partitions", PROGRESS, () -> leads(victim));
            cluster.node(victim).kill();
            awaitProgressOfAll(1_000);
            cluster.node(victim).start();
            cluster.awaitBrokers(3);
            awaitProgressOfAll(500);
            cluster.awaitFullIsr(topic);
            elect();
        }
        finishAndJudge();
    }

    private boolean leads(int node) {
        return cluster.describe(topic).partitions().stream()
                .anyMatch(partition -> partition.leader().id() == node);
    }

    /** Leaders go back to where they were, so that the next victim has some. */
    private void elect() {
        try (Admin admin = cluster.admin()) {
            admin.electLeaders(ElectionType.PREFERRED, null).partitions().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no election of preferred leaders", e);
        }
    }

    /** It keeps its connections, so that only the end of its session takes its leadership; awake again it still thinks that it leads. */
    @Test
    void aPausedLeaderIsReplacedAndAcknowledgesNothingThatIsLost() {
        beginWriting("paused-leader");
        int victim = cluster.leaderOf(topic, 0);
        NodeProcess paused = cluster.node(victim);
        paused.pause();
        try {
            String others = cluster.nodes().stream()
                    .filter(node -> node != paused)
                    .map(node -> cluster.bootstrap(node.nodeId()))
                    .collect(Collectors.joining(","));
            Await.until("another node leads", PROGRESS, () -> cluster.leaderOf(others, topic, 0) != victim);
            RecordedProducer another = new RecordedProducer(PRODUCERS, others, topic, PARTITIONS, Map.of());
            producers.add(another.start());
            another.awaitProgress(500, PROGRESS);
        } finally {
            paused.resume();
        }
        cluster.awaitBrokers(3);
        awaitProgressOfAll(500);
        cluster.awaitFullIsr(topic);
        finishAndJudge();
    }

    @Test
    void allKilledAtOnceAndStartedInAnyOrder() {
        beginWriting("all-at-once");
        long seed = System.nanoTime();
        System.out.println("seed of the order: " + seed);
        cluster.killAll();
        List<NodeProcess> order = new ArrayList<>(cluster.nodes());
        Collections.shuffle(order, new Random(seed));
        order.forEach(NodeProcess::start);
        cluster.awaitBrokers(3);
        awaitProgressOfAll(500);
        finishAndJudge();
    }

    @Test
    void aCleanRollingRestartLosesNothing() {
        beginWriting("rolling");
        for (int node = 1; node <= 3; node++) {
            awaitProgressOfAll(200);
            assertThat(cluster.node(node).stop(Duration.ofSeconds(30)))
                    .as("exit code of a clean stop")
                    .isZero();
            awaitProgressOfAll(200);
            cluster.node(node).start();
            cluster.awaitBrokers(3);
            cluster.awaitFullIsr(topic);
        }
        finishAndJudge();
    }

    private void beginWriting(String newTopic) {
        topic = newTopic;
        cluster.createTopic(topic, PARTITIONS, 3, Map.of("min.insync.replicas", "2"));
        for (int number = 0; number < PRODUCERS; number++) {
            producers.add(new RecordedProducer(number, cluster.bootstrap(), topic, PARTITIONS, Map.of()).start());
        }
        awaitProgressOfAll(1_000);
    }

    private void awaitProgressOfAll(long records) {
        producers.forEach(producer -> producer.awaitProgress(records, PROGRESS));
    }

    private void finishAndJudge() {
        List<Send> sends = new ArrayList<>();
        producers.forEach(producer -> sends.addAll(producer.finish()));
        producers.clear();
        cluster.awaitFullIsr(topic);
        List<Contents> reads = TopicReader.readAll(cluster.bootstrap(), topic, PARTITIONS, Duration.ofSeconds(60));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .as("files in " + cluster.directory())
                .isEmpty();
        assertThat(sends).anyMatch(send -> send.outcome() == Outcome.OK);
        judged.add(topic);
    }

    private String digest(int node, String of, int partition) {
        return ReplicaFiles.digest(cluster.node(node).directory().resolve("data"), of, partition);
    }
}
