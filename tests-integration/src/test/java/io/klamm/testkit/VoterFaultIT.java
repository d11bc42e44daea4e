/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a voter must not go on with ends its process, with a reason in one line; the others go on. */
class VoterFaultIT {
    private static final Duration WAIT = Duration.ofSeconds(60);

    @Test
    void aLongPauseAndADamagedLogEndInACleanExit() throws Exception {
        try (KlammCluster cluster =
                KlammCluster.start("voter-faults", 3, Map.of("klamm.ratis.raft.server.close.threshold", "2s"))) {
            NodeProcess paused = cluster.node(3);
            paused.pause();
            cluster.createTopic("meanwhile", 1, 2, Map.of());
            Await.until("node 3 is fenced", WAIT, () -> fenced(cluster, 3));
            paused.resume();
            assertThat(paused.awaitExit(WAIT)).isEqualTo(3);
            assertThat(paused.tail()).contains("klamm: ", "pause").doesNotContain("\tat io.klamm");

            paused.start();
            cluster.awaitBrokers(3);
            paused.stop(WAIT);
            damage(paused.directory().resolve("data/__cluster_metadata-0/raft"));
            paused.start();
            assertThat(paused.awaitExit(WAIT)).isEqualTo(2);
            assertThat(paused.tail()).contains("cannot be opened", "klamm quorum replace 3");
            cluster.createTopic("afterwards", 1, 2, Map.of());
        }
    }

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

    private static boolean fenced(KlammCluster cluster, int nodeId) throws Exception {
        try (Admin admin = KlammCluster.admin(cluster.bootstrap(1) + ',' + cluster.bootstrap(2))) {
            return admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).stream()
                    .noneMatch(node -> node.id() == nodeId);
        }
    }

    /** Changes a byte in the middle of the largest part of the Raft log. */
    private static void damage(Path raft) throws IOException {
        Path log;
        try (Stream<Path> files = Files.walk(raft)) {
            log = files.filter(file -> String.valueOf(file.getFileName()).startsWith("log_"))
                    .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
                    .orElseThrow();
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            byte[] bytes = new byte[200];
            file.seek(200);
            file.readFully(bytes);
            file.seek(200);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] ^= 0x55;
            }
            file.write(bytes);
        }
    }
}
