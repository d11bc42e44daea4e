/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.assign.PartitionSet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Groups that change their protocol with members in them (KIP-848). */
class ProtocolMigrationTest {
    private static final String GROUP = "group";

    private VirtualShard shard = new VirtualShard();
    private final Uuid topic = shard.topics.put("topic", 4);

    // ---- a client of the classic protocol

    /** It gives up what it must before it joins (eager) or when it is told to (cooperative). */
    private final class Classic {
        private final boolean cooperative;
        private final @Nullable String instanceId;
        String memberId = "";
        int generation = -1;
        PartitionSet owned = PartitionSet.EMPTY;
        private boolean mustJoin;
        private boolean mustSync;

        Classic(boolean cooperative, @Nullable String instanceId) {
            this.cooperative = cooperative;
            this.instanceId = instanceId;
        }

        JoinGroupRequestData request() {
            ConsumerProtocolSubscription said = new ConsumerProtocolSubscription()
                    .setTopics(List.of("topic"))
                    .setGenerationId(generation);
            if (!owned.isEmpty()) {
                said.ownedPartitions()
                        .add(new ConsumerProtocolSubscription.TopicPartition()
                                .setTopic("topic")
                                .setPartitions(owned.partitions(topic)));
            }
            JoinGroupRequestData request = VirtualShard.joining(GROUP, memberId).setGroupInstanceId(instanceId);
            request.protocols()
                    .add(new JoinGroupRequestProtocol()
                            .setName(cooperative ? "cooperative-sticky" : "range")
                            .setMetadata(array(MessageUtil.toVersionPrefixedByteBuffer((short) 3, said))));
            return request;
        }

        /** Joins; the id is given out first. */
        JoinGroupResponseData join() {
            if (!cooperative) {
                owned = PartitionSet.EMPTY;
            }
            JoinGroupResponseData answer = shard.join(request()).join();
            memberId = answer.memberId();
            if (answer.errorCode() == Errors.MEMBER_ID_REQUIRED.code()) {
                return join();
            }
            generation = answer.generationId();
            return answer;
        }

        /** Joins, asks for its part, takes it; as often as it has to give something up. */
        void rebalance() {
            for (int i = 0; i < 5; i++) {
                assertThat(Errors.forCode(join().errorCode())).isEqualTo(Errors.NONE);
                PartitionSet before = owned;
                if (sync() == Errors.NONE && owned.containsAll(before)) {
                    return;
                }
            }
            throw new AssertionError("it comes to no end");
        }

        /** One request: what the answer to the one before asks for. */
        void step() {
            if (mustSync) {
                PartitionSet before = owned;
                Errors error = sync();
                mustSync = false;
                mustJoin = error == Errors.REBALANCE_IN_PROGRESS || !owned.containsAll(before);
            } else if (mustJoin || heartbeat() == Errors.REBALANCE_IN_PROGRESS) {
                assertThat(Errors.forCode(join().errorCode())).isEqualTo(Errors.NONE);
                mustJoin = false;
                mustSync = true;
            }
        }

        Errors sync() {
            SyncGroupResponseData answer = shard.sync(
                            GROUP,
                            new JoinGroupResponseData()
                                    .setMemberId(memberId)
                                    .setGenerationId(generation)
                                    .setProtocolType("consumer")
                                    .setProtocolName(cooperative ? "cooperative-sticky" : "range"),
                            List.of())
                    .join();
            if (answer.errorCode() == Errors.NONE.code()) {
                owned = Objects.requireNonNull(EmbeddedProtocol.assigned(answer.assignment(), shard.topics));
            }
            return Errors.forCode(answer.errorCode());
        }

        Errors heartbeat() {
            return shard.heartbeat(GROUP, memberId, generation);
        }

        Errors leave() {
            return Errors.forCode(shard.leave(new LeaveGroupRequestData()
                            .setGroupId(GROUP)
                            .setMembers(List.of(
                                    new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId))))
                    .members()
                    .get(0)
                    .errorCode());
        }

        Errors commit(int partition, long offset) {
            return shard.commit(GROUP, memberId, generation, "topic", partition, offset, "");
        }
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    // ---- a client of the consumer protocol

    private final class Consumer {
        final String memberId;
        int epoch;
        PartitionSet owned = PartitionSet.EMPTY;

        Consumer(String memberId) {
            this.memberId = memberId;
        }

        Errors heartbeat() {
            return heartbeat(null);
        }

