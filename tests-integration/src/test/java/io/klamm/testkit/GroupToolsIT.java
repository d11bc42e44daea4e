/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Consumer groups as Kafka's command-line tools, kcat and the klamm command see them. */
class GroupToolsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static KlammCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KlammCluster.start("group-tools", 3, Map.of());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    private static void fill(String topic, int records) {
        cluster.createTopic(topic, 2, 3, Map.of());
        String lines = String.join(
                        "\n",
                        IntStream.range(0, records).mapToObj(i -> "record " + i).toList()) + "\n";
        tool(lines, "ConsoleProducer", "--topic", topic);
    }

    private static Programs.Outcome tool(String input, String tool, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", cluster.bootstrap()));
        all.addAll(List.of(arguments));
        return Programs.kafkaTool(input, tool, all.toArray(String[]::new)).expectSuccess();
    }

    private static Programs.Outcome klamm(String... arguments) {
        return Launcher.run(Stream.concat(Stream.of(arguments), Stream.of("--bootstrap", cluster.bootstrap()))
                .toArray(String[]::new));
    }

    @Test
    void kafkasOwnToolsConsumeInAGroupAndManageIt() {
        fill("console-group", 20);
        assertThat(tool(
                                "",
                                "consumer.ConsoleConsumer",
                                "--topic",
                                "console-group",
                                "--group",
                                "tooled",
                                "--from-beginning",
                                "--max-messages",
                                "20")
                        .lines())
                .hasSize(20);
        assertThat(tool("", "consumer.group.ConsumerGroupCommand", "--list").lines())
                .contains("tooled");
        assertThat(tool("", "consumer.group.ConsumerGroupCommand", "--describe", "--group", "tooled")
                        .lines())
                .anyMatch(line -> line.matches("tooled +console-group +\\d +.*"));
        String reset = tool(
                        "",
                        "consumer.group.ConsumerGroupCommand",
                        "--reset-offsets",
                        "--group",
                        "tooled",
                        "--topic",
                        "console-group",
                        "--to-earliest",
                        "--execute")
                .out();
        assertThat(reset).containsPattern("tooled +console-group +0 +0").containsPattern("tooled +console-group +1 +0");
        // Kafka's own reader of the internal topic understands what is in it
        assertThat(tool(
                                "",
                                "consumer.ConsoleConsumer",
                                "--topic",
                                "__consumer_offsets",
                                "--from-beginning",
                                "--formatter",
                                "org.apache.kafka.tools.consumer.OffsetsMessageFormatter",
                                "--timeout-ms",
                                "8000")
                        .out())
                .contains("\"group\":\"tooled\"", "\"topic\":\"console-group\"");
        tool(
                "",
                "consumer.group.ConsumerGroupCommand",
                "--delete-offsets",
                "--group",
                "tooled",
                "--topic",
                "console-group:0");
        tool("", "consumer.group.ConsumerGroupCommand", "--delete", "--group", "tooled");
        assertThat(tool("", "consumer.group.ConsumerGroupCommand", "--list").lines())
                .doesNotContain("tooled");
    }

    @Test
    void kcatConsumesInAGroupAndGoesOnWhereItEnded() {
        Assumptions.assumeTrue(Programs.installed("kcat"), "kcat is not installed");
        fill("kcat-group", 10);
        assertThat(kcat("10")).hasSize(10);
        tool("eleven\n", "ConsoleProducer", "--topic", "kcat-group");
        assertThat(kcat("1")).containsExactly("eleven");
    }

    private static List<String> kcat(String count) {
        return Programs.kcat(
                        "",
                        "-b",
                        cluster.bootstrap(),
                        "-G",
                        "kcats",
                        "-X",
                        "auto.offset.reset=earliest",
                        "-c",
                        count,
                        "-q",
                        "kcat-group")
                .expectSuccess()
                .lines();
    }

    @Test
    void theKlammCommandShowsLagAndResets() throws Exception {
        fill("lagging", 30);
        tool(
                "",
                "consumer.ConsoleConsumer",
                "--topic",
                "lagging",
                "--group",
                "lags",
                "--from-beginning",
                "--max-messages",
                "30");

        JsonNode before = JSON.readTree(
                klamm("groups", "describe", "lags", "--json").expectSuccess().out());
        assertThat(before.get(0).path("state").asText()).isEqualTo("Empty");
        long lag = 0;
        for (JsonNode partition : before.get(0).path("partitions")) {
            lag += partition.path("lag").asLong();
        }
        assertThat(lag).isZero();
        assertThat(klamm("groups", "reset", "lags", "--to-earliest", "--dry-run")
                        .expectSuccess()
                        .out())
                .contains("Nothing is changed");
        klamm("topics", "create", "unread", "--partitions", "1").expectSuccess();
        assertThat(klamm("groups", "reset", "lags", "--topic", "lagging,unread", "--by", "-1000")
                        .expectSuccess()
                        .out())
                .containsPattern("lagging +0 +[0-9]+ +0")
                .containsPattern("unread +0 +- +- \\(nothing is committed to count from\\)");
        assertThat(klamm("groups", "reset", "lags", "--topic", "unread", "--by", "5")
                        .err())
                .contains("has committed nothing for these partitions");
        assertThat(klamm("groups", "list").expectSuccess().out()).containsPattern("lags +Empty +Classic +- +0 +30");
        assertThat(klamm("groups", "describe", "lags").expectSuccess().out())
                .contains("lags: Empty, 0 members, total lag 30, coordinator node ");
        assertThat(klamm("groups", "reset", "lags").exitCode()).isEqualTo(64);

        Programs.Outcome deleted = klamm("groups", "delete", "lags", "missing");
        assertThat(deleted.exitCode()).isEqualTo(1);
        assertThat(deleted.out()).containsPattern("lags +deleted").containsPattern("missing +there is no such group");
        assertThat(klamm("groups", "describe", "lags").err()).contains("there is no group lags");
        assertThat(Await.get("the list", Duration.ofSeconds(20), () -> klamm("groups", "list", "--state", "stable"))
                        .expectSuccess()
                        .out())
                .doesNotContain("lags");
    }
}
