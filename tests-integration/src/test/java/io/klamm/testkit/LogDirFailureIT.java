/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * One of two disks of a node fails while producers write with acks=all: its partitions get other leaders, the node goes on with its
 * other disk, nothing acknowledged is lost, and with the disk repaired the node catches up after a restart.
 */
@EnabledIf("io.klamm.testkit.LoopDisk#available")
class LogDirFailureIT {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 12;
    private static final int VICTIM = 1;
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final KlammCluster cluster = KlammCluster.define(
            "dir-failure",
            3,
            Map.of(
                    "log.dirs", KlammCluster.HOME + "/data," + KlammCluster.HOME + "/disk/data",
                    "metadata.log.dir", KlammCluster.HOME + "/metadata"));
    private final LoopDisk disk =
            LoopDisk.mount(cluster.node(VICTIM).directory().resolve("disk"), 128);
    private final List<RecordedProducer> producers = new ArrayList<>();

    @BeforeEach
    void start() {
        cluster.startAll();
        // It leads two thirds, and has a half on either disk: so it leads from both, whichever are where.
        List<List<Integer>> replicas = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> partition % 3 == 2 ? List.of(2, VICTIM, 3) : List.of(VICTIM, 2, 3))
                .toList();
        cluster.createTopic(TOPIC, replicas, Map.of("min.insync.replicas", "2"));
        producers.add(new RecordedProducer(0, cluster.bootstrap(), TOPIC, PARTITIONS, Map.of()).start());
        awaitProgress();
    }

    @AfterEach
    void stop() {
        producers.forEach(RecordedProducer::close);
        cluster.close();
        disk.close();
    }

    @Test
    void theOtherDiskServesOnAndNothingIsLost() {
        Set<Integer> onDisk = new TreeSet<>(disk.partitions(TOPIC));
        assertThat(onDisk).as("spread by count").hasSize(PARTITIONS / 2);
        Set<Integer> led = led(cluster.describe(TOPIC));
        assertThat(led).as("led from the disk").anyMatch(onDisk::contains);
        assertThat(led).as("led from the other").anyMatch(partition -> !onDisk.contains(partition));

        disk.fail();
        Await.until("others lead what was on the disk, and hold the only copies in sync", WAIT, () -> {
            List<TopicPartitionInfo> partitions = cluster.describe(TOPIC).partitions();
            return onDisk.stream()
                    .map(partitions::get)
                    .allMatch(partition -> partition.leader() != null
                            && partition.isr().size() == 2
                            && partition.isr().stream().noneMatch(node -> node.id() == VICTIM));
        });
        awaitProgress();
        for (TopicPartitionInfo partition : cluster.describe(TOPIC).partitions()) {
            if (!onDisk.contains(partition.partition())) {
                assertThat(partition.isr().stream().map(Node::id))
                        .as("in sync on the disk that works")
                        .containsExactlyInAnyOrder(1, 2, 3);
            }
        }
        assertThat(led(cluster.describe(TOPIC)))
                .containsExactlyElementsOf(led.stream()
                        .filter(partition -> !onDisk.contains(partition))
                        .toList());
        assertThat(cluster.node(VICTIM).isAlive()).isTrue();
        Programs.Outcome described = Launcher.run("cluster", "describe", "--bootstrap", cluster.bootstrap());
        assertThat(described.out()).containsPattern(VICTIM + " +" + disk.logDir() + " +offline");

        restartWithoutTheDisk(onDisk);
        cluster.node(VICTIM).stop(WAIT);
        disk.repair();
        cluster.node(VICTIM).start();
        cluster.awaitBrokers(3);
        cluster.awaitFullIsr(TOPIC);
        awaitProgress();
        finishAndJudge(onDisk);
    }

    /** The disk is still broken: the node starts, and makes no new logs in place of those that it cannot see. */
    private void restartWithoutTheDisk(Set<Integer> onDisk) {
        cluster.node(VICTIM).stop(WAIT);
        cluster.node(VICTIM).start();
        cluster.awaitBrokers(3);
        Await.until("the node has caught up with its other disk", WAIT, () -> {
            List<TopicPartitionInfo> partitions = cluster.describe(TOPIC).partitions();
            return partitions.stream()
                    .allMatch(partition -> partition.isr().size() == (onDisk.contains(partition.partition()) ? 2 : 3));
        });
        awaitProgress();
    }

    private static Set<Integer> led(TopicDescription topic) {
        TreeSet<Integer> led = new TreeSet<>();
        topic.partitions().stream()
                .filter(partition ->
                        partition.leader() != null && partition.leader().id() == VICTIM)
                .forEach(partition -> led.add(partition.partition()));
        return led;
    }

    private void awaitProgress() {
        producers.forEach(producer -> producer.awaitProgress(500, WAIT));
    }

    private void finishAndJudge(Set<Integer> onDisk) {
        List<Send> sends = new ArrayList<>();
        producers.forEach(producer -> sends.addAll(producer.finish()));
        producers.clear();
        cluster.awaitFullIsr(TOPIC);
        List<Contents> reads = TopicReader.readAll(cluster.bootstrap(), TOPIC, PARTITIONS, WAIT);
        assertThat(HistoryJudge.anomalies(sends, reads))
                .as("files in " + cluster.directory())
                .isEmpty();
        assertThat(sends).noneMatch(send -> send.outcome() != Outcome.OK);
        assertThat(new TreeSet<>(disk.partitions(TOPIC))).as("where they were").isEqualTo(onDisk);
    }
}