        /** It owns what it is told to. */
        Errors heartbeat(@Nullable String instanceId) {
            ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(memberId)
                    .setMemberEpoch(epoch)
                    .setInstanceId(instanceId);
            List<TopicPartitions> rows = new ArrayList<>();
            if (!owned.isEmpty()) {
                rows.add(new TopicPartitions().setTopicId(topic).setPartitions(owned.partitions(topic)));
            }
            request.setTopicPartitions(rows);
            if (epoch == 0) {
                request.setRebalanceTimeoutMs(60_000).setSubscribedTopicNames(List.of("topic"));
            }
            ConsumerGroupHeartbeatResponseData answer = shard.heartbeat(request);
            Errors error = Errors.forCode(answer.errorCode());
            if (error == Errors.NONE) {
                epoch = answer.memberEpoch();
                if (answer.assignment() != null) {
                    PartitionSet.Builder parts = PartitionSet.builder();
                    answer.assignment().topicPartitions().forEach(row -> parts.addAll(row.topicId(), row.partitions()));
                    owned = parts.build();
                }
            }
            return error;
        }

        Errors leave() {
            return Errors.forCode(shard.heartbeat(new ConsumerGroupHeartbeatRequestData()
                            .setGroupId(GROUP)
                            .setMemberId(memberId)
                            .setMemberEpoch(-1))
                    .errorCode());
        }
    }

    /** Two members of a classic group, stable, with two partitions each. */
    private List<Classic> classicGroup(boolean cooperative, @Nullable String firstInstance) {
        return classicGroup(cooperative, firstInstance, PartitionSet.of(topic, 0, 1), PartitionSet.of(topic, 2, 3));
    }

