/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.net.ApiVersionRanges;
import io.klamm.broker.net.VersionRange;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests about groups in every version, byte by byte as clients of all ages send them: the life of a member, and several groups at once. */
class GroupVersionsIT {
    private static final String TOPIC = "read";
    private static final byte[] METADATA = {1, 2};
    private static final byte[] PART = {3, 4, 5};
    private static final VersionRange COMMIT = ApiVersionRanges.served(ApiKeys.OFFSET_COMMIT);
    private static final VersionRange FETCH = ApiVersionRanges.served(ApiKeys.OFFSET_FETCH);
    /** Topics are told by id, not by name. */
    private static final int BY_ID = 10;

    private static KlammCluster cluster;
    private static WireRequest wire;
    private static Uuid topicId;

    @BeforeAll
    static void start() {
        cluster = KlammCluster.start("group-versions", 1, Map.of("group.initial.rebalance.delay.ms", "0"));
        cluster.createTopic(TOPIC, 2, 1, Map.of());
        topicId = cluster.describe(TOPIC).topicId();
        wire = new WireRequest(cluster.port(1), "ageless");
        Await.until("there is a coordinator", Duration.ofSeconds(30), () -> findCoordinator(1) == Errors.NONE);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static Errors findCoordinator(int version) throws Exception {
        boolean several = version >= 4;
        FindCoordinatorRequestData request = several
                ? new FindCoordinatorRequestData().setCoordinatorKeys(List.of("found"))
                : new FindCoordinatorRequestData().setKey("found");
        FindCoordinatorResponseData answer = wire.ask(version, request, new FindCoordinatorResponseData());
        if (several) {
            assertThat(answer.coordinators()).singleElement().satisfies(one -> assertThat(one.key())
                    .isEqualTo("found"));
            return Errors.forCode(answer.coordinators().get(0).errorCode());
        }
        return Errors.forCode(answer.errorCode());
    }

    private static int newest(ApiKeys api) {
        return ApiVersionRanges.served(api).max();
    }

    private static int atMost(int version, ApiKeys api) {
        return Math.min(version, newest(api));
    }

    private static void expectNone(int errorCode) {
        assertThat(Errors.forCode((short) errorCode)).isEqualTo(Errors.NONE);
    }

    @Test
    void aMemberLivesItsLifeInEveryVersion() throws Exception {
        for (int version = 0; version <= newest(ApiKeys.JOIN_GROUP); version++) {
            String group = "life-" + version;
            JoinGroupResponseData joined = join(group, version);
            assertThat(joined.members()).singleElement().satisfies(member -> {
                assertThat(member.memberId()).isEqualTo(joined.memberId()).startsWith("ageless-");
                assertThat(member.metadata()).isEqualTo(METADATA);
            });
            assertThat(joined.leader()).isEqualTo(joined.memberId());
            assertThat(joined.protocolName()).isEqualTo("range");

            SyncGroupResponseData synced = wire.ask(
                    atMost(version, ApiKeys.SYNC_GROUP),
                    new SyncGroupRequestData()
                            .setGroupId(group)
                            .setMemberId(joined.memberId())
                            .setGenerationId(joined.generationId())
                            .setProtocolType("consumer")
                            .setProtocolName("range")
                            .setAssignments(List.of(new SyncGroupRequestAssignment()
                                    .setMemberId(joined.memberId())
                                    .setAssignment(PART))),
                    new SyncGroupResponseData());
            expectNone(synced.errorCode());
            assertThat(synced.assignment()).isEqualTo(PART);
            expectNone(wire.ask(
                            atMost(version, ApiKeys.HEARTBEAT),
                            new HeartbeatRequestData()
                                    .setGroupId(group)
                                    .setMemberId(joined.memberId())
                                    .setGenerationId(joined.generationId()),
                            new HeartbeatResponseData())
                    .errorCode());
            expectDescribed(group, atMost(version, ApiKeys.DESCRIBE_GROUPS), joined.memberId());
            expectListed(group, atMost(version, ApiKeys.LIST_GROUPS));
            assertThat(delete(group, atMost(version, ApiKeys.DELETE_GROUPS))).isEqualTo(Errors.NON_EMPTY_GROUP);
            leave(group, atMost(version, ApiKeys.LEAVE_GROUP), joined.memberId());
            assertThat(delete(group, atMost(version, ApiKeys.DELETE_GROUPS))).isEqualTo(Errors.NONE);
        }
    }

    /** Newer clients are given an id first. */
    private static JoinGroupResponseData join(String group, int version) throws Exception {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(group)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(20_000)
                .setRebalanceTimeoutMs(version == 0 ? -1 : 20_000);
        request.protocols().add(new JoinGroupRequestProtocol().setName("range").setMetadata(METADATA));
        JoinGroupResponseData answer = wire.ask(version, request, new JoinGroupResponseData());
        if (version >= 4) {
            assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.MEMBER_ID_REQUIRED);
            answer = wire.ask(version, request.setMemberId(answer.memberId()), new JoinGroupResponseData());
        }
        expectNone(answer.errorCode());
        return answer;
    }

