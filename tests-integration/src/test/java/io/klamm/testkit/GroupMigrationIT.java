/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Groups whose members change their protocol one after the other, with the Java client, while records go on coming. */
class GroupMigrationIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int PARTITIONS = 6;

    private static KlammCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = KlammCluster.start("group-migration", 3, Map.of());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    /** A member that remembers what it has read and whether it ever lost a partition that it had not been asked to give back. */
    private static final class Member implements ConsumerRebalanceListener, AutoCloseable {
        private final KafkaConsumer<String, String> consumer;
        private final Set<String> seen;
        private int lost;
        private int revocations;

        Member(String topic, Map<String, Object> protocol, Set<String> seen) {
            Map<String, Object> config = new HashMap<>(Map.of(
                    ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    cluster.bootstrap(),
                    ConsumerConfig.GROUP_ID_CONFIG,
                    "readers-of-" + topic,
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                    "earliest",
                    ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                    "false"));
            config.putAll(protocol);
            this.seen = seen;
            consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
            consumer.subscribe(List.of(topic), this);
        }

        void poll() {
            boolean any = false;
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(30))) {
                seen.add(record.value());
                any = true;
            }
            if (any) {
                consumer.commitAsync(
                        (offsets, error) -> {}); // one that a rebalance prevents is made up for by the next
            }
        }

        int owned() {
            return consumer.assignment().size();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            revocations++;
            consumer.commitSync();
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            lost += partitions.size();
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    private static final Map<String, Object> COOPERATIVE = Map.of(
            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
            "classic",
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            CooperativeStickyAssignor.class.getName());

    private static final Map<String, Object> EAGER = Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
    private static final Map<String, Object> CONSUMER = Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");

    /** Records that go on coming, and members that read them. */
    private static final class Readers implements AutoCloseable {
        private final String topic;
        private final List<Member> members = new ArrayList<>();
        private final Set<String> seen = new HashSet<>();
        private final KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer());
        private final List<Future<RecordMetadata>> sent = new ArrayList<>();

        Readers(String topic) {
            this.topic = topic;
            cluster.createTopic(topic, PARTITIONS, 3, Map.of());
        }

        void join(Map<String, Object> protocol) {
            members.add(new Member(topic, protocol, seen));
        }

        /** The one that has been there longest leaves, another one comes. */
        void replaceOldest(Map<String, Object> protocol) {
            members.remove(0).close();
            join(protocol);
        }

        void poll() {
            sent.add(producer.send(new ProducerRecord<>(topic, "key" + sent.size(), "value" + sent.size())));
            members.forEach(Member::poll);
        }

        /** Until everybody has an even part; meanwhile records go on. */
        void settle() {
            Await.until("members of " + topic + " have even parts", LONG, () -> {
                poll();
                return members.stream().allMatch(member -> member.owned() == PARTITIONS / members.size());
            });
        }

        void awaitType(GroupType type) {
            Await.until("the group of " + topic + " is a " + type + " group", LONG, () -> {
                poll();
                return typeOf(topic) == type;
            });
        }

        void expectAllIsRead() throws Exception {
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
            Await.until("all records of " + topic + " are read", LONG, () -> {
                members.forEach(Member::poll);
                return seen.size() == sent.size();
            });
        }

        @Override
        public void close() {
            members.forEach(Member::close);
            producer.close();
        }
    }

    private static GroupType typeOf(String topic) throws Exception {
        try (Admin admin = cluster.admin()) {
            return admin.listGroups().all().get().stream()
                    .filter(group -> group.groupId().equals("readers-of-" + topic))
                    .findFirst()
                    .flatMap(group -> group.type())
                    .orElseThrow();
        }
    }

    private static ConsumerGroupDescription described(String topic) throws Exception {
        String group = "readers-of-" + topic;
        try (Admin admin = cluster.admin()) {
            return Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .get();
        }
    }

    @Test
    void cooperativeMembersKeepWhatTheyNeedNotGive() throws Exception {
        try (Readers readers = new Readers("cooperative")) {
            readers.join(COOPERATIVE);
            readers.settle();
            Member first = readers.members.get(0);
            readers.join(COOPERATIVE);
            readers.settle();
            assertThat(first.revocations).as("it gave three of six, once").isEqualTo(1);
            readers.join(COOPERATIVE);
            readers.settle();
            readers.expectAllIsRead();
            assertThat(readers.members)
                    .allSatisfy(member -> assertThat(member.lost).isZero());
            assertThat(described("cooperative").partitionAssignor()).isEqualTo("cooperative-sticky");
        }
    }

    @Test
    void membersChangeToTheNewProtocolAndBackOneByOne() throws Exception {
        rollThereAndBack("cooperative-roll", COOPERATIVE);
    }

    @Test
    void membersWithEagerAssignorsChangeToo() throws Exception {
        rollThereAndBack("eager-roll", EAGER);
    }

    private static void rollThereAndBack(String topic, Map<String, Object> classic) throws Exception {
        try (Readers readers = new Readers(topic)) {
            for (int i = 0; i < 3; i++) {
                readers.join(classic);
            }
            readers.settle();
            assertThat(typeOf(topic)).isEqualTo(GroupType.CLASSIC);
            for (int i = 0; i < 3; i++) {
                readers.replaceOldest(CONSUMER);
                readers.settle();
                readers.awaitType(GroupType.CONSUMER);
                assertThat(described(topic).members()).hasSize(3);
            }
            readers.expectAllIsRead();
            for (int i = 0; i < 3; i++) {
                readers.replaceOldest(classic);
                readers.settle();
                readers.awaitType(i < 2 ? GroupType.CONSUMER : GroupType.CLASSIC);
            }
            readers.settle();
            readers.expectAllIsRead();
            assertThat(readers.members)
                    .allSatisfy(member -> assertThat(member.lost).isZero());
        }
    }
}
