/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests on the wire that no member may send: each gets the protocol's error, and the groups go on. */
class GroupBadInputIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String TOPIC = "read";
    private static final String CLASSIC = "classic-group";
    private static final String CONSUMER = "consumer-group";

    private static KlammCluster cluster;
    private static Admin admin;
    private static KafkaConsumer<String, String> classicMember;
    private static KafkaConsumer<String, String> consumerMember;
    private static final Set<String> read = new HashSet<>();
    private static int written;
    private static WireRequest wire;

    @BeforeAll
    static void startGroups() throws Exception {
        cluster = KlammCluster.start("group-bad-input", 1, Map.of());
        cluster.createTopic(TOPIC, 1, 1, Map.of());
        admin = cluster.admin();
        classicMember = member(CLASSIC, "classic");
        consumerMember = member(CONSUMER, "consumer");
        wire = new WireRequest(cluster.port(1), "nobody");
        expectGroupsGoOn();
    }

    @AfterAll
    static void stopGroups() throws Exception {
        expectGroupsGoOn();
        assertThat(Files.readString(cluster.node(1).logFile()))
                .as("no stack traces for bad input")
                .doesNotContain("\tat io.");
        classicMember.close();
        consumerMember.close();
        admin.close();
        cluster.close();
    }

    private static KafkaConsumer<String, String> member(String group, String protocol) {
        KafkaConsumer<String, String> member = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        group,
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        protocol,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        member.subscribe(List.of(TOPIC));
        return member;
    }

    /** Both read a new record, and may commit. */
    private static void expectGroupsGoOn() throws Exception {
        String value = "value " + written++;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrap()), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, value)).get();
        }
        Await.until("both groups read " + value, LONG, () -> {
            classicMember.poll(Duration.ofMillis(50)).forEach(record -> read.add("classic " + record.value()));
            consumerMember.poll(Duration.ofMillis(50)).forEach(record -> read.add("consumer " + record.value()));
            return read.contains("classic " + value) && read.contains("consumer " + value);
        });
        classicMember.commitSync();
        consumerMember.commitSync();
    }

    // ---- requests

    private static Errors heartbeat(String group, String memberId, int generation) throws Exception {
        return Errors.forCode(wire.ask(
                        4,
                        new HeartbeatRequestData()
                                .setGroupId(group)
                                .setMemberId(memberId)
                                .setGenerationId(generation),
                        new HeartbeatResponseData())
                .errorCode());
    }

    private static JoinGroupRequestData joining(String group, String memberId, String type, String protocol) {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setProtocolType(type)
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(10_000);
        request.protocols().add(new JoinGroupRequestProtocol().setName(protocol).setMetadata(new byte[] {1}));
        return request;
    }

    private static Errors join(JoinGroupRequestData request) throws Exception {
        return Errors.forCode(wire.ask(9, request, new JoinGroupResponseData()).errorCode());
    }

    private static Errors sync(String group, String memberId, int generation) throws Exception {
        return Errors.forCode(wire.ask(
                        5,
                        new SyncGroupRequestData()
                                .setGroupId(group)
                                .setMemberId(memberId)
                                .setGenerationId(generation)
                                .setProtocolType("consumer")
                                .setProtocolName("range"),
                        new SyncGroupResponseData())
                .errorCode());
    }

    private static LeaveGroupResponseData leave(String group, String memberId) throws Exception {
        return wire.ask(
                5,
                new LeaveGroupRequestData()
                        .setGroupId(group)
                        .setMembers(List.of(new MemberIdentity().setMemberId(memberId))),
                new LeaveGroupResponseData());
    }

    private static Errors consumerHeartbeat(ConsumerGroupHeartbeatRequestData request) throws Exception {
        return Errors.forCode(
                wire.ask(1, request, new ConsumerGroupHeartbeatResponseData()).errorCode());
    }

    private static ConsumerGroupHeartbeatRequestData consumer(String group, String memberId, int epoch) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setMemberEpoch(epoch);
    }

    private static Errors commit(String group, String memberId, int generation, String topic, String metadata)
            throws Exception {
        OffsetCommitResponseData answer = wire.ask(
                9,
                commitOf(group, memberId, generation, metadata, new OffsetCommitRequestTopic().setName(topic)),
                new OffsetCommitResponseData());
        return Errors.forCode(answer.topics().get(0).partitions().get(0).errorCode());
    }

    private static OffsetCommitRequestData commitOf(
            String group, String memberId, int generation, String metadata, OffsetCommitRequestTopic topic) {
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(topic.setPartitions(List.of(
                        new OffsetCommitRequestPartition().setCommittedOffset(1).setCommittedMetadata(metadata)))));
    }

    private static MemberDescription onlyMember(String group) throws Exception {
        return Objects.requireNonNull(
                        admin.describeConsumerGroups(List.of(group)).all().get().get(group))
                .members()
                .iterator()
                .next();
    }

    // ---- tests

    @Test
    void groupsThatDoNotExist() throws Exception {
        assertThat(heartbeat("none", "x", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(join(joining("none", "x", "consumer", "range"))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(sync("none", "x", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(Errors.forCode(leave("none", "x").members().get(0).errorCode()))
                .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(commit("none", "x", 1, TOPIC, "")).isEqualTo(Errors.ILLEGAL_GENERATION);
        assertThat(consumerHeartbeat(consumer("none", "x", 3))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(Errors.forCode(wire.ask(
                                6,
                                new DescribeGroupsRequestData().setGroups(List.of("none")),
                                new DescribeGroupsResponseData())
                        .groups()
                        .get(0)
                        .errorCode()))
                .isEqualTo(Errors.GROUP_ID_NOT_FOUND);
        assertThat(Errors.forCode(wire.ask(
                                1,
                                new ConsumerGroupDescribeRequestData().setGroupIds(List.of("none")),
                                new ConsumerGroupDescribeResponseData())
                        .groups()
                        .get(0)
                        .errorCode()))
                .isEqualTo(Errors.GROUP_ID_NOT_FOUND);
        assertThat(Errors.forCode(wire.ask(
                                2,
                                new DeleteGroupsRequestData().setGroupsNames(List.of("none")),
                                new DeleteGroupsResponseData())
                        .results()
                        .iterator()
                        .next()
                        .errorCode()))
                .isEqualTo(Errors.GROUP_ID_NOT_FOUND);
        assertThat(Errors.forCode(
                        wire.ask(0, new OffsetDeleteRequestData().setGroupId("none"), new OffsetDeleteResponseData())
                                .errorCode()))
                .isEqualTo(Errors.GROUP_ID_NOT_FOUND);
    }

    @Test
    void idsThatAreEmptyOrVeryLong() throws Exception {
        assertThat(heartbeat("", "x", 1)).isEqualTo(Errors.INVALID_GROUP_ID);
        assertThat(join(joining("", "", "consumer", "range"))).isEqualTo(Errors.INVALID_GROUP_ID);
        assertThat(sync("", "x", 1)).isEqualTo(Errors.INVALID_GROUP_ID);
        assertThat(Errors.forCode(leave("", "x").errorCode())).isEqualTo(Errors.INVALID_GROUP_ID);
        assertThat(consumerHeartbeat(consumer("", "x", 0))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(consumerHeartbeat(consumer(CONSUMER, "", 1))).isEqualTo(Errors.INVALID_REQUEST);

        String longest = "x".repeat(Short.MAX_VALUE);
        assertThat(heartbeat(longest, "x", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(heartbeat(CLASSIC, longest, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(commit(longest, "", -1, TOPIC, "")).isEqualTo(Errors.NONE);
        JoinGroupResponseData given = new WireRequest(cluster.port(1), longest)
                .ask(9, joining("long-client", "", "consumer", "range"), new JoinGroupResponseData());
        assertThat(Errors.forCode(given.errorCode())).isEqualTo(Errors.MEMBER_ID_REQUIRED);
        assertThat(given.memberId().length()).isBetween(36, 1_000);
    }

    @Test
    void membersOfOtherGroups() throws Exception {
        String ofClassic = onlyMember(CLASSIC).consumerId();
        String ofConsumer = onlyMember(CONSUMER).consumerId();
        assertThat(heartbeat(CONSUMER, ofClassic, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(heartbeat(CLASSIC, ofConsumer, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(sync(CLASSIC, ofConsumer, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(Errors.forCode(leave(CLASSIC, ofConsumer).members().get(0).errorCode()))
                .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(consumerHeartbeat(consumer(CONSUMER, ofClassic, 1))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(consumerHeartbeat(consumer(CLASSIC, ofClassic, 1))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(commit(CLASSIC, ofConsumer, 1, TOPIC, "")).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(commit(CONSUMER, ofClassic, 1, TOPIC, "")).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(commit(CLASSIC, "", -1, TOPIC, ""))
                .as("who is no member, while there are some")
                .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void protocolsThatDoNotFitAndTimesThatAreNotAllowed() throws Exception {
        assertThat(join(joining(CLASSIC, "", "connect", "default"))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(join(joining(CLASSIC, "", "consumer", "mine"))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(join(joining("new", "", "", "range"))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(join(joining(CONSUMER, "", "consumer", "range")))
                .as("metadata that is none")
                .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(join(joining("new", "", "consumer", "range").setSessionTimeoutMs(1)))
                .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
        assertThat(consumerHeartbeat(consumer(CONSUMER, "y", 0)
                        .setRebalanceTimeoutMs(1_000)
                        .setTopicPartitions(List.of())
                        .setSubscribedTopicNames(List.of(TOPIC))
                        .setServerAssignor("mine")))
                .isEqualTo(Errors.UNSUPPORTED_ASSIGNOR);
        assertThat(consumerHeartbeat(consumer(CONSUMER, "y", 0)
                        .setRebalanceTimeoutMs(1_000)
                        .setTopicPartitions(List.of())
                        .setSubscribedTopicRegex("(")))
                .isEqualTo(Errors.INVALID_REGULAR_EXPRESSION);
        assertThat(consumerHeartbeat(consumer(CONSUMER, "y", -7))).isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void generationsAndEpochsThatAreOver() throws Exception {
        String ofClassic = onlyMember(CLASSIC).consumerId();
        for (int generation : List.of(-5, 0, 99)) {
            assertThat(heartbeat(CLASSIC, ofClassic, generation)).isEqualTo(Errors.ILLEGAL_GENERATION);
            assertThat(sync(CLASSIC, ofClassic, generation)).isEqualTo(Errors.ILLEGAL_GENERATION);
            assertThat(commit(CLASSIC, ofClassic, generation, TOPIC, "")).isEqualTo(Errors.ILLEGAL_GENERATION);
        }
        MemberDescription ofConsumer = onlyMember(CONSUMER);
        int epoch = ofConsumer.memberEpoch().orElseThrow();
        assertThat(consumerHeartbeat(consumer(CONSUMER, ofConsumer.consumerId(), epoch + 1)))
                .isEqualTo(Errors.FENCED_MEMBER_EPOCH);
        for (int other : List.of(epoch - 1, epoch + 1)) {
            assertThat(commit(CONSUMER, ofConsumer.consumerId(), other, TOPIC, ""))
                    .isEqualTo(Errors.STALE_MEMBER_EPOCH);
        }
    }

    @Test
    void commitsForTopicsThatDoNotExistAndWithTooMuchMetadata() throws Exception {
        assertThat(commit("alone", "", -1, "nowhere", "")).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        OffsetCommitResponseData byId = wire.ask(
                10,
                commitOf("alone", "", -1, "", new OffsetCommitRequestTopic().setTopicId(new Uuid(4, 4))),
                new OffsetCommitResponseData());
        assertThat(Errors.forCode(byId.topics().get(0).partitions().get(0).errorCode()))
                .isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        assertThat(commit("alone", "", -1, TOPIC, "m".repeat(4_097))).isEqualTo(Errors.OFFSET_METADATA_TOO_LARGE);
        assertThat(commit("alone", "", -1, TOPIC, "\u20ac".repeat(4_096))).isEqualTo(Errors.NONE);
        List<OffsetCommitRequestPartition> partitions = IntStream.of(0, 7)
                .mapToObj(partition -> new OffsetCommitRequestPartition()
                        .setPartitionIndex(partition)
                        .setCommittedOffset(3))
                .toList();
        OffsetCommitResponseData mixed = wire.ask(
                9,
                new OffsetCommitRequestData()
                        .setGroupId("alone")
                        .setTopics(List.of(
                                new OffsetCommitRequestTopic().setName(TOPIC).setPartitions(partitions))),
                new OffsetCommitResponseData());
        assertThat(mixed.topics().get(0).partitions()).hasSize(2).allSatisfy(row -> assertThat(
                        Errors.forCode(row.errorCode()))
                .isEqualTo(row.partitionIndex() == 0 ? Errors.NONE : Errors.UNKNOWN_TOPIC_OR_PARTITION));
    }
}
