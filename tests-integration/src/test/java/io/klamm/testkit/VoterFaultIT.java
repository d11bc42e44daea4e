/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a voter must not go on with ends its process, with a reason in one line; the others go on. */
class VoterFaultIT {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofSeconds(70);

    @Test
    @EnabledIf("io.klamm.testkit.LoopDisk#available")
    void aFullDiskAndABrokenDiskEndInACleanExit() throws Exception {
        KlammCluster cluster =
                KlammCluster.define("voter-disks", 3, Map.of("metadata.log.dir", KlammCluster.HOME + "/meta/data"));
        List<NodeProcess> nodes = cluster.nodes();
        try (LoopDisk full = LoopDisk.mount(nodes.get(1).directory().resolve("meta"), 64);
                LoopDisk broken = LoopDisk.mount(nodes.get(2).directory().resolve("meta"), 64);
                cluster) {
            cluster.startAll();
            broken.fail();
            assertEnds(cluster, nodes.get(2));
            broken.repair();
            nodes.get(2).start();
            cluster.awaitBrokers(3);

            full.fillUp();
            assertEnds(cluster, nodes.get(1));
            full.free();
            nodes.get(1).start();
            cluster.awaitBrokers(3);
        }
    }

    @Test
    void aCorruptMetadataLogEndsTheStartWithOneLine() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("voter-corruption", 3, Map.of())) {
            cluster.createTopic("orders", 50, 3, Map.of());
            NodeProcess node = cluster.node(3);
            assertThat(node.stop(WAIT)).isZero();
            corrupt(node.directory().resolve("data/__cluster_metadata-0/raft"));

            node.start();
            assertThat(node.awaitExit(WAIT)).isEqualTo(2);
            assertThat(node.tail()).contains("the metadata log").doesNotContain("\tat ");
            cluster.createTopic("the-others-go-on", 1, 2, Map.of());
        }
    }

    /** Ratis closes a voter that has stood still for longer than a minute. Its process must not live on without it. */
    @Test
    @Tag("long")
    void aPauseOfMoreThanAMinuteEndsTheProcessAndAStartBringsItBack() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("voter-pause", 3, Map.of())) {
            cluster.createTopic("orders", 2, 3, Map.of());
            NodeProcess node = cluster.node(cluster.quorumLeader() % 3 + 1);
            node.pause();
            long begin = System.nanoTime();
            Await.until("the pause is over", PAUSE.multipliedBy(2), () -> System.nanoTime() - begin > PAUSE.toNanos());
            node.resume();
            assertThat(node.awaitExit(WAIT)).isEqualTo(3);
            assertThat(node.tail()).contains("klamm: ").doesNotContain("\tat io.klamm");
            node.start();
            cluster.awaitBrokers(3);
            cluster.awaitFullIsr("orders");
        }
    }

    /** A byte in the middle of what was written, as a disk does it. */
    private static void corrupt(Path raft) throws IOException {
        Path log;
        try (Stream<Path> files = Files.walk(raft)) {
            log = files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(log);
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        bytes[end / 2] ^= 0x55;
        Files.write(log, bytes);
    }

    /** While the metadata changes, which the others decide. */
    private static void assertEnds(KlammCluster cluster, NodeProcess node) throws Exception {
        try (Admin admin = cluster.admin()) {
            for (int i = 0; node.isAlive() && i < 100; i++) {
                String topic = "topic-" + node.nodeId() + "-" + i;
                Await.until("topic " + topic + " exists", WAIT, () -> {
                    admin.createTopics(List.of(new NewTopic(topic, 50, (short) 1)));
                    return admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic);
                });
            }
        }
        assertThat(node.awaitExit(WAIT)).isEqualTo(3);
        assertThat(node.tail()).contains("the metadata log cannot be written").doesNotContain("\tat io.klamm");
    }
}
