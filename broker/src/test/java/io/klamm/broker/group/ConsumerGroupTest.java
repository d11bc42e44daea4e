/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.MemberAssignment.State;
import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** The rules of groups of the consumer protocol (KIP-848). */
class ConsumerGroupTest {
    private static final String GROUP = "group";
    private static final int SESSION_MS = VirtualShard.CONFIG.consumer().sessionTimeoutMs();
    private static final int REBALANCE_MS = 30_000;

    private VirtualShard shard = new VirtualShard();
    private final Uuid topic = shard.topics.put("topic", 4);

    // ---- what members say

    private static ConsumerGroupHeartbeatRequestData joining(String memberId, String... topics) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(REBALANCE_MS)
                .setSubscribedTopicNames(List.of(topics))
                .setTopicPartitions(new ArrayList<>());
    }

    private static ConsumerGroupHeartbeatRequestData staying(String memberId, int epoch) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setMemberEpoch(epoch)
                .setTopicPartitions(null);
    }

    private static ConsumerGroupHeartbeatRequestData owning(String memberId, int epoch, PartitionSet owned) {
        List<TopicPartitions> rows = new ArrayList<>();
        owned.topics()
                .forEach(id -> rows.add(new TopicPartitions().setTopicId(id).setPartitions(owned.partitions(id))));
        return staying(memberId, epoch).setTopicPartitions(rows);
    }

    private ConsumerGroupHeartbeatResponseData accepted(ConsumerGroupHeartbeatRequestData request) {
        ConsumerGroupHeartbeatResponseData answer = shard.heartbeat(request);
        assertThat(Errors.forCode(answer.errorCode())).as(answer.errorMessage()).isEqualTo(Errors.NONE);
        return answer;
    }

    private Errors refused(ConsumerGroupHeartbeatRequestData request) {
        return Errors.forCode(shard.heartbeat(request).errorCode());
    }

    private static PartitionSet assigned(ConsumerGroupHeartbeatResponseData answer) {
        PartitionSet.Builder partitions = PartitionSet.builder();
        assertThat(answer.assignment()).as("an assignment").isNotNull();
        answer.assignment().topicPartitions().forEach(row -> partitions.addAll(row.topicId(), row.partitions()));
        return partitions.build();
    }

    private MemberAssignment member(String memberId) {
        return Objects.requireNonNull(shard.consumer(GROUP).member(memberId)).assignment();
    }

    private PartitionSet all(int partitions) {
        PartitionSet.Builder all = PartitionSet.builder();
        for (int i = 0; i < partitions; i++) {
            all.add(topic, i);
        }
        return all.build();
    }

    /** One member has all, a second one has joined. */
    private int oneAndThenTwo() {
        int epoch = accepted(joining("one", "topic")).memberEpoch();
        accepted(joining("two", "topic"));
        return epoch;
    }

    // ---- joining and sharing

    @Test
    void theFirstMemberGetsEverythingAtOnce() {
        ConsumerGroupHeartbeatResponseData answer = accepted(joining("one", "topic"));

        assertThat(answer.memberId()).isEqualTo("one");
        assertThat(answer.memberEpoch()).isEqualTo(1);
        assertThat(answer.heartbeatIntervalMs()).isEqualTo(5_000);
        assertThat(assigned(answer)).isEqualTo(all(4));
        assertThat(shard.consumer(GROUP).state()).isEqualTo(ConsumerGroup.State.STABLE);
        assertThat(accepted(owning("one", 1, all(4))).assignment())
                .as("nothing is said twice")
                .isNull();
    }

    @Test
    void partitionsAreGivenUpBeforeOthersGetThem() {
        int epoch = oneAndThenTwo();
        assertThat(member("two").assigned()).isEqualTo(PartitionSet.EMPTY);
        assertThat(member("two").state()).isEqualTo(State.UNRELEASED_PARTITIONS);

        ConsumerGroupHeartbeatResponseData told = accepted(owning("one", epoch, all(4)));
        assertThat(told.memberEpoch())
                .as("until it has given up it stays where it is")
                .isEqualTo(epoch);
        assertThat(member("one").state()).isEqualTo(State.UNREVOKED_PARTITIONS);
        PartitionSet kept = assigned(told);
        assertThat(kept.size()).isEqualTo(2);
        assertThat(assigned2(accepted(staying("two", 2)))).isEqualTo(PartitionSet.EMPTY);
        assertThat(accepted(owning("one", epoch, all(4))).memberEpoch()).isEqualTo(epoch);
        assertThat(accepted(staying("one", epoch)).memberEpoch())
                .as("who does not say what it owns may own all")
                .isEqualTo(epoch);

        assertThat(accepted(owning("one", epoch, kept)).memberEpoch()).isEqualTo(2);
        assertThat(member("one").state()).isEqualTo(State.STABLE);
        assertThat(assigned(accepted(staying("two", 2)))).isEqualTo(all(4).minus(kept));
        assertThat(shard.consumer(GROUP).state()).isEqualTo(ConsumerGroup.State.STABLE);
    }

    /** Nothing when the answer says that nothing has changed. */
    private static PartitionSet assigned2(ConsumerGroupHeartbeatResponseData answer) {
        return answer.assignment() == null ? PartitionSet.EMPTY : assigned(answer);
    }

    @Test
    void whoWaitsForOthersIsHeardMoreOften() {
        int epoch = accepted(joining("one", "topic")).memberEpoch();
        assertThat(accepted(joining("two", "topic")).heartbeatIntervalMs()).isEqualTo(1_000);
        PartitionSet kept = assigned(accepted(owning("one", epoch, all(4))));
        assertThat(accepted(owning("one", epoch, kept)).heartbeatIntervalMs()).isEqualTo(5_000);
        assertThat(accepted(staying("two", 2)).heartbeatIntervalMs()).isEqualTo(5_000);
    }

    @Test
    void aMemberWhoseJoiningIsCutShortIsWatchedAllTheSame() {
        accepted(joining("one", "topic"));
        shard.appendsUntilError = 1;
        assertThat(refused(joining("two", "topic"))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        shard.appendsUntilError = Integer.MAX_VALUE;
        assertThat(shard.consumer(GROUP).size()).isEqualTo(2);
        shard.advance(SESSION_MS);
        assertThat(shard.consumer(GROUP).isEmpty()).isTrue();
    }

    @Test
    void whoGaveUpInTimeFollowsATargetThatHasMovedOn() {
        int epoch = oneAndThenTwo();
        PartitionSet kept = assigned(accepted(owning("one", epoch, all(4))));
        accepted(joining("three", "topic"));
        ConsumerGroupHeartbeatResponseData next = accepted(owning("one", epoch, kept));

        assertThat(member("one").epoch()).isBetween(2, 3);
        assertThat(member("one").held()).isEqualTo(kept);
        assertThat(next.memberEpoch()).isEqualTo(member("one").epoch());
    }

    @Test
    void aMemberThatLeavesFreesItsPartitionsAtOnce() {
        accepted(joining("one", "topic"));
        accepted(joining("two", "topic"));
        ConsumerGroupHeartbeatResponseData left = accepted(staying("one", -1));

        assertThat(left.memberEpoch()).isEqualTo(-1);
        assertThat(shard.consumer(GROUP).member("one")).isNull();
        assertThat(assigned(accepted(staying("two", 2)))).isEqualTo(all(4));
        assertThat(refused(staying("one", 2))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(refused(staying("one", -1))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void theAssignorThatMostWishForIsAsked() {
        accepted(joining("one", "topic").setServerAssignor("range"));
        assertThat(shard.describe(GROUP).assignorName()).isEqualTo("range");
        accepted(joining("two", "topic"));
        assertThat(shard.describe(GROUP).assignorName()).isEqualTo("range");
        assertThat(refused(joining("three", "topic").setServerAssignor("mine"))).isEqualTo(Errors.UNSUPPORTED_ASSIGNOR);
    }

    // ---- epochs

    @Test
    void aMemberThatMissedOurAnswerIsToldAgain() {
        accepted(joining("one", "topic"));
        shard.topics.put("topic", 6);
        shard.topicsChanged("topic");
        assertThat(accepted(staying("one", 1)).memberEpoch()).isEqualTo(2);

        ConsumerGroupHeartbeatResponseData again = accepted(owning("one", 1, all(4)));
        assertThat(again.memberEpoch()).isEqualTo(2);
        assertThat(assigned(again)).isEqualTo(all(6));
        assertThat(refused(staying("one", 1))).isEqualTo(Errors.FENCED_MEMBER_EPOCH);
        assertThat(refused(owning("one", 1, PartitionSet.of(topic, 9)))).isEqualTo(Errors.FENCED_MEMBER_EPOCH);
        accepted(owning("one", 2, all(6)));
    }

    @Test
    void otherEpochsAreFencedAndMayJoinAnew() {
        accepted(joining("one", "topic"));
        shard.topics.put("topic", 5);
        shard.topicsChanged("topic");
        accepted(staying("one", 1));
        shard.topics.put("topic", 6);
        shard.topicsChanged("topic");
        accepted(staying("one", 2));

        assertThat(refused(owning("one", 1, all(4)))).isEqualTo(Errors.FENCED_MEMBER_EPOCH);
        assertThat(refused(owning("one", 4, all(4)))).isEqualTo(Errors.FENCED_MEMBER_EPOCH);
        ConsumerGroupHeartbeatResponseData back = accepted(joining("one", "topic"));
        assertThat(back.memberEpoch()).isEqualTo(3);
        assertThat(assigned(back)).isEqualTo(all(6));
    }

    // ---- time

    @Test
    void silentMembersAreOut() {
        accepted(joining("one", "topic"));
        shard.advance(SESSION_MS - 1);
        accepted(owning("one", 1, all(4)));
        accepted(joining("two", "topic"));
        shard.advance(SESSION_MS - 1);
        accepted(staying("two", 2));
        shard.advance(1);

        assertThat(shard.consumer(GROUP).member("one")).isNull();
        assertThat(assigned(accepted(staying("two", 2)))).isEqualTo(all(4));
    }

    @Test
    void whoDoesNotGiveUpInTimeIsOut() {
        int epoch = oneAndThenTwo();
        accepted(owning("one", epoch, all(4)));
        shard.advance(REBALANCE_MS - 1);
        accepted(owning("one", epoch, all(4)));
        accepted(staying("two", 2));
        shard.advance(1);

        assertThat(refused(owning("one", epoch, all(4)))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(assigned(accepted(staying("two", 2)))).isEqualTo(all(4));
    }

    @Test
    void whoHasGivenUpIsNotWatchedAnyMore() {
        int epoch = oneAndThenTwo();
        PartitionSet kept = assigned(accepted(owning("one", epoch, all(4))));
        accepted(owning("one", epoch, kept));
        shard.advance(REBALANCE_MS + 1);

        accepted(owning("one", 2, kept));
    }

    @Test
    void aGroupMaySetItsOwnTimes() {
        shard.topics.configure(
                GROUP, Map.of("consumer.session.timeout.ms", "50000", "consumer.heartbeat.interval.ms", "7000"));
        assertThat(accepted(joining("one", "topic")).heartbeatIntervalMs()).isEqualTo(7_000);
        shard.advance(49_999);
        assertThat(shard.consumer(GROUP).size()).isEqualTo(1);
        shard.advance(1);
        assertThat(shard.consumer(GROUP).isEmpty()).isTrue();
    }

    @Test
    void aMemberThatCannotBeTakenOutNowIsTakenOutLater() {
        accepted(joining("one", "topic"));
        shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
        shard.advance(SESSION_MS + 5_000);
        assertThat(shard.consumer(GROUP).size()).isEqualTo(1);
        shard.appendError = Errors.NONE;
        shard.advance(1_000);
        assertThat(shard.consumer(GROUP).isEmpty()).isTrue();
    }

    // ---- static members

    @Test
    void aStaticMemberThatComesBackKeepsItsPartitions() {
        accepted(joining("one", "topic").setInstanceId("a"));
        accepted(joining("two", "topic").setInstanceId("b"));
        PartitionSet kept = assigned(accepted(owning("one", 1, all(4)).setInstanceId("a")));
        accepted(owning("one", 1, kept).setInstanceId("a"));
        PartitionSet others = assigned(accepted(staying("two", 2).setInstanceId("b")));

        assertThat(accepted(staying("one", -2).setInstanceId("a")).memberEpoch())
                .isEqualTo(-2);
        assertThat(accepted(owning("two", 2, others)).assignment()).isNull();
        int epoch = shard.consumer(GROUP).epoch().epoch();
        ConsumerGroupHeartbeatResponseData back =
                accepted(joining("one again", "topic").setInstanceId("a"));

        assertThat(assigned(back)).isEqualTo(kept);
        assertThat(shard.consumer(GROUP).epoch().epoch()).as("no rebalance").isEqualTo(epoch);
        assertThat(refused(staying("one", 2).setInstanceId("a"))).isEqualTo(Errors.FENCED_INSTANCE_ID);
        assertThat(refused(staying("one", 2))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(refused(staying("x", 2).setInstanceId("c"))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aStaticMemberThatDoesNotComeBackIsOut() {
        accepted(joining("one", "topic").setInstanceId("a"));
        accepted(staying("one", -2).setInstanceId("a"));
        shard.advance(SESSION_MS);
        assertThat(shard.consumer(GROUP).isEmpty()).isTrue();
        assertThat(shard.consumer(GROUP).staticMember("a")).isNull();
    }

    @Test
    void anInstanceIsOneProcess() {
        accepted(joining("one", "topic").setInstanceId("a"));
        assertThat(refused(joining("two", "topic").setInstanceId("a"))).isEqualTo(Errors.UNRELEASED_INSTANCE_ID);
        assertThat(assigned(accepted(joining("one", "topic").setInstanceId("a"))))
                .as("the same process may join anew")
                .isEqualTo(all(4));
        assertThat(refused(staying("one", -2))).isEqualTo(Errors.INVALID_REQUEST);
    }

    // ---- topics

    @Test
    void changesOfTopicsAreFollowed() {
        accepted(joining("one", "topic", "later"));
        assertThat(accepted(staying("one", 1)).memberEpoch()).isEqualTo(1);
        Uuid later = shard.topics.put("later", 2);
        shard.topics.put("other", 2);
        shard.topicsChanged("other");
        assertThat(accepted(staying("one", 1)).memberEpoch()).isEqualTo(1);
        shard.topicsChanged("later");
        ConsumerGroupHeartbeatResponseData more = accepted(staying("one", 1));
        assertThat(more.memberEpoch()).isEqualTo(2);
        assertThat(assigned(more)).isEqualTo(all(4).plus(PartitionSet.of(later, 0, 1)));

        shard.topics.remove("topic");
        shard.topicsChanged("topic");
        accepted(owning("one", 2, all(4)));
        assertThat(member("one").assigned()).isEqualTo(PartitionSet.of(later, 0, 1));
    }

    @Test
    void aMemberMaySubscribeToSomethingElse() {
        Uuid other = shard.topics.put("other", 1);
        accepted(joining("one", "topic"));
        ConsumerGroupHeartbeatResponseData told =
                accepted(owning("one", 1, all(4)).setSubscribedTopicNames(List.of("other")));
        assertThat(told.memberEpoch()).isEqualTo(1);
        assertThat(assigned(told)).isEqualTo(PartitionSet.EMPTY);
        told = accepted(owning("one", 1, PartitionSet.EMPTY));
        assertThat(told.memberEpoch()).isEqualTo(2);
        assertThat(assigned(told)).isEqualTo(PartitionSet.of(other, 0));
    }

    @Test
    void racksMatterWhenAMemberTellsOne() {
        accepted(joining("one", "topic"));
        shard.topics.put("topic", 4, List.of(Set.of("r1"), Set.of("r1"), Set.of("r2"), Set.of("r2")));
        shard.topicsChanged("topic");
        assertThat(accepted(staying("one", 1)).memberEpoch()).isEqualTo(1);
        accepted(joining("two", "topic").setRackId("r1"));
        int epoch = shard.consumer(GROUP).epoch().epoch();
        shard.topics.put("topic", 4, List.of(Set.of("r2"), Set.of("r1"), Set.of("r2"), Set.of("r2")));
        shard.topicsChanged("topic");
        accepted(staying("two", 2));
        assertThat(shard.consumer(GROUP).epoch().epoch()).isEqualTo(epoch + 1);
    }

    // ---- bad input

    @Test
    void requestsMustMakeSense() {
        accepted(joining("one", "topic"));
        assertThat(refused(joining("", "topic"))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(joining("two"))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(joining("two", "topic").setGroupId(""))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(joining("two", "topic").setRebalanceTimeoutMs(-1))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(joining("two", "topic").setTopicPartitions(null))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(owning("two", 0, all(1)).setRebalanceTimeoutMs(1).setSubscribedTopicNames(List.of("topic"))))
                .isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(joining("two", "topic").setInstanceId(""))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(joining("two", "topic").setRackId(" "))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(staying("one", -3))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(staying("nobody", 1))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(refused(staying("one", 1).setGroupId("none"))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        accepted(owning("one", 1, PartitionSet.of(topic, 9_000_000)));
        accepted(staying("one", 1));
    }

    @Test
    void olderClientsAreGivenAnId() {
        ConsumerGroupHeartbeatResponseData answer = shard.heartbeat(joining("", "topic"), 0);
        assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(answer.memberId()).startsWith("client-");
        accepted(staying(answer.memberId(), 1));
    }

    @Test
    void aFullGroupTakesNobodyButThoseThatAreIn() {
        int most = VirtualShard.CONFIG.consumer().maxSize();
        for (int i = 0; i < most; i++) {
            accepted(joining("member" + i, "topic").setInstanceId("i" + i));
        }
        assertThat(refused(joining("late", "topic"))).isEqualTo(Errors.GROUP_MAX_SIZE_REACHED);
        accepted(joining("member0", "topic").setInstanceId("i0"));
        accepted(staying("member1", -2).setInstanceId("i1"));
        accepted(joining("member1 again", "topic").setInstanceId("i1"));
    }

    @Test
    void whatCannotBeWrittenIsNotSo() {
        accepted(joining("one", "topic"));
        shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
        assertThat(refused(joining("two", "topic"))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        assertThat(refused(staying("one", -1))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        shard.appendError = Errors.NONE;
        assertThat(shard.consumer(GROUP).size()).isEqualTo(1);
        accepted(owning("one", 1, all(4)));
    }

    // ---- offsets

    @Test
    void offsetsAreCommittedAndReadInTheEpochOfTheMember() {
        accepted(joining("one", "topic"));
        assertThat(shard.commit(GROUP, "one", 1, "topic", 0, 7)).isEqualTo(Errors.NONE);
        assertThat(shard.commit(GROUP, "one", 0, "topic", 0, 8)).isEqualTo(Errors.STALE_MEMBER_EPOCH);
        assertThat(shard.commit(GROUP, "one", 2, "topic", 0, 8)).isEqualTo(Errors.STALE_MEMBER_EPOCH);
        assertThat(shard.commit(GROUP, "two", 1, "topic", 0, 8)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(shard.commit(GROUP, "", -1, "topic", 0, 8)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(7);

        assertThat(fetchError("one", 1)).isEqualTo(Errors.NONE);
        assertThat(fetchError("one", 0)).isEqualTo(Errors.STALE_MEMBER_EPOCH);
        assertThat(fetchError("two", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);

        accepted(staying("one", -1));
        assertThat(shard.commit(GROUP, "", -1, "topic", 0, 3))
                .as("of an administrator")
                .isEqualTo(Errors.NONE);
    }

    private Errors fetchError(String memberId, int epoch) {
        java.util.concurrent.CompletableFuture<OffsetFetchResponseGroup> reply =
                new java.util.concurrent.CompletableFuture<>();
        shard.offsets.fetch(
                new OffsetFetchRequestGroup()
                        .setGroupId(GROUP)
                        .setMemberId(memberId)
                        .setMemberEpoch(epoch)
                        .setTopics(List.of()),
                reply);
        return Errors.forCode(reply.join().errorCode());
    }

    @Test
    void offsetsExpireWhenTheLastMemberHasBeenGoneForLong() {
        long retention = VirtualShard.CONFIG.offsetsRetentionMs();
        accepted(joining("one", "topic"));
        shard.commit(GROUP, "one", 1, "topic", 0, 7);
        for (long waited = 0; waited < 2 * retention; waited += SESSION_MS / 2) {
            shard.advance(SESSION_MS / 2);
            accepted(staying("one", 1));
        }
        shard.offsets.expire();
        assertThat(shard.committed(GROUP, "topic", 0))
                .as("while somebody reads it")
                .isEqualTo(7);

        accepted(staying("one", -1));
        shard = shard.successor();
        shard.advance(retention - 1);
        shard.offsets.expire();
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(7);
        shard.advance(1);
        shard.offsets.expire();
        assertThat(shard.groups.group(GROUP)).isNull();
        assertThat(shard.successor().groups.group(GROUP)).isNull();
    }

    // ---- the life of groups

    @Test
    void groupsWithoutMembersAreDeleted() {
        accepted(joining("one", "topic"));
        shard.commit(GROUP, "one", 1, "topic", 0, 7);
        assertThat(shard.offsets.deleteGroup(GROUP)).isEqualTo(Errors.NON_EMPTY_GROUP);
        accepted(staying("one", -1));
        assertThat(shard.offsets.deleteGroup(GROUP)).isEqualTo(Errors.NONE);
        assertThat(shard.groups.group(GROUP)).isNull();
        assertThat(shard.successor().groups.group(GROUP)).isNull();
    }

    @Test
    void anEmptyGroupTakesMembersOfTheOtherProtocolAndKeepsItsOffsets() {
        shard.commit(GROUP, "", -1, "topic", 0, 7);
        JoinGroupResponseData classic = classicMember();
        assertThat(refused(joining("one", "topic"))).isEqualTo(Errors.GROUP_ID_NOT_FOUND);
        shard.leave(new org.apache.kafka.common.message.LeaveGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(classic.memberId()));

        accepted(joining("one", "topic"));
        assertThat(shard.successor().consumer(GROUP).size()).isEqualTo(1);
        assertThat(shard.successor().committed(GROUP, "topic", 0)).isEqualTo(7);
        assertThat(Errors.forCode(shard.join(VirtualShard.joining(GROUP, "", "range"))
                        .join()
                        .errorCode()))
                .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(shard.heartbeat(GROUP, "one", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);

        accepted(staying("one", -1));
        classicMember();
        assertThat(isConsumerGroup(shard)).isFalse();
        assertThat(isConsumerGroup(shard.successor())).isFalse();
        assertThat(shard.successor().committed(GROUP, "topic", 0)).isEqualTo(7);
    }

    private static boolean isConsumerGroup(VirtualShard shard) {
        return Objects.requireNonNull(shard.groups.group(GROUP)).consumer() != null;
    }

    private JoinGroupResponseData classicMember() {
        var joined = shard.joinNew(GROUP, "range");
        shard.advance(5_000);
        assertThat(joined.join().errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(shard.sync(
                        GROUP,
                        joined.join(),
                        List.of(VirtualShard.part(joined.join().memberId(), 1))))
                .isDone();
        return joined.join();
    }

    @Test
    void theNextCoordinatorGoesOn() {
        int epoch = oneAndThenTwo();
        PartitionSet kept = assigned(accepted(owning("one", epoch, all(4))));
        shard = shard.successor();
        accepted(owning("one", epoch, kept));
        assertThat(assigned(accepted(staying("two", 2)))).isEqualTo(all(4).minus(kept));

        shard = shard.successor();
        accepted(owning("one", 2, kept));
        assertThat(shard.consumer(GROUP).epoch().epoch())
                .as("nothing has changed")
                .isEqualTo(2);
        shard.advance(SESSION_MS);
        assertThat(shard.consumer(GROUP).isEmpty())
                .as("their sessions began anew")
                .isTrue();
    }

    @Test
    void theNextCoordinatorWatchesWhoHasPartitionsToGiveUp() {
        int epoch = oneAndThenTwo();
        accepted(owning("one", epoch, all(4)));
        shard = shard.successor();
        shard.advance(REBALANCE_MS);
        assertThat(shard.consumer(GROUP).member("one")).isNull();
    }

    @Test
    void aDescriptionTellsWhatMembersHaveAndShallHave() {
        oneAndThenTwo();
        var described = shard.describe(GROUP);
        assertThat(described.groupState()).isEqualTo("Reconciling");
        assertThat(described.groupEpoch()).isEqualTo(2);
        assertThat(described.assignmentEpoch()).isEqualTo(2);
        assertThat(described.members()).hasSize(2);
        var one = described.members().get(0);
        assertThat(one.memberId()).isEqualTo("one");
        assertThat(one.clientHost()).isEqualTo("/host");
        assertThat(one.subscribedTopicNames()).containsExactly("topic");
        assertThat(one.assignment().topicPartitions().get(0).partitions()).hasSize(4);
        assertThat(one.targetAssignment().topicPartitions().get(0).topicName()).isEqualTo("topic");
        assertThat(one.targetAssignment().topicPartitions().get(0).partitions()).hasSize(2);
        accepted(staying("one", -1));
        assertThat(shard.describe(GROUP).groupState()).isEqualTo("Assigning");
        accepted(staying("two", -1));
        assertThat(shard.describe(GROUP).groupState()).isEqualTo("Empty");
        shard.commit("classic", "", -1, "topic", 0, 1);
        assertThat(shard.describe("classic").errorCode()).isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
    }
}
