/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** kcat (librdkafka) and the command-line tools of Apache Kafka, as they come. */
class OtherClientsIT {
    private static KlammCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KlammCluster.start("other-clients", 3, Map.of());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Test
    void kcatListsProducesAndConsumes() {
        Assumptions.assumeTrue(Programs.installed("kcat"), "kcat is not installed");
        cluster.createTopic("kcat", 6, 3, Map.of());
        String lines = IntStream.range(0, 5_000)
                .mapToObj(i -> "key" + i + ":line " + i)
                .collect(Collectors.joining("\n", "", "\n"));
        Programs.kcat(lines, "-b", cluster.bootstrap(2), "-P", "-t", "kcat", "-K", ":", "-H", "origin=test")
                .expectSuccess();
        List<String> read = Programs.kcat(
                        "", "-b", cluster.bootstrap(3), "-C", "-t", "kcat", "-e", "-q", "-f", "%k:%s:%h\n")
                .expectSuccess()
                .lines();
        assertThat(read).hasSize(5_000).contains("key17:line 17:origin=test");
        assertThat(Programs.kcat("", "-b", cluster.bootstrap(1), "-L")
                        .expectSuccess()
                        .out())
                .contains(" 3 brokers:")
                .contains("topic \"kcat\" with 6 partitions:");
        for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) {
            Programs.kcat(
                            "packed with " + codec + "\n",
                            "-b",
                            cluster.bootstrap(1),
                            "-P",
                            "-t",
                            "kcat",
                            "-p",
                            "0",
                            "-z",
                            codec)
                    .expectSuccess();
            assertThat(Programs.kcat(
                                    "",
                                    "-b",
                                    cluster.bootstrap(1),
                                    "-C",
                                    "-t",
                                    "kcat",
                                    "-p",
                                    "0",
                                    "-o",
                                    "-1",
                                    "-e",
                                    "-q")
                            .expectSuccess()
                            .lines())
                    .containsExactly("packed with " + codec);
        }
    }

    @Test
    void kafkasTopicCommandCreatesListsDescribesAndDeletes() {
        String server = cluster.bootstrap(1);
        tool(
                "",
                "TopicCommand",
                "--create",
                "--topic",
                "cli",
                "--partitions",
                "3",
                "--replication-factor",
                "3",
                "--config",
                "retention.ms=100000");
        assertThat(tool("", "TopicCommand", "--list").lines()).contains("cli");
        String described =
                tool("", "TopicCommand", "--describe", "--topic", "cli").out();
        assertThat(described)
                .contains("PartitionCount: 3")
                .contains("ReplicationFactor: 3")
                .contains("retention.ms=100000")
                .contains("Partition: 2");
        tool("", "TopicCommand", "--delete", "--topic", "cli");
        Await.until(
                "the topic is gone from " + server,
                java.time.Duration.ofSeconds(20),
                () -> !tool("", "TopicCommand", "--list").lines().contains("cli"));
    }

    @Test
    void kafkasProducersAndOffsetShell() throws Exception {
        cluster.createTopic("console", 1, 3, Map.of());
        tool("one\ntwo\nthree\n", "ConsoleProducer", "--topic", "console");
        assertThat(tool("", "GetOffsetShell", "--topic", "console").lines()).containsExactly("console:0:3");
        Path config = Files.writeString(
                cluster.directory().resolve("perf.properties"), "bootstrap.servers=" + cluster.bootstrap());
        assertThat(Programs.kafkaTool(
                                "",
                                "ProducerPerformance",
                                "--topic",
                                "console",
                                "--num-records",
                                "20000",
                                "--record-size",
                                "100",
                                "--throughput",
                                "-1",
                                "--command-config",
                                config.toString())
                        .expectSuccess()
                        .out())
                .contains("20000 records sent");
        assertThat(tool("", "GetOffsetShell", "--topic", "console").lines()).containsExactly("console:0:20003");
    }

    private static Programs.Outcome tool(String input, String tool, String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "--bootstrap-server";
        all[1] = cluster.bootstrap();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Programs.kafkaTool(input, tool, all).expectSuccess();
    }
}
