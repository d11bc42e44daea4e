/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operator's walks: a lost voter is replaced, a quorum grows and shrinks, and brokers follow. */
class QuorumMembershipIT {
    private static final Duration WAIT = Duration.ofSeconds(60);

    @Test
    void aVoterThatLostItsDiskIsReplacedThoughTheLeaderDiesMeanwhile() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("replace-voter", 3, Map.of())) {
            cluster.createTopic("orders", 2, 3, Map.of());
            NodeProcess lost = cluster.node(3);
            if (cluster.quorumLeader() == 3) {
                klamm(cluster, "quorum", "transfer", "1");
            }
            String oldDirectory = directoryOf(cluster, 3);
            lost.kill();
            Path disk = lost.directory().resolve("data/__cluster_metadata-0");
            Path aside = lost.directory().resolve("aside");
            Files.move(disk, aside);

            lost.start();
            assertThat(lost.awaitExit(WAIT)).isEqualTo(2);
            assertThat(lost.logFile()).content().contains("klamm quorum replace 3");

            lost.startWith("quorum.join=true");
            CompletableFuture<Programs.Outcome> replaced = CompletableFuture.supplyAsync(
                    () -> run(cluster, "quorum", "replace", "3", "--within", "90"), Programs.THREADS);
            Await.until("the leader takes it in", WAIT, () -> Files.readString(lost.logFile())
                    .contains("waits to be taken into the quorum"));
            NodeProcess leader = cluster.node(cluster.quorumLeader());
            leader.kill();
            leader.start();
            replaced.get(120, TimeUnit.SECONDS).expectSuccess();
            cluster.awaitBrokers(3);
            cluster.awaitFullIsr("orders");
            assertThat(directoryOf(cluster, 3)).isNotEqualTo(oldDirectory);

            lost.stop(WAIT);
            Path fresh = lost.directory().resolve("fresh");
            Files.move(disk, fresh);
            Files.move(aside, disk);
            lost.start();
            assertThat(lost.awaitExit(WAIT)).as("the old disk has come back").isEqualTo(3);
            assertThat(lost.tail())
                    .contains("was replaced by one with another directory")
                    .doesNotContain("\tat ");
            Files.move(disk, aside);
            Files.move(fresh, disk);
            lost.start();
            cluster.awaitBrokers(3);
            cluster.createTopic("after", 1, 3, Map.of());
        }
    }

    @Test
    void aQuorumGrowsFromOneToThreeAndTheFounderLeaves() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("grow-quorum", 1, Map.of("cluster.id", "grown"))) {
            cluster.createTopic("before", 1, 1, Map.of());
            for (int id = 2; id <= 3; id++) {
                cluster.addVoter().startWith("quorum.join=true");
                klamm(cluster, "quorum", "add", id + "@127.0.0.1:" + cluster.controllerPort(id));
            }
            cluster.awaitBrokers(3);
            assertThat(voters(cluster)).containsExactly(1, 2, 3);
            NodeProcess fourth = cluster.addBroker();
            fourth.start();
            cluster.awaitBrokers(4);

            klamm(cluster, "quorum", "remove", "1");
            NodeProcess founder = cluster.node(1);
            assertThat(founder.awaitExit(WAIT)).isEqualTo(3);
            assertThat(founder.tail())
                    .contains("was removed from the metadata quorum")
                    .doesNotContain("\tat ");
            assertThat(voters(cluster)).containsExactly(2, 3);
            // The fourth node's file knows only the first voter; the metadata knows the others.
            cluster.createTopic("after", 1, 3, Map.of());
            try (Admin admin = KlammCluster.admin(cluster.bootstrap(4))) {
                Await.until("node 4 follows", WAIT, () -> admin.listTopics()
                        .names()
                        .get(10, TimeUnit.SECONDS)
                        .contains("after"));
            }
            int leader = cluster.quorumLeader();
            klamm(cluster, "quorum", "transfer", String.valueOf(5 - leader));
            Await.until("the other voter leads", WAIT, () -> cluster.quorumLeader() == 5 - leader);
            try (Admin admin = cluster.admin()) {
                admin.removeRaftVoter(leader, Uuid.fromString(directoryOf(cluster, leader)))
                        .all()
                        .get(60, TimeUnit.SECONDS);
            }
            assertThat(voters(cluster)).containsExactly(5 - leader);
        }
    }

    /** Five voters bear the loss of two, which three do not. */
    @Test
    @Tag("long")
    void aQuorumGrowsFromThreeToFiveUnderWritingAndLosesTwo() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("five-voters", 3, Map.of("cluster.id", "five"))) {
            cluster.createTopic("orders", 2, 3, Map.of("min.insync.replicas", "1"));
            try (RecordedProducer producer =
                    new RecordedProducer(0, cluster.bootstrap(), "orders", 2, Map.of()).start()) {
                for (int id = 4; id <= 5; id++) {
                    cluster.addVoter().startWith("quorum.join=true");
                    klamm(cluster, "quorum", "add", id + "@127.0.0.1:" + cluster.controllerPort(id));
                    producer.awaitProgress(200, WAIT);
                }
                cluster.awaitBrokers(5);
                assertThat(voters(cluster)).containsExactly(1, 2, 3, 4, 5);

                int leader = cluster.quorumLeader();
                cluster.node(leader).kill();
                cluster.node(leader % 5 + 1).kill();
                cluster.createTopic("three-decide", 3, 3, Map.of());
                producer.awaitProgress(200, WAIT);
                cluster.node(leader).start();
                cluster.node(leader % 5 + 1).start();
                cluster.awaitBrokers(5);
                cluster.awaitFullIsr("orders");
                List<Send> sends = producer.finish();
                assertThat(HistoryJudge.anomalies(sends, TopicReader.readAll(cluster.bootstrap(), "orders", 2, WAIT)))
                        .as("files in %s", cluster.directory())
                        .isEmpty();
            }
        }
    }

    private static void klamm(KlammCluster cluster, String... arguments) {
        run(cluster, arguments).expectSuccess();
    }

    private static Programs.Outcome run(KlammCluster cluster, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Launcher.path());
        command.addAll(List.of(arguments));
        command.addAll(List.of("--bootstrap", cluster.bootstrap()));
        return Programs.run(Duration.ofMinutes(2), command);
    }

    private static String directoryOf(KlammCluster cluster, int nodeId) {
        return quorum(cluster).voters().stream()
                .filter(voter -> voter.replicaId() == nodeId)
                .map(voter -> voter.replicaDirectoryId().toString())
                .findFirst()
                .orElseThrow();
    }

    private static List<Integer> voters(KlammCluster cluster) {
        return quorum(cluster).voters().stream()
                .map(QuorumInfo.ReplicaState::replicaId)
                .sorted()
                .toList();
    }

    private static QuorumInfo quorum(KlammCluster cluster) {
        return Await.get("the quorum", WAIT, () -> {
            try (Admin admin = cluster.admin()) {
                return admin.describeMetadataQuorum().quorumInfo().get(10, TimeUnit.SECONDS);
            }
        });
    }
}
