/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static io.klamm.broker.group.VirtualShard.joining;
import static io.klamm.broker.group.VirtualShard.part;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ClassicGroupTest {
    private static final String GROUP = "group";

    private VirtualShard shard = new VirtualShard();

    /** Two members in a stable generation. */
    private record Pair(JoinGroupResponseData leader, JoinGroupResponseData follower) {}

    private Pair stablePair() {
        CompletableFuture<JoinGroupResponseData> first = shard.joinNew(GROUP, "range");
        CompletableFuture<JoinGroupResponseData> second = shard.joinNew(GROUP, "range");
        assertThat(first).isNotDone();
        shard.advance(2L * VirtualShard.CONFIG.classic().initialRebalanceDelayMs());
        Pair pair = first.join().leader().equals(first.join().memberId())
                ? new Pair(first.join(), second.join())
                : new Pair(second.join(), first.join());
        settle(pair);
        return pair;
    }

    private void settle(Pair pair) {
        CompletableFuture<SyncGroupResponseData> follower = shard.sync(GROUP, pair.follower, List.of());
        assertThat(follower).isNotDone();
        CompletableFuture<SyncGroupResponseData> leader = shard.sync(
                GROUP, pair.leader, List.of(part(pair.leader.memberId(), 1), part(pair.follower.memberId(), 2)));
        assertThat(leader.join().assignment()).containsExactly(1);
        assertThat(follower.join().assignment()).containsExactly(2);
    }

    private static Errors error(CompletableFuture<JoinGroupResponseData> join) {
        return Errors.forCode(join.join().errorCode());
    }

    @Test
    void aMemberIsGivenAnIdBeforeItJoins() {
        CompletableFuture<JoinGroupResponseData> asked = shard.join(joining(GROUP, "", "range"));
        assertThat(error(asked)).isEqualTo(Errors.MEMBER_ID_REQUIRED);
        assertThat(asked.join().memberId()).startsWith("client-");

        assertThat(error(shard.join(joining(GROUP, "made-up", "range")))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        CompletableFuture<JoinGroupResponseData> older = shard.join(joining("older", "", "range"), 3);
        shard.advance(500);
        assertThat(error(older)).isEqualTo(Errors.NONE);
    }

    @Test
    void allKnowTheirPartOfTheSameGeneration() {
        Pair pair = stablePair();

        assertThat(pair.leader.generationId()).isEqualTo(1);
        assertThat(pair.follower.generationId()).isEqualTo(1);
        assertThat(pair.leader.members()).hasSize(2);
        assertThat(pair.follower.members()).isEmpty();
        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.NONE);
        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 0)).isEqualTo(Errors.ILLEGAL_GENERATION);
        assertThat(shard.heartbeat(GROUP, "nobody", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void theProtocolThatAllKnowAndMostPreferIsChosen() {
        CompletableFuture<JoinGroupResponseData> first = shard.joinNew(GROUP, "sticky", "range", "robin");
        CompletableFuture<JoinGroupResponseData> second = shard.joinNew(GROUP, "robin", "range");
        CompletableFuture<JoinGroupResponseData> third = shard.joinNew(GROUP, "robin", "range");
        shard.advance(2_000);

        assertThat(first.join().protocolName()).isEqualTo("robin");
        assertThat(second.join().protocolName()).isEqualTo("robin");
        assertThat(third.join().protocolName()).isEqualTo("robin");
        assertThat(error(shard.join(joining(GROUP, "", "other")))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(error(shard.join(joining(GROUP, "", "range").setProtocolType("connect"))))
                .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(error(shard.join(joining("none", "")))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void aNewMemberMakesTheOthersJoinAgain() {
        Pair pair = stablePair();
        CompletableFuture<JoinGroupResponseData> third = shard.joinNew(GROUP, "range");

        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        CompletableFuture<JoinGroupResponseData> leader = shard.join(joining(GROUP, pair.leader.memberId(), "range"));
        assertThat(third).isNotDone();
        CompletableFuture<JoinGroupResponseData> follower =
                shard.join(joining(GROUP, pair.follower.memberId(), "range"));

        assertThat(third.join().generationId()).isEqualTo(2);
        assertThat(leader.join().members()).hasSize(3);
        assertThat(follower.join().generationId()).isEqualTo(2);
    }

    @Test
    void whoDoesNotJoinAgainInTimeIsOut() {
        Pair pair = stablePair();
        CompletableFuture<JoinGroupResponseData> leader = shard.join(joining(GROUP, pair.leader.memberId(), "range"));
        for (int i = 0; i < 12; i++) {
            shard.heartbeat(GROUP, pair.follower.memberId(), 1); // alive, and does not do what it is told
            shard.advance(5_000);
        }

        assertThat(leader.join().generationId()).isEqualTo(2);
        assertThat(leader.join().members()).hasSize(1);
        assertThat(shard.heartbeat(GROUP, pair.follower.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void whoIsNotHeardIsOutAndTheOthersRebalance() {
        Pair pair = stablePair();
        shard.advance(6_000);
        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.NONE);
        shard.advance(4_000);

        assertThat(shard.heartbeat(GROUP, pair.follower.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }

    @Test
    void whoNeverAsksForItsPartIsOut() {
        Pair pair = stablePair();
        CompletableFuture<JoinGroupResponseData> follower =
                shard.join(joining(GROUP, pair.follower.memberId(), "range", "robin"));
        CompletableFuture<JoinGroupResponseData> leader = shard.join(joining(GROUP, pair.leader.memberId(), "range"));
        assertThat(follower.join().generationId()).isEqualTo(2);
        CompletableFuture<SyncGroupResponseData> waits = shard.sync(GROUP, follower.join(), List.of());
        for (int i = 0; i < 12; i++) {
            shard.heartbeat(GROUP, leader.join().memberId(), 2);
            shard.advance(5_000);
        }

        assertThat(Errors.forCode(waits.join().errorCode())).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(shard.heartbeat(GROUP, leader.join().memberId(), 2)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }

    @Test
    void leavingMakesTheOthersRebalanceAtOnce() {
        Pair pair = stablePair();
        var answer = shard.leave(new LeaveGroupRequestData()
                .setGroupId(GROUP)
                .setMembers(List.of(
                        new MemberIdentity().setMemberId(pair.follower.memberId()),
                        new MemberIdentity().setMemberId("nobody"))));

        assertThat(answer.members())
                .extracting(member -> Errors.forCode(member.errorCode()))
                .containsExactly(Errors.NONE, Errors.UNKNOWN_MEMBER_ID);
        CompletableFuture<JoinGroupResponseData> leader = shard.join(joining(GROUP, pair.leader.memberId(), "range"));
        assertThat(leader.join().generationId()).isEqualTo(2);
        assertThat(leader.join().members()).hasSize(1);
    }

    @Test
    void aStaticMemberComesBackWithoutARebalance() {
        CompletableFuture<JoinGroupResponseData> one =
                shard.join(joining(GROUP, "", "range").setGroupInstanceId("one"));
        CompletableFuture<JoinGroupResponseData> two =
                shard.join(joining(GROUP, "", "range").setGroupInstanceId("two"));
        shard.advance(2_000);
        JoinGroupResponseData leads = one.join();
        JoinGroupResponseData follows = two.join();
        assertThat(leads.leader()).isEqualTo(leads.memberId());
        settle(new Pair(leads, follows));

        CompletableFuture<JoinGroupResponseData> back =
                shard.join(joining(GROUP, "", "range").setGroupInstanceId("two"));

        assertThat(back.join().generationId()).isEqualTo(1);
        assertThat(back.join().memberId()).isNotEqualTo(follows.memberId());
        assertThat(shard.sync(GROUP, back.join(), List.of()).join().assignment())
                .containsExactly(2);
        assertThat(shard.heartbeat(GROUP, leads.memberId(), 1)).isEqualTo(Errors.NONE);
        assertThat(error(shard.join(joining(GROUP, follows.memberId(), "range").setGroupInstanceId("two"))))
                .isEqualTo(Errors.FENCED_INSTANCE_ID);

        JoinGroupResponseData leader = shard.join(joining(GROUP, "", "range").setGroupInstanceId("one"))
                .join();
        assertThat(leader.skipAssignment()).isTrue();
        assertThat(leader.leader()).isEqualTo(leader.memberId());
        JoinGroupResponseData older = shard.join(joining(GROUP, "", "range").setGroupInstanceId("one"), 8)
                .join();
        assertThat(older.leader()).isNotEqualTo(older.memberId());
    }

    @Test
    void aRetryOfAJoinIsAnsweredAndTheFirstOneToo() {
        CompletableFuture<JoinGroupResponseData> first = shard.joinNew(GROUP, "range");
        String id = shard.classic(GROUP).members().iterator().next().memberId();
        CompletableFuture<JoinGroupResponseData> retry = shard.join(joining(GROUP, id, "range"));
        shard.advance(2_000);

        assertThat(error(first)).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(error(retry)).isEqualTo(Errors.NONE);
    }

    @Test
    void limitsOfSizeAndSession() {
        assertThat(error(shard.join(joining(GROUP, "", "range").setSessionTimeoutMs(5_999))))
                .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
        assertThat(error(shard.join(joining(GROUP, "", "range").setSessionTimeoutMs(1_800_001))))
                .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
        for (int i = 0; i < VirtualShard.CONFIG.classic().maxSize(); i++) {
            assertThat(shard.joinNew(GROUP, "range")).isNotDone();
        }
        assertThat(error(shard.join(joining(GROUP, "", "range")))).isEqualTo(Errors.GROUP_MAX_SIZE_REACHED);
    }

    @Test
    void theNextCoordinatorKnowsTheMembersAndTheirParts() {
        Pair pair = stablePair();
        shard = shard.successor();

        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.NONE);
        assertThat(shard.sync(GROUP, pair.follower, List.of()).join().assignment())
                .containsExactly(2);
        shard.advance(10_000);
        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        shard = shard.successor();
        assertThat(shard.classic(GROUP).is(ClassicGroup.State.EMPTY)).isTrue();
    }

    @Test
    void anAssignmentThatCannotBeWrittenIsNotHandedOut() {
        CompletableFuture<JoinGroupResponseData> join = shard.joinNew(GROUP, "range");
        shard.advance(1_000);
        shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
        CompletableFuture<SyncGroupResponseData> sync =
                shard.sync(GROUP, join.join(), List.of(part(join.join().memberId(), 1)));

        assertThat(Errors.forCode(sync.join().errorCode())).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        assertThat(shard.heartbeat(GROUP, join.join().memberId(), 1)).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }

    @Test
    void whoGoesBeforeItJoinsDisturbsNobody() {
        Pair pair = stablePair();
        String id = shard.join(joining(GROUP, "", "range")).join().memberId();
        shard.leave(new LeaveGroupRequestData()
                .setGroupId(GROUP)
                .setMembers(List.of(new MemberIdentity().setMemberId(id))));

        assertThat(shard.heartbeat(GROUP, pair.leader.memberId(), 1)).isEqualTo(Errors.NONE);
    }
}