    private static void expectDescribed(String group, int version, String memberId) throws Exception {
        DescribeGroupsResponseData described = wire.ask(
                version, new DescribeGroupsRequestData().setGroups(List.of(group)), new DescribeGroupsResponseData());
        assertThat(described.groups()).singleElement().satisfies(one -> {
            expectNone(one.errorCode());
            assertThat(one.groupState()).isEqualTo("Stable");
            assertThat(one.protocolData()).isEqualTo("range");
            assertThat(one.members()).singleElement().satisfies(member -> {
                assertThat(member.memberId()).isEqualTo(memberId);
                assertThat(member.clientId()).isEqualTo("ageless");
                assertThat(member.memberAssignment()).isEqualTo(PART);
            });
        });
    }

    private static void expectListed(String group, int version) throws Exception {
        ListGroupsRequestData request = new ListGroupsRequestData();
        if (version >= 4) {
            request.setStatesFilter(List.of("stable"));
        }
        if (version >= 5) {
            request.setTypesFilter(List.of("Classic"));
        }
        ListGroupsResponseData listed = wire.ask(version, request, new ListGroupsResponseData());
        expectNone(listed.errorCode());
        assertThat(listed.groups()).extracting(ListedGroup::groupId).contains(group);
        if (version >= 4) {
            ListGroupsResponseData others = wire.ask(
                    version,
                    new ListGroupsRequestData().setStatesFilter(List.of("Empty")),
                    new ListGroupsResponseData());
            assertThat(others.groups()).extracting(ListedGroup::groupId).doesNotContain(group);
        }
        if (version >= 5) {
            ListGroupsResponseData others = wire.ask(
                    version,
                    new ListGroupsRequestData().setTypesFilter(List.of("consumer")),
                    new ListGroupsResponseData());
            assertThat(others.groups()).extracting(ListedGroup::groupId).doesNotContain(group);
        }
    }

