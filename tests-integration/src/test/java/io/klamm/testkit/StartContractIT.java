/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code klamm start} promises to scripts: exit codes, one-line reasons, safe forming. */
class StartContractIT {
    @Test
    void nodesStartInAnyOrderSecondsApart() {
        try (KlammCluster cluster = KlammCluster.define("any-order", 3, Map.of())) {
            cluster.node(3).start();
            Await.until("node 3 waits for the other voters", Duration.ofSeconds(30), () -> Files.readString(
                            cluster.node(3).logFile())
                    .contains("wait"));
            cluster.node(1).start();
            cluster.node(2).start();
            cluster.awaitBrokers(3);
            cluster.stop();
        }
    }

    @Test
    void aVoterWithAnEmptyDiskDoesNotJoinAnExistingQuorum() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("wiped-voter", 3, Map.of())) {
            cluster.node(2).kill();
            wipe(cluster.node(2).directory().resolve("data"));
            cluster.node(2).start();
            assertThat(cluster.node(2).awaitExit(Duration.ofSeconds(40))).isEqualTo(2);
            assertThat(Files.readString(cluster.node(2).logFile()))
                    .contains("node 2 has forgotten its votes", "klamm quorum replace 2");
            cluster.createTopic("still-works", 1, 2, Map.of());
        }
    }

    @Test
    void aDirectoryOfAnotherClusterIsRefused() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("other-cluster", 1, Map.of())) {
            assertThat(cluster.node(1).stop(Duration.ofSeconds(30))).isZero();
            Path config = cluster.node(1).directory().resolve("server.properties");
            List<String> lines = new ArrayList<>(Files.readAllLines(config));
            lines.add("cluster.id=AAAAAAAAAAAAAAAAAAAAAA");
            Files.write(config, lines);
            Programs.Outcome refused = Launcher.run("start", config.toString());
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.out() + refused.err()).contains("cluster").doesNotContain("\tat ");
        }
    }

    @Test
    void aMistypedKeyStopsTheStartAndNamesTheNearestOne() throws Exception {
        try (KlammCluster cluster = KlammCluster.define("mistyped", 1, Map.of("num.partition", "3"))) {
            Programs.Outcome refused = start(cluster);
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).contains("num.partitions").hasLineCount(1);
        }
    }

    @Test
    void aBusyPortIsOneClearLine() throws Exception {
        try (KlammCluster cluster = KlammCluster.define("busy-port", 1, Map.of());
                ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), cluster.port(1)));
            Programs.Outcome refused = start(cluster);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.out() + refused.err())
                    .contains(Integer.toString(cluster.port(1)))
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void aKraftServerPropertiesOfApacheKafkaStartsUnchanged() throws Exception {
        try (KlammCluster cluster = KlammCluster.start(
                "kraft-file",
                3,
                Map.ofEntries(
                        Map.entry("num.network.threads", "3"),
                        Map.entry("num.io.threads", "8"),
                        Map.entry("socket.send.buffer.bytes", "102400"),
                        Map.entry("socket.receive.buffer.bytes", "102400"),
                        Map.entry("socket.request.max.bytes", "104857600"),
                        Map.entry("default.replication.factor", "3"),
                        Map.entry("min.insync.replicas", "2"),
                        Map.entry("num.partitions", "4"),
                        Map.entry("auto.create.topics.enable", "false"),
                        Map.entry("num.recovery.threads.per.data.dir", "1"),
                        Map.entry("offsets.topic.replication.factor", "3"),
                        Map.entry("offsets.topic.num.partitions", "50"),
                        Map.entry("transaction.state.log.replication.factor", "3"),
                        Map.entry("transaction.state.log.min.isr", "2"),
                        Map.entry("log.retention.hours", "168"),
                        Map.entry("log.segment.bytes", "1073741824"),
                        Map.entry("log.retention.check.interval.ms", "300000"),
                        Map.entry("group.initial.rebalance.delay.ms", "0")))) {
            assertThat(cluster.nodes()).allMatch(NodeProcess::isAlive);
        }
    }

    private static Programs.Outcome start(KlammCluster cluster) {
        return Launcher.run(
                "start",
                cluster.node(1).directory().resolve("server.properties").toString());
    }

    private static void wipe(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
