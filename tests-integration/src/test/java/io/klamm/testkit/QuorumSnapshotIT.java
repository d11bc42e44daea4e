/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** Voters take snapshots and delete their logs while records are written, and one that was away for longer than the log reaches comes back. */
class QuorumSnapshotIT {
    private static final Duration WAIT = Duration.ofSeconds(60);
    /** Ratis deletes whole files of the log, of 8 MiB each. */
    private static final int LOG_FILE_BYTES = 8 << 20;

    private static final String BULKY = "follower.replication.throttled.replicas";

    @Test
    void aVoterThatWasAwayForLongComesBackBySnapshotUnderLoad() throws Exception {
        Map<String, String> often =
                Map.of("quorum.snapshot.trigger.entries", "10", "metadata.digest.interval.facts", "100");
        try (KlammCluster cluster = KlammCluster.start("quorum-snapshot", 3, often)) {
            cluster.createTopic("orders", 2, 3, Map.of("min.insync.replicas", "2"));
            int away = cluster.quorumLeader() % 3 + 1;
            try (RecordedProducer producer =
                    new RecordedProducer(0, cluster.bootstrap(), "orders", 2, Map.of()).start()) {
                producer.awaitProgress(200, WAIT);
                NodeProcess voter = cluster.node(away);
                assertThat(voter.stop(WAIT)).isZero();
                assertThat(beginnings(voter))
                        .as("files that begin with the log")
                        .isNotEmpty();
                fillTheMetadataLog(cluster);
                for (NodeProcess other : cluster.nodes()) {
                    if (other != voter) {
                        Await.until(
                                "node " + other.nodeId() + " has deleted the beginning of its log",
                                WAIT,
                                () -> beginnings(other).isEmpty());
                    }
                }
                cluster.createTopic("while-away", 1, 2, Map.of());

                voter.start();
                cluster.awaitBrokers(3);
                cluster.awaitFullIsr("orders");
                producer.awaitProgress(200, WAIT);
                Await.until("its old log, which is behind the snapshot, is gone", WAIT, () -> beginnings(voter)
                        .isEmpty());

                // Its vote counts, and its metadata is whole: with one other node it is the quorum.
                int dead = away % 3 + 1;
                cluster.node(dead).kill();
                cluster.createTopic("after", 1, 2, Map.of());
                try (Admin admin = KlammCluster.admin(cluster.bootstrap(away))) {
                    assertThat(admin.listTopics().names().get(20, TimeUnit.SECONDS))
                            .contains("orders", "while-away", "after");
                }
                List<Send> sends = producer.finish();
                assertThat(sends).allMatch(send -> send.outcome() == Outcome.OK);
                assertThat(HistoryJudge.anomalies(sends, TopicReader.readAll(cluster.bootstrap(), "orders", 2, WAIT)))
                        .as("files in %s", cluster.directory())
                        .isEmpty();
            }
            assertThat(Launcher.run("metadata", "dump", "--bootstrap", cluster.bootstrap())
                            .expectSuccess()
                            .out())
                    .contains("DigestRecorded");
            for (NodeProcess node : cluster.nodes()) {
                assertThat(Files.readString(node.logFile()))
                        .as("log of node %d: its digests are the active controller's", node.nodeId())
                        .doesNotContain("is not that of the active controller")
                        .doesNotContain("\tat ");
            }
        }
    }

    /** More facts than one file of the log holds: settings as long as the protocol lets them be. */
    private static void fillTheMetadataLog(KlammCluster cluster) throws Exception {
        String bulk = "1:1,".repeat(7_000);
        try (Admin admin = cluster.admin()) {
            List<String> topics =
                    IntStream.range(0, 20).mapToObj(number -> "bulk-" + number).toList();
            admin.createTopics(topics.stream()
                            .map(topic -> new NewTopic(topic, 1, (short) 1))
                            .toList())
                    .all()
                    .get(30, TimeUnit.SECONDS);
            for (int round = 0; (long) round * topics.size() * bulk.length() < LOG_FILE_BYTES * 5L / 4; round++) {
                String value = bulk + "0:" + (1 + round % 3);
                Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
                topics.forEach(topic -> changes.put(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(new ConfigEntry(BULKY, value), OpType.SET))));
                admin.incrementalAlterConfigs(changes).all().get(30, TimeUnit.SECONDS);
            }
        }
    }

    /** Files of a voter's Raft log that hold its first entry. */
    private static List<Path> beginnings(NodeProcess node) throws IOException {
        try (Stream<Path> files = Files.walk(node.directory().resolve("data/__cluster_metadata-0/raft"))) {
            return files.filter(file -> {
                        String name = file.getFileName().toString();
                        return name.startsWith("log_0-") || name.equals("log_inprogress_0");
                    })
                    .toList();
        }
    }
}