    private static void leave(String group, int version, String memberId) throws Exception {
        boolean several = version >= 3;
        LeaveGroupRequestData request = new LeaveGroupRequestData().setGroupId(group);
        if (several) {
            request.setMembers(List.of(new MemberIdentity().setMemberId(memberId)));
        } else {
            request.setMemberId(memberId);
        }
        LeaveGroupResponseData left = wire.ask(version, request, new LeaveGroupResponseData());
        expectNone(left.errorCode());
        if (several) {
            expectNone(left.members().get(0).errorCode());
        }
        LeaveGroupResponseData again = wire.ask(version, request, new LeaveGroupResponseData());
        assertThat(Errors.forCode(several ? again.members().get(0).errorCode() : again.errorCode()))
                .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    private static Errors delete(String group, int version) throws Exception {
        return Errors.forCode(wire.ask(
                        version,
                        new DeleteGroupsRequestData().setGroupsNames(List.of(group)),
                        new DeleteGroupsResponseData())
                .results()
                .find(group)
                .errorCode());
    }

    @Test
    void coordinatorsAreFoundInEveryVersion() throws Exception {
        for (int version = 0; version <= newest(ApiKeys.FIND_COORDINATOR); version++) {
            assertThat(findCoordinator(version)).isEqualTo(Errors.NONE);
        }
    }

    @Test
    void offsetsAreCommittedAndReadInEveryVersion() throws Exception {
        for (int version = COMMIT.min(); version <= COMMIT.max(); version++) {
            String group = "offsets-" + version;
            OffsetCommitRequestTopic row = new OffsetCommitRequestTopic()
                    .setPartitions(List.of(
                            new OffsetCommitRequestPartition()
                                    .setPartitionIndex(0)
                                    .setCommittedOffset(100 + version)
                                    .setCommittedMetadata("by version " + version),
                            new OffsetCommitRequestPartition()
                                    .setPartitionIndex(9)
                                    .setCommittedOffset(1)));
            OffsetCommitRequestTopic named = version >= BY_ID ? row.setTopicId(topicId) : row.setName(TOPIC);
            OffsetCommitResponseData committed = wire.ask(
                    version,
                    new OffsetCommitRequestData().setGroupId(group).setTopics(List.of(named)),
                    new OffsetCommitResponseData());
            assertThat(committed.topics()).singleElement().satisfies(topic -> assertThat(topic.partitions())
                    .extracting(partition -> partition.partitionIndex() + " " + Errors.forCode(partition.errorCode()))
                    .containsExactlyInAnyOrder("0 NONE", "9 UNKNOWN_TOPIC_OR_PARTITION"));

            for (int reader = FETCH.min(); reader <= FETCH.max(); reader++) {
                assertThat(fetched(reader, group, List.of(0, 1)))
                        .as("committed by version %s, read by version %s", version, reader)
                        .containsExactly("0: " + (100 + version) + " by version " + version, "1: -1 ");
            }
        }
    }

    @Test
    void whatIsNotThereIsToldAsTheVersionHasIt() throws Exception {
        for (int version = 0; version <= newest(ApiKeys.DESCRIBE_GROUPS); version++) {
            DescribedGroup described = wire.ask(
                            version,
                            new DescribeGroupsRequestData().setGroups(List.of("nobody")),
                            new DescribeGroupsResponseData())
                    .groups()
                    .get(0);
            assertThat(Errors.forCode(described.errorCode()))
                    .as("version %s", version)
                    .isEqualTo(version >= 6 ? Errors.GROUP_ID_NOT_FOUND : Errors.NONE);
            assertThat(described.groupState()).isEqualTo("Dead");
        }
        OffsetFetchRequestGroup unknown = new OffsetFetchRequestGroup()
                .setGroupId("nobody")
                .setTopics(List.of(new OffsetFetchRequestTopics()
                        .setTopicId(new Uuid(4, 4))
                        .setPartitionIndexes(List.of(3))));
        assertThat(fetch(BY_ID, List.of(unknown)).get(0).topics())
                .singleElement()
                .satisfies(
                        topic -> assertThat(topic.partitions()).singleElement().satisfies(row -> {
                            assertThat(Errors.forCode(row.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
                            assertThat(row.partitionIndex()).isEqualTo(3);
                            assertThat(row.committedOffset()).isEqualTo(-1);
                        }));
    }

    /** Of one group's partitions of the topic. */
    private static List<String> fetched(int version, String group, List<Integer> partitions) throws Exception {
        if (version < 8) {
            OffsetFetchResponseData answer = wire.ask(
                    version,
                    new OffsetFetchRequestData()
                            .setGroupId(group)
                            .setTopics(List.of(
                                    new OffsetFetchRequestTopic().setName(TOPIC).setPartitionIndexes(partitions))),
                    new OffsetFetchResponseData());
            expectNone(answer.errorCode());
            assertThat(answer.topics().get(0).name()).isEqualTo(TOPIC);
            return answer.topics().get(0).partitions().stream()
                    .map(row -> row.partitionIndex() + ": " + row.committedOffset() + " " + row.metadata())
                    .toList();
        }
        OffsetFetchRequestTopics asked = new OffsetFetchRequestTopics().setPartitionIndexes(partitions);
        OffsetFetchRequestGroup only = new OffsetFetchRequestGroup()
                .setGroupId(group)
                .setTopics(List.of(version >= BY_ID ? asked.setTopicId(topicId) : asked.setName(TOPIC)));
        OffsetFetchResponseGroup answer = fetch(version, List.of(only)).get(0);
        expectNone(answer.errorCode());
        return rows(version, answer.topics().get(0));
    }

    private static List<OffsetFetchResponseGroup> fetch(int version, List<OffsetFetchRequestGroup> groups)
            throws Exception {
        return wire.ask(version, new OffsetFetchRequestData().setGroups(groups), new OffsetFetchResponseData())
                .groups();
    }

    private static List<String> rows(int version, OffsetFetchResponseTopics topic) {
        if (version >= BY_ID) {
            assertThat(topic.topicId()).isEqualTo(topicId);
        } else {
            assertThat(topic.name()).isEqualTo(TOPIC);
        }
        return topic.partitions().stream()
                .map(row -> row.partitionIndex() + ": " + row.committedOffset() + " " + row.metadata())
                .toList();
    }

    /** Two that have committed, one that does not exist, one whose member comes with an epoch that is over: each is answered for itself. */
    @Test
    void severalGroupsAreReadAtOnce() throws Exception {
        for (String group : List.of("first", "second")) {
            expectNone(wire.ask(
                            9,
                            new OffsetCommitRequestData()
                                    .setGroupId(group)
                                    .setTopics(List.of(new OffsetCommitRequestTopic()
                                            .setName(TOPIC)
                                            .setPartitions(List.of(new OffsetCommitRequestPartition()
                                                    .setPartitionIndex(1)
                                                    .setCommittedOffset(group.length()))))),
                            new OffsetCommitResponseData())
                    .topics()
                    .get(0)
                    .partitions()
                    .get(0)
                    .errorCode());
        }
        ConsumerGroupHeartbeatResponseData member = heartbeat("third", 0);
        for (int version = 8; version <= FETCH.max(); version++) {
            OffsetFetchRequestGroup third =
                    new OffsetFetchRequestGroup().setGroupId("third").setTopics(null);
            if (version >= 9) {
                third.setMemberId(member.memberId()).setMemberEpoch(member.memberEpoch() + 7);
            }
            List<OffsetFetchResponseGroup> answers = fetch(
                    version,
                    List.of(
                            new OffsetFetchRequestGroup().setGroupId("second").setTopics(null),
                            third,
                            new OffsetFetchRequestGroup().setGroupId("nobody").setTopics(null),
                            new OffsetFetchRequestGroup().setGroupId("first").setTopics(null)));
            assertThat(answers)
                    .extracting(OffsetFetchResponseGroup::groupId)
                    .containsExactly("second", "third", "nobody", "first");
            assertThat(answers)
                    .extracting(answer -> Errors.forCode(answer.errorCode()))
                    .containsExactly(
                            Errors.NONE,
                            version >= 9 ? Errors.STALE_MEMBER_EPOCH : Errors.NONE,
                            Errors.NONE,
                            Errors.NONE);
            assertThat(rows(version, answers.get(0).topics().get(0))).containsExactly("1: 6 ");
            assertThat(answers.get(2).topics()).isEmpty();
            assertThat(rows(version, answers.get(3).topics().get(0))).containsExactly("1: 5 ");
        }
    }

    @Test
    void aMemberOfAConsumerGroupLivesItsLifeInEveryVersion() throws Exception {
        for (int version = 0; version <= newest(ApiKeys.CONSUMER_GROUP_HEARTBEAT); version++) {
            String group = "consumers-" + version;
            ConsumerGroupHeartbeatResponseData joined = heartbeat(group, version);
            assertThat(joined.memberId()).isNotEmpty();
            assertThat(joined.memberEpoch()).isPositive();
            assertThat(joined.assignment().topicPartitions()).singleElement().satisfies(row -> {
                assertThat(row.topicId()).isEqualTo(topicId);
                assertThat(row.partitions()).containsExactly(0, 1);
            });
            ConsumerGroupDescribeResponseData described = wire.ask(
                    version,
                    new ConsumerGroupDescribeRequestData().setGroupIds(List.of(group)),
                    new ConsumerGroupDescribeResponseData());
            assertThat(described.groups()).singleElement().satisfies(one -> {
                expectNone(one.errorCode());
                assertThat(one.members()).hasSize(1);
            });
            ConsumerGroupHeartbeatResponseData left = wire.ask(
                    version,
                    new ConsumerGroupHeartbeatRequestData()
                            .setGroupId(group)
                            .setMemberId(joined.memberId())
                            .setMemberEpoch(-1),
                    new ConsumerGroupHeartbeatResponseData());
            expectNone(left.errorCode());
        }
    }

    /** Members of version 1 make their own ids (KIP-1082). */
    private static ConsumerGroupHeartbeatResponseData heartbeat(String group, int version) throws Exception {
        ConsumerGroupHeartbeatResponseData answer = wire.ask(
                version,
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId(version == 0 ? "" : Uuid.randomUuid().toString())
                        .setMemberEpoch(0)
                        .setRebalanceTimeoutMs(20_000)
                        .setTopicPartitions(List.of())
                        .setSubscribedTopicNames(List.of(TOPIC)),
                new ConsumerGroupHeartbeatResponseData());
        expectNone(answer.errorCode());
        return answer;
    }
}
