/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The life of a node that leaves a cluster of three voters and a broker, by the commands an operator uses. */
class DrainIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final KlammCluster cluster = KlammCluster.start("drain", 3, Map.of());

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aNodeJoinsGetsItsShareIsDrainedAndRemoved() {
        cluster.createTopic("orders", 6, 3, Map.of());
        NodeProcess four = cluster.addBroker();
        four.start();
        cluster.awaitBrokers(4);
        try (RecordedProducer producer = new RecordedProducer(0, cluster.bootstrap(), "orders", 6, Map.of()).start()) {
            producer.awaitProgress(200, LONG);
            assertThat(klamm(0, "topics", "reassign", "--dry-run").out())
                    .contains("Would move 4 partitions, 4 replicas to copy.");
            awaitReplicasOn4("orders", 0);
            assertThat(klamm(0, "topics", "reassign", "orders").out()).contains("Moved 4 partitions");
            awaitReplicasOn4("orders", 4);
            assertThat(klamm(0, "topics", "reassign").out()).contains("Nothing to move");

            assertThat(klamm(0, "cluster", "drain", "4", "--dry-run").out())
                    .contains("Would move 4 partitions, 4 replicas to copy.");
            assertThat(klamm(1, "cluster", "remove-broker", "4").err()).contains("broker 4 is alive");
            Programs.Outcome drained = klamm(0, "cluster", "drain", "4");
            assertThat(drained.out()).contains("Moved 4 partitions").contains("klamm cluster remove-broker 4");
            assertThat(drained.err()).contains("moved 4 of 4 partitions");
            awaitReplicasOn4("orders", 0);
            assertThat(klamm(0, "cluster", "drain", "4").out()).contains("Nothing to move.");
            cluster.createTopic("later", 4, 3, Map.of());
            awaitReplicasOn4("later", 0);

            assertThat(klamm(1, "cluster", "drain", "3").err())
                    .contains("has 3 replicas, but only 2 nodes may have them");
            assertThat(klamm(1, "cluster", "drain", "9").err()).contains("there is no broker 9");
            assertThat(klamm(0, "cluster", "drain", "4", "--undo", "--json").out())
                    .contains("\"cordoned\" : false");

            producer.awaitProgress(200, LONG);
            List<Send> sends = new ArrayList<>(producer.finish());
            assertThat(HistoryJudge.anomalies(sends, TopicReader.readAll(cluster.bootstrap(), "orders", 6, LONG)))
                    .as("files in " + cluster.directory())
                    .isEmpty();
        }
        assertThat(four.stop(LONG)).isZero();
        assertThat(klamm(0, "cluster", "remove-broker", "4").out()).contains("Broker 4 is removed.");
        assertThat(klamm(1, "cluster", "remove-broker", "4").err()).contains("there is no broker 4");
        assertThat(klamm(0, "cluster", "describe").out()).contains("127.0.0.1:" + cluster.port(3));
    }

    private Programs.Outcome klamm(int exitCode, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap", cluster.bootstrap()));
        return Launcher.run(all.toArray(String[]::new)).expectExit(exitCode);
    }

    /** A node that is asked may hear of it a moment later than the command. */
    private void awaitReplicasOn4(String topic, int expected) {
        Await.until(
                expected + " partitions of " + topic + " have a replica on node 4",
                LONG,
                () -> cluster.describe(topic).partitions().stream()
                                .filter(partition ->
                                        partition.replicas().stream().anyMatch(replica -> replica.id() == 4))
                                .count()
                        == expected);
    }
}