    private List<Classic> classicGroup(boolean cooperative, @Nullable String firstInstance, PartitionSet... parts) {
        Classic first = new Classic(cooperative, firstInstance);
        Classic second = new Classic(cooperative, null);
        List<Classic> members = List.of(first, second);
        for (Classic member : members) {
            member.memberId = member.instanceId != null
                    ? ""
                    : shard.join(member.request()).join().memberId();
        }
        var joins = members.stream().map(member -> shard.join(member.request())).toList();
        shard.advance(2_000);
        List<JoinGroupResponseData> answers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            answers.add(joins.get(i).join());
            members.get(i).memberId = answers.get(i).memberId();
            members.get(i).generation = answers.get(i).generationId();
        }
        List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            assignments.add(new SyncGroupRequestAssignment()
                    .setMemberId(members.get(i).memberId)
                    .setAssignment(EmbeddedProtocol.assignment((short) 3, parts[i], shard.topics)));
            members.get(i).owned = parts[i];
        }
        for (int i = 0; i < 2; i++) {
            boolean leads = answers.get(i).leader().equals(members.get(i).memberId);
            var unused = shard.sync(GROUP, answers.get(i), leads ? assignments : List.of());
        }
        assertThat(shard.classic(GROUP).is(ClassicGroup.State.STABLE)).isTrue();
        return members;
    }

    private boolean isConsumerGroup() {
        return Objects.requireNonNull(shard.groups.group(GROUP)).consumer() != null;
    }

    /** Heartbeats and joins until nobody has anything to do. */
    private void settle(List<Classic> classic, List<Consumer> consumers) {
        for (int round = 0; round < 8; round++) {
            for (Classic member : classic) {
                if (member.heartbeat() == Errors.REBALANCE_IN_PROGRESS) {
                    member.rebalance();
                }
                expectNobodySharesAPartition(classic, consumers);
            }
            for (Consumer member : consumers) {
                assertThat(member.heartbeat()).isEqualTo(Errors.NONE);
                expectNobodySharesAPartition(classic, consumers);
            }
            shard.advance(1_000);
        }
    }

    private static void expectNobodySharesAPartition(List<Classic> classic, List<Consumer> consumers) {
        PartitionSet all = PartitionSet.EMPTY;
        List<PartitionSet> parts = new ArrayList<>();
        classic.forEach(member -> parts.add(member.owned));
        consumers.forEach(member -> parts.add(member.owned));
        for (PartitionSet part : parts) {
            assertThat(all.intersects(part)).as("%s", parts).isFalse();
            all = all.plus(part);
        }
    }

    @Test
    void aClassicGroupBecomesAConsumerGroupAndItsMembersKeepWhatTheyHave() {
        for (boolean cooperative : List.of(true, false)) {
            shard = new VirtualShard();
            shard.topics.put("topic", 4);
            List<Classic> classic = classicGroup(cooperative, null);
            Consumer consumer = new Consumer("new");
            assertThat(consumer.heartbeat()).isEqualTo(Errors.NONE);
            assertThat(isConsumerGroup()).isTrue();
            assertThat(consumer.owned).as("the others have all of them still").isEqualTo(PartitionSet.EMPTY);
            assertThat(classic.get(0).commit(0, 5)).isEqualTo(Errors.NONE);
            settle(classic, List.of(consumer));
            assertThat(consumer.owned.size()).isEqualTo(1);
            assertThat(classic.get(0).owned.size() + classic.get(1).owned.size())
                    .isEqualTo(3);
            assertThat(shard.consumer(GROUP).state()).isEqualTo(ConsumerGroup.State.STABLE);
        }
    }

    /** The upgrade comes between the two rebalances of a cooperative assignor, by one who subscribes to nothing new. */
    @Test
    void whatWasGivenUpIsGivenAwayAfterTheChange() {
        List<Classic> classic = classicGroup(true, "first", PartitionSet.of(topic, 0, 1), PartitionSet.of(topic, 2));
        Consumer consumer = new Consumer("new");
        assertThat(consumer.heartbeat("first")).isEqualTo(Errors.NONE);
        assertThat(isConsumerGroup()).isTrue();
        settle(classic.subList(1, 2), List.of(consumer));
        assertThat(consumer.owned.plus(classic.get(1).owned)).isEqualTo(PartitionSet.of(topic, 0, 1, 2, 3));
    }

    @Test
    void itIsAClassicGroupAgainWhenTheLastOneOfTheNewProtocolLeaves() {
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        settle(classic, List.of(consumer));
        int epoch = shard.consumer(GROUP).epoch().epoch();
        assertThat(consumer.leave()).isEqualTo(Errors.NONE);
        assertThat(isConsumerGroup()).isFalse();
        assertThat(shard.classic(GROUP).generation()).isEqualTo(epoch);
        assertThat(classic.get(0).heartbeat()).as("somebody must lead").isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(classic.get(1).heartbeat()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        var joins = classic.stream().map(member -> shard.join(member.request())).toList();
        assertThat(joins)
                .allSatisfy(join -> assertThat(join.join().generationId()).isEqualTo(epoch + 1));
    }

    /** Whatever is forbidden, who is in goes on, and without members the way is free. */
    @ParameterizedTest
    @EnumSource(MigrationPolicy.class)
    void thePolicySaysWhichWaysAreOpen(MigrationPolicy policy) {
        shard = new VirtualShard(policy);
        shard.topics.put("topic", 4);
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        assertThat(consumer.heartbeat()).isEqualTo(policy.upgrades() ? Errors.NONE : Errors.GROUP_ID_NOT_FOUND);
        assertThat(isConsumerGroup()).isEqualTo(policy.upgrades());
        assertThat(classic.get(0).commit(0, 5)).isEqualTo(Errors.NONE);

        if (!policy.upgrades()) {
            assertThat(classic)
                    .allSatisfy(member -> assertThat(member.heartbeat()).isEqualTo(Errors.NONE));
            classic.forEach(Classic::leave);
            assertThat(consumer.heartbeat()).as("nobody is in it").isEqualTo(Errors.NONE);
        }
        if (policy == MigrationPolicy.DOWNGRADE) {
            classic = List.of(new Classic(true, null), new Classic(true, null));
            classic.forEach(Classic::rebalance);
        }
        if (policy != MigrationPolicy.DISABLED) {
            settle(classic, List.of(consumer));
            assertThat(consumer.leave()).isEqualTo(Errors.NONE);
            assertThat(isConsumerGroup()).isEqualTo(!policy.downgrades());
            settleOrJoin(classic, policy);
        }
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(5);
    }

    /** In a consumer group they come to share all; in a classic one somebody must lead first. */
    private void settleOrJoin(List<Classic> classic, MigrationPolicy policy) {
        if (policy.downgrades()) {
            assertThat(classic)
                    .allSatisfy(member -> assertThat(member.heartbeat()).isEqualTo(Errors.REBALANCE_IN_PROGRESS));
        } else {
            settle(classic, List.of());
            assertThat(classic)
                    .allSatisfy(member -> assertThat(member.owned.size()).isEqualTo(2));
        }
    }

    @Test
    void membersOnTheirWayArriveBeforeTheGroupIsAClassicOne() {
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        assertThat(consumer.leave()).isEqualTo(Errors.NONE);
        assertThat(isConsumerGroup())
                .as("their generation is older than the group's")
                .isTrue();
        assertThat(classic.get(0).heartbeat()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        classic.get(0).rebalance();
        assertThat(classic.get(0).heartbeat()).isEqualTo(Errors.NONE);
        assertThat(isConsumerGroup()).isTrue();
        classic.get(1).rebalance();
        assertThat(classic.get(1).heartbeat()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(isConsumerGroup()).isFalse();
        assertThat(classic.get(0).heartbeat()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }

    @Test
    void theNextCoordinatorGoesOnInTheMiddleOfIt() {
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        shard = shard.successor();
        settle(classic, List.of(consumer));
        assertThat(consumer.owned.size()).isEqualTo(1);
        consumer.leave();
        shard = shard.successor();
        assertThat(isConsumerGroup()).isFalse();
        assertThat(classic.get(0).heartbeat())
                .as("it was stable when it was written")
                .isEqualTo(Errors.NONE);
        assertThat(classic.get(0).commit(0, 7)).isEqualTo(Errors.NONE);
    }

    @Test
    void aSilentClassicMemberIsOutAfterItsOwnSessionTimeout() {
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        settle(classic, List.of(consumer));
        for (int i = 0; i < 12; i++) {
            shard.advance(1_000);
            consumer.heartbeat();
            classic.get(0).heartbeat();
        }
        assertThat(shard.consumer(GROUP).members())
                .extracting(ConsumerMember::id)
                .containsExactlyInAnyOrder("new", classic.get(0).memberId);
        assertThat(classic.get(1).heartbeat()).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void whoIsAskedToJoinAndDoesNotIsOutAfterItsRebalanceTimeout() {
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        for (int i = 0; i < 70; i++) {
            shard.advance(1_000);
            consumer.heartbeat();
            classic.get(0).heartbeat();
        }
        assertThat(shard.consumer(GROUP).member(classic.get(0).memberId)).isNull();
        assertThat(consumer.owned.size()).isEqualTo(4);
    }

    @Test
    void requestsOfClassicMembersAreHeldToTheirGeneration() {
        List<Classic> classic = classicGroup(true, null);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        Classic member = classic.get(0);
        assertThat(member.sync()).as("it must join first").isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        member.rebalance();
        member.generation--;
        assertThat(member.heartbeat()).isEqualTo(Errors.ILLEGAL_GENERATION);
        assertThat(member.sync()).isEqualTo(Errors.ILLEGAL_GENERATION);
        assertThat(member.commit(0, 1)).isEqualTo(Errors.ILLEGAL_GENERATION);
        member.memberId = "nobody";
        assertThat(member.heartbeat()).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(member.leave()).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        member.memberId = "new";
        assertThat(member.heartbeat()).as("a member of the other protocol").isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(member.leave()).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aClassicMemberJoinsAndLeavesAConsumerGroup() {
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        assertThat(consumer.owned.size()).isEqualTo(4);
        Classic member = new Classic(true, null);
        member.rebalance();
        settle(List.of(member), List.of(consumer));
        assertThat(member.owned.size()).isEqualTo(2);
        assertThat(member.leave()).isEqualTo(Errors.NONE);
        settle(List.of(), List.of(consumer));
        assertThat(consumer.owned.size()).isEqualTo(4);
    }

    @Test
    void whoWasOutForAWhileMustGiveUpWhatItThinksItOwnsBeforeItIsInAgain() {
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        Classic member = new Classic(true, null);
        member.rebalance();
        settle(List.of(member), List.of(consumer));
        assertThat(member.owned.size()).isEqualTo(2);
        for (int i = 0; i < 12; i++) {
            shard.advance(1_000);
            consumer.heartbeat();
        }
        assertThat(consumer.owned.size()).isEqualTo(4);
        assertThat(Errors.forCode(member.join().errorCode())).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        member.owned = PartitionSet.EMPTY;
        assertThat(Errors.forCode(member.join().errorCode())).isEqualTo(Errors.NONE);
    }

    @Test
    void aClassicMemberNeedsAnAssignorThatTheOtherOnesHave() {
        classicGroup(true, null);
        new Consumer("new").heartbeat();
        assertThat(Errors.forCode(new Classic(false, null).join().errorCode()))
                .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void aStaticMemberIsReplacedByOneOfTheNewProtocolAtOnce() {
        List<Classic> classic = classicGroup(true, "instance");
        Consumer consumer = new Consumer("new");
        assertThat(consumer.heartbeat("instance")).isEqualTo(Errors.NONE);
        assertThat(consumer.owned).as("its own place").isEqualTo(PartitionSet.of(topic, 0, 1));
        assertThat(shard.consumer(GROUP).size()).isEqualTo(2);
        assertThat(classic.get(1).heartbeat())
                .as("nothing changes for the others")
                .isEqualTo(Errors.NONE);
        assertThat(classic.get(0).heartbeat()).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aGroupWhoseMembersCannotBeUnderstoodStaysClassic() {
        var unused = shard.joinNew(GROUP, "custom");
        shard.advance(1_000);
        Consumer consumer = new Consumer("new");
        assertThat(consumer.heartbeat()).isEqualTo(Errors.GROUP_ID_NOT_FOUND);
        assertThat(isConsumerGroup()).isFalse();
    }

    @Test
    void whatCouldNotBeWrittenHasNotHappened() {
        List<Classic> classic = classicGroup(true, null);
        shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
        assertThat(new Consumer("new").heartbeat()).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        assertThat(isConsumerGroup()).isFalse();
        assertThat(classic.get(0).heartbeat()).isEqualTo(Errors.NONE);
    }

    @Test
    void committedOffsetsStay() {
        List<Classic> classic = classicGroup(true, null);
        classic.get(0).commit(0, 42);
        Consumer consumer = new Consumer("new");
        consumer.heartbeat();
        settle(classic, List.of(consumer));
        consumer.leave();
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(42);
    }

    /** Members of both protocols come and go, coordinators move; somebody of the new protocol is always there. */
    @Test
    void whateverMembersOfBothProtocolsDoNobodySharesAPartitionAndItComesToAnEnd() {
        for (long seed = 0; seed < 100; seed++) {
            try {
                playMixedGroup(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void playMixedGroup(Random random) {
        shard = new VirtualShard();
        shard.topics.put("topic", 4);
        boolean cooperative = random.nextBoolean();
        List<Classic> classic = new ArrayList<>(random.nextBoolean() ? classicGroup(cooperative, null) : List.of());
        List<Consumer> consumers = new ArrayList<>(List.of(new Consumer("consumer0")));
        consumers.get(0).heartbeat();
        for (int step = 1; step < 60; step++) {
            Classic one = classic.isEmpty() ? null : classic.get(random.nextInt(classic.size()));
            int other = random.nextInt(consumers.size());
            switch (random.nextInt(10)) {
                case 0 -> {
                    if (classic.size() < 4) {
                        classic.add(new Classic(cooperative, null));
                        classic.get(classic.size() - 1).mustJoin = true;
                    }
                }
                case 1 -> {
                    if (one != null && !one.memberId.isEmpty()) {
                        assertThat(one.leave()).isEqualTo(Errors.NONE);
                        classic.remove(one);
                    }
                }
                case 2 -> {
                    if (consumers.size() < 4) {
                        consumers.add(new Consumer("consumer" + step));
                        assertThat(consumers.get(consumers.size() - 1).heartbeat())
                                .isEqualTo(Errors.NONE);
                    }
                }
                case 3 -> {
                    if (other > 0) {
                        assertThat(consumers.remove(other).leave()).isEqualTo(Errors.NONE);
                    }
                }
                case 4 -> shard = shard.successor();
                case 5, 6, 7 -> {
                    if (one != null) {
                        one.step();
                    }
                }
                default -> assertThat(consumers.get(other).heartbeat()).isEqualTo(Errors.NONE);
            }
            expectNobodySharesAPartition(classic, consumers);
            shard.advance(50);
        }
        for (int round = 0; round < 20; round++) {
            classic.forEach(Classic::step);
            expectNobodySharesAPartition(classic, consumers);
            consumers.forEach(Consumer::heartbeat);
        }
        assertThat(shard.consumer(GROUP).state()).isEqualTo(ConsumerGroup.State.STABLE);
        int owned = classic.stream().mapToInt(member -> member.owned.size()).sum()
                + consumers.stream().mapToInt(member -> member.owned.size()).sum();
        assertThat(owned).isEqualTo(4);
    }
}
