/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Consumer groups of the newer protocol (KIP-848) with the current Java client. */
class ConsumerGroupsIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static KlammCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KlammCluster.start(
                "consumer-groups",
                3,
                Map.of(
                        "broker.rack", "rack-" + KlammCluster.NODE,
                        "group.consumer.min.session.timeout.ms", "4000",
                        "group.consumer.session.timeout.ms", "4000",
                        "group.consumer.min.heartbeat.interval.ms", "500",
                        "group.consumer.heartbeat.interval.ms", "500"));
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    private static KafkaConsumer<String, String> consumer(String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                ConsumerConfig.GROUP_ID_CONFIG,
                group,
                ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                "consumer",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                "false",
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                StringDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                StringDeserializer.class));
        config.putAll(more);
        return new KafkaConsumer<>(config);
    }

    private static void write(String topic, int from, int to) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap(),
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = from; i < to; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, "key" + i, "value" + i)));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private static Set<String> poll(KafkaConsumer<String, String> consumer, Set<String> into) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
            into.add(record.value());
        }
        return into;
    }

    @Test
    void twoMembersShareTheTopicAndOneTakesOverWhatTheOtherLeaves() throws Exception {
        cluster.createTopic("shared", 6, 3, Map.of());
        write("shared", 0, 300);
        Set<String> seen = new HashSet<>();
        try (KafkaConsumer<String, String> first = consumer("sharers", Map.of());
                KafkaConsumer<String, String> second = consumer("sharers", Map.of())) {
            first.subscribe(List.of("shared"));
            second.subscribe(List.of("shared"));
            Await.until("both own three partitions", LONG, () -> {
                poll(first, seen);
                poll(second, seen);
                return first.assignment().size() == 3 && second.assignment().size() == 3;
            });
            Await.until(
                    "all records are read",
                    LONG,
                    () -> poll(second, poll(first, seen)).size() == 300);
            first.commitSync();
            second.commitSync();
            second.unsubscribe();
            Await.until("one owns all", LONG, () -> {
                poll(first, seen);
                return first.assignment().size() == 6;
            });
            write("shared", 300, 400);
            Await.until(
                    "the new records are read", LONG, () -> poll(first, seen).size() == 400);
            first.commitSync();
        }
        Set<String> again = new HashSet<>();
        write("shared", 400, 410);
        try (KafkaConsumer<String, String> next = consumer("sharers", Map.of())) {
            next.subscribe(List.of("shared"));
            Await.until(
                    "it goes on where the others ended",
                    LONG,
                    () -> poll(next, again).size() == 10);
            assertThat(again).allMatch(value -> Integer.parseInt(value.substring(5)) >= 400);
        }
    }

    @Test
    void whatASilentMemberReadIsTakenOver() throws Exception {
        cluster.createTopic("orphaned", 4, 3, Map.of());
        Set<String> seen = new HashSet<>();
        try (KafkaConsumer<String, String> survivor = consumer("heirs", Map.of())) {
            survivor.subscribe(List.of("orphaned"));
            try (KafkaConsumer<String, String> victim = consumer("heirs", Map.of())) {
                victim.subscribe(List.of("orphaned"));
                Await.until("two share", LONG, () -> {
                    poll(survivor, seen);
                    poll(victim, seen);
                    return survivor.assignment().size() == 2
                            && victim.assignment().size() == 2;
                });
                // it goes without a word, as a process does that dies
                victim.close(
                        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP));
            }
            write("orphaned", 0, 40);
            Await.until("the other reads all", LONG, () -> poll(survivor, seen).size() == 40);
            assertThat(survivor.assignment()).hasSize(4);
        }
    }

    @Test
    void aStaticMemberComesBackToItsPartitionsWithoutARebalance() throws Exception {
        cluster.createTopic("kept", 4, 3, Map.of());
        Set<String> seen = new HashSet<>();
        Set<TopicPartition> before;
        try (Admin admin = cluster.admin();
                KafkaConsumer<String, String> other =
                        consumer("static", Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "other"))) {
            other.subscribe(List.of("kept"));
            try (KafkaConsumer<String, String> first =
                    consumer("static", Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "mine"))) {
                first.subscribe(List.of("kept"));
                Await.until("two share", LONG, () -> {
                    poll(first, seen);
                    poll(other, seen);
                    return first.assignment().size() == 2 && other.assignment().size() == 2;
                });
                before = first.assignment();
            }
            int epoch = described(admin, "static").groupEpoch().orElseThrow();
            try (KafkaConsumer<String, String> back =
                    consumer("static", Map.of(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, "mine"))) {
                back.subscribe(List.of("kept"));
                Await.until("it has its partitions", LONG, () -> {
                    poll(back, seen);
                    return back.assignment().equals(before);
                });
            }
            assertThat(described(admin, "static").groupEpoch()).hasValue(epoch);
        }
    }

    @Test
    void newPartitionsAreRead() throws Exception {
        cluster.createTopic("growing", 1, 3, Map.of());
        Set<String> seen = new HashSet<>();
        try (Admin admin = cluster.admin();
                KafkaConsumer<String, String> member = consumer("growers", Map.of())) {
            member.subscribe(List.of("growing"));
            Await.until("it owns one", LONG, () -> {
                poll(member, seen);
                return member.assignment().size() == 1;
            });
            admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(3)))
                    .all()
                    .get();
            Await.until("it owns three", LONG, () -> {
                poll(member, seen);
                return member.assignment().size() == 3;
            });
        }
    }

    @Test
    void aPatternIsReadAsTheTopicsThatMatchNowAndLater() throws Exception {
        cluster.createTopic("pattern-old", 2, 3, Map.of());
        cluster.createTopic("pattern-old-more", 1, 3, Map.of());
        write("pattern-old", 0, 10);
        write("pattern-old-more", 1_000, 1_010);
        Set<String> seen = new HashSet<>();
        try (Admin admin = cluster.admin();
                KafkaConsumer<String, String> member = consumer("patterns", Map.of())) {
            // (?i) and a whole match are what RE2 makes of it
            member.subscribe(new SubscriptionPattern("(?i)PATTERN-(old|new)"));
            Await.until(
                    "all of the topic that matches is read",
                    LONG,
                    () -> poll(member, seen).size() == 10);
            assertThat(seen).contains("value0", "value9");
            member.commitSync();
            assertThat(described(admin, "patterns").members()).singleElement().satisfies(one -> assertThat(
                            one.assignment().topicPartitions())
                    .containsExactlyInAnyOrder(
                            new TopicPartition("pattern-old", 0), new TopicPartition("pattern-old", 1)));

            cluster.createTopic("pattern-new", 1, 3, Map.of());
            write("pattern-new", 10, 20);
            Await.until(
                    "the topic that came later is read",
                    LONG,
                    () -> poll(member, seen).size() == 20);
            admin.deleteTopics(List.of("pattern-old")).all().get();
            Await.until("the one that went is not", LONG, () -> {
                poll(member, seen);
                return member.assignment().equals(Set.of(new TopicPartition("pattern-new", 0)));
            });
            assertThat(seen).noneMatch(value -> Integer.parseInt(value.substring(5)) >= 1_000);
        }
    }

    @Test
    void aPatternThatIsNoneIsToldToTheClient() {
        try (KafkaConsumer<String, String> member = consumer("no-pattern", Map.of())) {
            member.subscribe(new SubscriptionPattern("look(?=ahead)"));
            InvalidRegularExpression refusal = Await.get("it is refused", LONG, () -> {
                try {
                    member.poll(Duration.ofMillis(100));
                    return null;
                } catch (InvalidRegularExpression e) {
                    return e;
                }
            });
            assertThat(refusal).hasMessageContaining("look(?=ahead)");
        }
    }

    @Test
    void membersReadThePartitionsOfTheirRacks() throws Exception {
        cluster.createTopic(
                "racked", List.of(List.of(1), List.of(1), List.of(2), List.of(2), List.of(3), List.of(3)), Map.of());
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        try {
            for (int rack : List.of(3, 1, 2)) { // so that nobody gets the right ones by the order of names
                members.add(consumer("racks", Map.of(ConsumerConfig.CLIENT_RACK_CONFIG, "rack-" + rack)));
                members.get(members.size() - 1).subscribe(List.of("racked"));
            }
            Await.until("each has the two partitions of its rack", LONG, () -> {
                members.forEach(member -> poll(member, new HashSet<>()));
                return members.get(0).assignment().equals(partitions("racked", 4, 5))
                        && members.get(1).assignment().equals(partitions("racked", 0, 1))
                        && members.get(2).assignment().equals(partitions("racked", 2, 3));
            });
        } finally {
            members.forEach(KafkaConsumer::close);
        }
    }

    private static Set<TopicPartition> partitions(String topic, int first, int second) {
        return Set.of(new TopicPartition(topic, first), new TopicPartition(topic, second));
    }

    @Test
    void administratorsSeeAndChangeGroups() throws Exception {
        cluster.createTopic("watched", 2, 3, Map.of());
        write("watched", 0, 20);
        try (Admin admin = cluster.admin()) {
            try (KafkaConsumer<String, String> member =
                    consumer("watchers", Map.of(ConsumerConfig.CLIENT_ID_CONFIG, "guard"))) {
                member.subscribe(List.of("watched"));
                Set<String> seen = new HashSet<>();
                Await.until("all is read", LONG, () -> poll(member, seen).size() == 20);
                member.commitSync();

                var described = described(admin, "watchers");
                assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
                assertThat(described.type()).isEqualTo(GroupType.CONSUMER);
                assertThat(described.partitionAssignor()).isEqualTo("uniform");
                assertThat(described.members()).hasSize(1).allSatisfy(one -> {
                    assertThat(one.clientId()).isEqualTo("guard");
                    assertThat(one.host()).isEqualTo("/127.0.0.1");
                    assertThat(one.assignment().topicPartitions())
                            .containsExactlyInAnyOrder(
                                    new TopicPartition("watched", 0), new TopicPartition("watched", 1));
                });
                assertThatThrownBy(() -> admin.deleteConsumerGroups(List.of("watchers"))
                                .all()
                                .get())
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(GroupNotEmptyException.class);
            }
            assertThat(admin.listGroups().all().get())
                    .extracting(GroupListing::groupId)
                    .contains("watchers");
            Map<TopicPartition, OffsetAndMetadata> committed = committed(admin, "watchers");
            assertThat(committed.values().stream()
                            .mapToLong(OffsetAndMetadata::offset)
                            .sum())
                    .isEqualTo(20);

            admin.alterConsumerGroupOffsets(
                            "watchers", Map.of(new TopicPartition("watched", 0), new OffsetAndMetadata(3, "by hand")))
                    .all()
                    .get();
            assertThat(committed(admin, "watchers").get(new TopicPartition("watched", 0)))
                    .isEqualTo(new OffsetAndMetadata(3, "by hand"));
            admin.deleteConsumerGroupOffsets("watchers", Set.of(new TopicPartition("watched", 0)))
                    .all()
                    .get();
            assertThat(committed(admin, "watchers")).containsOnlyKeys(new TopicPartition("watched", 1));
            admin.deleteConsumerGroups(List.of("watchers")).all().get();
            assertThatThrownBy(() -> admin.describeConsumerGroups(List.of("watchers"))
                            .all()
                            .get())
                    .hasCauseInstanceOf(GroupIdNotFoundException.class);
        }
    }

    @Test
    void kafkasToolsAndTheKlammCommandSeeTheGroup() throws Exception {
        cluster.createTopic("tooled", 2, 3, Map.of());
        write("tooled", 0, 10);
        Set<String> seen = new HashSet<>();
        try (KafkaConsumer<String, String> member =
                consumer("tooled-group", Map.of(ConsumerConfig.CLIENT_ID_CONFIG, "hand"))) {
            member.subscribe(List.of("tooled"));
            Await.until("all is read", LONG, () -> poll(member, seen).size() == 10);
            member.commitSync();
            write("tooled", 10, 14);

            assertThat(groupTool("--list", "--state").lines())
                    .anyMatch(line -> line.matches("tooled-group +Consumer +.*Stable.*|tooled-group +Stable.*"));
            assertThat(groupTool("--describe", "--group", "tooled-group").lines())
                    .anyMatch(line -> line.matches("tooled-group +tooled +\\d .*hand *"));
            assertThat(groupTool("--describe", "--group", "tooled-group", "--members", "--verbose")
                            .out())
                    .contains("hand", "tooled:0,1");
            assertThat(groupTool("--describe", "--group", "tooled-group", "--state")
                            .out())
                    .contains("uniform", "Stable");
            assertThat(klamm("groups", "list").expectSuccess().out())
                    .containsPattern("tooled-group +Stable +Consumer +uniform +1 +4");
            assertThat(klamm("groups", "describe", "tooled-group")
                            .expectSuccess()
                            .out())
                    .contains("tooled-group: Stable, 1 member, total lag 4");
        }
        assertThat(groupTool(
                                "--reset-offsets",
                                "--group",
                                "tooled-group",
                                "--topic",
                                "tooled",
                                "--to-earliest",
                                "--execute")
                        .out())
                .containsPattern("tooled-group +tooled +0 +0");
        assertThat(klamm("groups", "delete", "tooled-group").expectSuccess().out())
                .contains("Deleted tooled-group");
    }

    private static Programs.Outcome groupTool(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", cluster.bootstrap()));
        all.addAll(List.of(arguments));
        return Programs.kafkaTool("", "consumer.group.ConsumerGroupCommand", all.toArray(String[]::new))
                .expectSuccess();
    }

    private static Programs.Outcome klamm(String... arguments) {
        return Launcher.run(Stream.concat(Stream.of(arguments), Stream.of("--bootstrap", cluster.bootstrap()))
                .toArray(String[]::new));
    }

    @Test
    void aGroupHasTimesOfItsOwn() throws Exception {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "timed");
        try (Admin admin = cluster.admin()) {
            admin.incrementalAlterConfigs(Map.of(
                            group,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("consumer.session.timeout.ms", "5000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            ConfigEntry described = Objects.requireNonNull(
                            admin.describeConfigs(List.of(group)).all().get().get(group))
                    .get("consumer.session.timeout.ms");
            assertThat(described.value()).isEqualTo("5000");
            assertThat(described.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG);
            assertThatThrownBy(() -> admin.incrementalAlterConfigs(Map.of(
                                    group,
                                    List.of(new AlterConfigOp(
                                            new ConfigEntry("consumer.session.timeout.ms", "1"),
                                            AlterConfigOp.OpType.SET))))
                            .all()
                            .get())
                    .hasCauseInstanceOf(InvalidConfigurationException.class);
        }
        assertThat(klamm("configs", "describe", "group", "timed")
                        .expectSuccess()
                        .out())
                .containsPattern("consumer.session.timeout.ms +5000 +group");
    }

    private static ConsumerGroupDescription described(Admin admin, String group) throws Exception {
        return Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                        .describedGroups()
                        .get(group))
                .get();
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
    }

    @Test
    void membersGoOnWhenTheirCoordinatorIsKilled() throws Exception {
        cluster.createTopic("surviving", 3, 3, Map.of());
        write("surviving", 0, 100);
        Set<String> seen = new HashSet<>();
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> member = consumer("survivors", Map.of());
                Admin admin = cluster.admin()) {
            member.subscribe(List.of("surviving"));
            Await.until("all is read", LONG, () -> poll(member, seen).size() == 100);
            member.commitSync();
            int coordinator = described(admin, "survivors").coordinator().id();
            cluster.node(coordinator).kill();
            write("surviving", 100, 200);
            Await.until("the new records are read and committed", LONG, () -> {
                for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(100))) {
                    read.add(record.value());
                }
                return new HashSet<>(read).size() == 100;
            });
            assertThat(read).allMatch(value -> Integer.parseInt(value.substring(5)) >= 100);
            member.commitSync();
            assertThat(committed(admin, "survivors").values().stream()
                            .mapToLong(OffsetAndMetadata::offset)
                            .sum())
                    .isEqualTo(200);
            cluster.node(coordinator).start();
            cluster.awaitBrokers(3);
        }
    }
}
