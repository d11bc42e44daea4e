/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

/** A fourth node outside of the quorum joins a running cluster, tails its metadata and takes partitions of new topics. */
class BrokerOnlyNodeIT {
    @Test
    void aFourthNodeJoinsTakesPartitionsAndSurvivesARestart() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("broker-only", 3, Map.of())) {
            cluster.createTopic("before", 4, 3, Map.of());
            NodeProcess fourth = cluster.addBroker();
            fourth.start();
            cluster.awaitBrokers(4);
            cluster.createTopic("after", 8, 3, Map.of());
            Await.until("the quorum tells how far voters and the new node are", Duration.ofSeconds(30), () -> {
                QuorumInfo quorum = describeQuorum(cluster);
                return ids(quorum.voters()).equals(Set.of(1, 2, 3))
                        && ids(quorum.observers()).equals(Set.of(4))
                        && Stream.concat(quorum.voters().stream(), quorum.observers().stream())
                                .allMatch(replica -> replica.logEndOffset() == quorum.highWatermark()
                                        && replica.lastFetchTimestamp().isPresent());
            });
            List<TopicPartitionInfo> partitions = cluster.describe("after").partitions();
            assertThat(partitions)
                    .as("the new node takes its share")
                    .filteredOn(partition -> partition.replicas().stream().anyMatch(node -> node.id() == 4))
                    .hasSize(6);
            assertThat(partitions)
                    .filteredOn(partition -> partition.leader().id() == 4)
                    .hasSize(2);
            RecordedProducer producer = new RecordedProducer(0, cluster.bootstrap(4), "after", 8, Map.of()).start();
            producer.awaitProgress(2_000, Duration.ofSeconds(60));
            fourth.kill();
            cluster.createTopic("meanwhile", 1, 3, Map.of());
            QuorumInfo behind = describeQuorum(cluster);
            assertThat(behind.observers()).singleElement().satisfies(dead -> assertThat(dead.logEndOffset())
                    .isLessThan(behind.highWatermark()));
            assertThat(Launcher.run("quorum", "describe", "--bootstrap", cluster.bootstrap(1))
                            .expectSuccess()
                            .out())
                    .containsPattern("[123] +leader +\\d+ +0 ")
                    .containsPattern("[123] +voter +\\d+ +\\d+ ")
                    .containsPattern("4 +observer +\\d+ +[1-9]\\d* ");
            producer.awaitProgress(2_000, Duration.ofSeconds(60));
            fourth.start();
            cluster.awaitBrokers(4);
            cluster.awaitFullIsr("after");
            producer.awaitProgress(500, Duration.ofSeconds(60));
            List<Send> sends = producer.finish();
            assertThat(HistoryJudge.anomalies(
                            sends, TopicReader.readAll(cluster.bootstrap(4), "after", 8, Duration.ofSeconds(60))))
                    .isEmpty();
        }
    }

    private static QuorumInfo describeQuorum(KlammCluster cluster) throws Exception {
        try (Admin admin = KlammCluster.admin(cluster.bootstrap(1))) {
            return admin.describeMetadataQuorum().quorumInfo().get(20, TimeUnit.SECONDS);
        }
    }

    private static Set<Integer> ids(List<QuorumInfo.ReplicaState> replicas) {
        return replicas.stream().map(QuorumInfo.ReplicaState::replicaId).collect(Collectors.toSet());
    }
}
