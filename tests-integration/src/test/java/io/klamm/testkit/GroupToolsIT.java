/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Consumer groups as Kafka's command-line tools, kcat and the klamm command see them. */
class GroupToolsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration PATIENCE = Duration.ofSeconds(60);

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

    /** Each mode of ConsumerGroupCommand, on two groups without members and one that has one. */
    @Test
    void everyModeOfKafkasGroupCommand() throws Exception {
        Instant now = Instant.now();
        cluster.createTopic("modes", 2, 3, Map.of());
        cluster.createTopic("modes-more", 1, 3, Map.of());
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap()),
                        new StringSerializer(),
                        new StringSerializer());
                Admin admin = cluster.admin();
                KafkaConsumer<String, String> member = new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers", cluster.bootstrap(),
                                "group.id", "modes-live",
                                "group.protocol", "consumer",
                                "client.id", "hand",
                                "auto.offset.reset", "earliest"),
                        new StringDeserializer(),
                        new StringDeserializer());
                KafkaTools command = new KafkaTools("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand")) {
            for (int i = 0; i < 10; i++) { // one every six minutes of the last hour
                long timestamp = now.minus(Duration.ofMinutes(60 - 6 * i)).toEpochMilli();
                for (int partition = 0; partition < 2; partition++) {
                    producer.send(new ProducerRecord<>("modes", partition, timestamp, "key", "value " + i))
                            .get();
                }
                producer.send(new ProducerRecord<>("modes-more", 0, timestamp, "key", "value " + i))
                        .get();
            }
            for (String group : List.of("modes-a", "modes-b")) {
                admin.alterConsumerGroupOffsets(
                                group,
                                Map.of(
                                        new TopicPartition("modes", 0), new OffsetAndMetadata(3),
                                        new TopicPartition("modes", 1), new OffsetAndMetadata(4),
                                        new TopicPartition("modes-more", 0), new OffsetAndMetadata(5)))
                        .all()
                        .get();
            }
            member.subscribe(List.of("modes"));
            AtomicInteger read = new AtomicInteger();
            Await.until("the member has read both partitions", PATIENCE, () -> {
                read.addAndGet(member.poll(Duration.ofMillis(100)).count());
                return read.get() == 20;
            });
            member.commitSync();
            UnaryOperator<String> ask = line -> String.join(
                    "\n", command.run(("--bootstrap-server " + cluster.bootstrap() + " " + line).split(" ")));

            assertThat(ask.apply("--list").lines()).contains("modes-a", "modes-b", "modes-live");
            assertThat(ask.apply("--list --state").lines())
                    .anyMatch(line -> line.matches("modes-a +(Classic +)?Empty *"))
                    .anyMatch(line -> line.matches("modes-live +(Consumer +)?Stable *"));
            assertThat(ask.apply("--list --state Stable"))
                    .contains("modes-live")
                    .doesNotContain("modes-a");
            assertThat(ask.apply("--list --type").lines())
                    .anyMatch(line -> line.matches("modes-a +Classic *"))
                    .anyMatch(line -> line.matches("modes-live +Consumer *"));
            assertThat(ask.apply("--list --type classic")).contains("modes-a").doesNotContain("modes-live");

            assertThat(ask.apply("--describe --group modes-a"))
                    .contains("Consumer group 'modes-a' has no active members.")
                    .containsPattern("modes-a +modes +1 +4 +10 +6 +- +- +-");
            assertThat(ask.apply("--describe --all-groups --offsets"))
                    .containsPattern("modes-b +modes-more +0 +5 +10 +5 +- +- +-")
                    .containsPattern("modes-live +modes +0 +10 +10 +0 +\\S+ +/127.0.0.1 +hand");
            assertThat(ask.apply("--describe --group modes-live --members"))
                    .containsPattern("modes-live +\\S+ +/127.0.0.1 +hand +2");
            assertThat(ask.apply("--describe --group modes-live --members --verbose"))
                    .contains("modes:0,1");
            assertThat(ask.apply("--describe --group modes-live --state"))
                    .containsPattern("modes-live +127.0.0.1:\\d+ +\\(\\d\\) +uniform +Stable +1");
            assertThat(ask.apply("--describe --group modes-live --state --verbose"))
                    .containsPattern("uniform +Stable");

            String reset = "--reset-offsets --group modes-a --topic modes --dry-run ";
            assertThat(newOffsets(ask.apply(reset + "--to-earliest"))).isEqualTo(Map.of("modes 0", 0, "modes 1", 0));
            assertThat(newOffsets(ask.apply(reset + "--to-latest"))).isEqualTo(Map.of("modes 0", 10, "modes 1", 10));
            assertThat(newOffsets(ask.apply(reset + "--to-current"))).isEqualTo(Map.of("modes 0", 3, "modes 1", 4));
            assertThat(newOffsets(ask.apply(reset + "--to-offset 7"))).isEqualTo(Map.of("modes 0", 7, "modes 1", 7));
            assertThat(newOffsets(ask.apply(reset + "--shift-by -2"))).isEqualTo(Map.of("modes 0", 1, "modes 1", 2));
            assertThat(newOffsets(ask.apply(reset + "--by-duration PT33M")))
                    .isEqualTo(Map.of("modes 0", 5, "modes 1", 5));
            String time = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS")
                    .format(now.minus(Duration.ofMinutes(45)).atZone(ZoneId.systemDefault()));
            assertThat(newOffsets(ask.apply(reset + "--to-datetime " + time)))
                    .isEqualTo(Map.of("modes 0", 3, "modes 1", 3));
            assertThat(newOffsets(ask.apply("--reset-offsets --group modes-a --all-topics --to-earliest --dry-run")))
                    .containsOnlyKeys("modes 0", "modes 1", "modes-more 0");
            assertThat(ask.apply("--reset-offsets --all-groups --all-topics --to-current --dry-run"))
                    .containsPattern("modes-a +modes +0 +3")
                    .containsPattern("modes-b +modes +0 +3");
            assertThat(ask.apply("--reset-offsets --group modes-live --topic modes --to-earliest --execute"))
                    .contains("inactive");
            assertThat(committed(admin, "modes-a")).containsValues(3L, 4L, 5L);

            String csv = ask.apply("--reset-offsets --group modes-a --topic modes:1 --to-offset 9 --export --dry-run")
                    .lines()
                    .filter(line -> line.matches("\"?modes\"?,1,9"))
                    .findFirst()
                    .orElseThrow();
            Path file = Files.writeString(cluster.directory().resolve("reset.csv"), csv + "\n");
            assertThat(newOffsets(ask.apply("--reset-offsets --group modes-a --from-file " + file + " --execute")))
                    .isEqualTo(Map.of("modes 1", 9));
            assertThat(committed(admin, "modes-a")).containsEntry("modes 0", 3L).containsEntry("modes 1", 9L);

            assertThat(ask.apply("--delete-offsets --group modes-a --topic modes:0"))
                    .contains("Successful");
            assertThat(committed(admin, "modes-a")).containsOnlyKeys("modes 1", "modes-more 0");
            assertThat(ask.apply("--delete-offsets --group modes-live --topic modes"))
                    .contains("Error:");
            assertThat(ask.apply("--delete --group modes-live")).contains("GroupNotEmptyException");
            assertThat(ask.apply("--delete --group modes-a --group modes-b"))
                    .contains("Deletion of requested consumer groups")
                    .contains("was successful");
            assertThat(ask.apply("--list").lines()).contains("modes-live").doesNotContain("modes-a", "modes-b");
        }
    }

    /** By topic and partition, of what the command prints of a reset. */
    private static Map<String, Integer> newOffsets(String printed) {
        return printed.lines()
                .map(line -> line.trim().split(" +"))
                .filter(words -> words.length == 4 && words[0].startsWith("modes-"))
                .collect(Collectors.toMap(words -> words[1] + " " + words[2], words -> Integer.valueOf(words[3])));
    }

    private static Map<String, Long> committed(Admin admin, String group) throws Exception {
        Map<String, Long> committed = new HashMap<>();
        admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) ->
                        committed.put(partition.topic() + " " + partition.partition(), offset.offset()));
        return committed;
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

    /** Members that are no consumers, as those of Kafka Connect. */
    @Test
    void groupsOfOtherProtocolsAreListedToo() throws Exception {
        cluster.createTopic("listed", 1, 3, Map.of());
        try (Admin admin = cluster.admin()) {
            admin.alterConsumerGroupOffsets(
                            "readers", Map.of(new TopicPartition("listed", 0), new OffsetAndMetadata(0)))
                    .all()
                    .get();
        }
        JoinGroupRequestData joining = new JoinGroupRequestData()
                .setGroupId("workers")
                .setProtocolType("connect")
                .setSessionTimeoutMs(30_000)
                .setRebalanceTimeoutMs(30_000);
        joining.protocols()
                .add(new JoinGroupRequestProtocol().setName("sessioned").setMetadata(new byte[] {1}));
        JoinGroupResponseData joined = new WireRequest(cluster.port(coordinatorOf("workers")), "worker")
                .ask(3, joining, new JoinGroupResponseData());
        assertThat(Errors.forCode(joined.errorCode())).isEqualTo(Errors.NONE);

        assertThat(klamm("groups", "list").expectSuccess().out())
                .containsPattern("readers +Empty +Classic +- +0 +0")
                .containsPattern("workers +CompletingRebalance +Classic +\\S+ +1 +0");
        assertThat(klamm("groups", "describe", "workers", "--members")
                        .expectSuccess()
                        .out())
                .contains("workers: CompletingRebalance, 1 member");
        assertThat(klamm("groups", "list", "--type", "consumer").expectSuccess().out())
                .doesNotContain("workers", "readers");
        assertThat(klamm("groups", "list", "--type", "share").err()).contains("there is no such type");
    }

    private static int coordinatorOf(String group) throws Exception {
        FindCoordinatorResponseData found = new WireRequest(cluster.port(1), "seeker")
                .ask(
                        4,
                        new FindCoordinatorRequestData().setKeyType((byte) 0).setCoordinatorKeys(List.of(group)),
                        new FindCoordinatorResponseData());
        return found.coordinators().get(0).nodeId();
    }

    @Test
    void aGroupIsWatched() throws Exception {
        fill("watched", 20);
        klamm("groups", "reset", "watchers", "--topic", "watched", "--to-earliest")
                .expectSuccess();
        Path printed = cluster.directory().resolve("watch.out");
        Process watch = new ProcessBuilder(
                        Launcher.path(),
                        "groups",
                        "describe",
                        "watchers",
                        "--watch",
                        "1",
                        "--bootstrap",
                        cluster.bootstrap())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            Await.until("it prints the lag", PATIENCE, () -> Files.readString(printed)
                    .contains("total lag 20"));
            klamm("groups", "reset", "watchers", "--to-latest").expectSuccess();
            Await.until("it prints that there is none any more", PATIENCE, () -> Files.readString(printed)
                    .contains("total lag 0"));
            assertThat(watch.isAlive()).isTrue();
        } finally {
            watch.destroy();
            assertThat(watch.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(klamm("groups", "describe", "watchers", "--watch", "0").err())
                .contains("expected at least 1");
    }
}
