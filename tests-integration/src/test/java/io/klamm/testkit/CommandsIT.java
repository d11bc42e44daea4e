/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the klamm command says when things are not as they should be. */
class CommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void eachTopicIsDeletedOrNotByItself() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("delete", 1, Map.of())) {
            cluster.createTopic("there", 2, 1, Map.of());
            JsonNode existing = JSON.readTree(klamm(cluster, "topics", "create", "there", "--if-not-exists", "--json")
                    .out());
            assertThat(existing.path("partitions").asInt()).isEqualTo(2);

            Programs.Outcome deleted = klamm(cluster, "topics", "delete", "missing", "there", "--json");
            assertThat(deleted.exitCode()).isEqualTo(1);
            JsonNode results = JSON.readTree(deleted.out());
            assertThat(results.findValuesAsText("topic")).containsExactly("missing", "there");
            assertThat(results.findValuesAsText("deleted")).containsExactly("false", "true");
            assertThat(JSON.readTree(deleted.err()).path("exitCode").asInt()).isEqualTo(1);
            assertThat(klamm(cluster, "configs", "describe", "topic", "there").err())
                    .contains("there is no topic there");
            assertThat(klamm(cluster, "configs", "describe", "broker", "9").err())
                    .contains("there is no broker 9");
        }
    }

    @Test
    void withoutAQuorumTheCommandsSayWhoIsMissing() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("no-quorum", 3, Map.of())) {
            cluster.createTopic("orders", 2, 3, Map.of());
            cluster.node(1).kill();
            cluster.node(2).kill();
            String problem = "no quorum: node 3 answers, nodes 1 and 2 do not; 2 of 3 voters are needed";
            // If node 3 leads, it leads on until it has missed the others for an election time-out, and says so.
            Await.until(
                    "node 3 does not lead (any more)",
                    LONG,
                    () -> shortly(cluster, "quorum", "describe").exitCode() != 0);

            for (List<String> command : List.of(
                    List.of("cluster", "describe"), List.of("quorum", "describe"), List.of("metadata", "dump"))) {
                Programs.Outcome outcome = shortly(cluster, command.toArray(String[]::new));
                assertThat(outcome.exitCode()).as("%s", command).isEqualTo(1);
                assertThat(outcome.out()).as("%s", command).contains(problem);
                assertThat(outcome.err()).as("%s", command).hasLineCount(1).contains(problem);
            }
            Programs.Outcome asked = Launcher.run(
                    "quorum", "describe", "--json", "--bootstrap-controller", "127.0.0.1:" + cluster.controllerPort(3));
            assertThat(JSON.readTree(asked.out()).path("problem").asText()).isEqualTo(problem);
            assertThat(klamm(cluster, "metadata", "dump").out()).contains("TopicCreated", "orders");
        }
    }

    @Test
    void aStopLeavesNoErrorInAnyLog() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("clean-stop", 3, Map.of())) {
            cluster.createTopic("orders", 6, 3, Map.of());
            int leader = cluster.quorumLeader();
            assertThat(cluster.node(leader).stop(Duration.ofSeconds(30))).isZero();
            cluster.stop();
            for (NodeProcess node : cluster.nodes()) {
                try (Stream<String> lines = Files.lines(node.logFile())) {
                    assertThat(lines.filter(line -> line.contains(" ERROR ")))
                            .as("log of node %d; node %d led the quorum and stopped first", node.nodeId(), leader)
                            .isEmpty();
                }
            }
        }
    }

    private static Programs.Outcome shortly(KlammCluster cluster, String... arguments) {
        return klamm(
                cluster,
                Stream.concat(Stream.of(arguments), Stream.of("--timeout", "3")).toArray(String[]::new));
    }

    private static Programs.Outcome klamm(KlammCluster cluster, String... arguments) {
        return Launcher.run(Stream.concat(Stream.of(arguments), Stream.of("--bootstrap", cluster.bootstrap()))
                .toArray(String[]::new));
    }
}
