/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.nemesis.PlannedFault.Kind;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class NemesisTest {
    private final RehearsalGround ground = new RehearsalGround();
    private final HistoryRecorder history = HistoryRecorder.inMemory();
    private final AtomicLong waited = new AtomicLong();
    private final Nemesis nemesis = new Nemesis(ground, ground, history, List.of("t", "u"), waited::addAndGet);

    private void perform(Play play, PlannedFault... faults) {
        nemesis.perform(new Schedule(1, List.of(new Schedule.Act(100, play, List.of(List.of(faults))))));
    }

    @Test
    void followersAreFrozenWhenTheLeaderIsKilledAndEverythingIsHealed() {
        perform(
                Play.FREEZE_FOLLOWERS_THEN_KILL_LEADER,
                PlannedFault.of(0, 1_300, Kind.PAUSE, Target.PARTITION_FOLLOWERS),
                PlannedFault.of(1_000, 500, Kind.KILL, Target.PARTITION_LEADER));
        assertThat(ground.done)
                .containsExactly("pause 1+3", "end 2", "resume 1", "resume 3", "start 2", "whole", "in sync: t, u");
        assertThat(waited).hasValue(100 + 1_500);
        assertThat(history.history().of(Fault.class))
                .extracting(Fault::nodes)
                .containsExactly(List.of(1, 3), List.of(2));
        assertThat(history.history().of(Fault.class).get(0).evidence())
                .isEqualTo("node 2 led t-0, and node 3 led the quorum; saw pause 1+3");
    }

    @Test
    void betweenRoundsTheClusterBecomesWhole() {
        nemesis.perform(new Schedule(
                1,
                List.of(new Schedule.Act(
                        100,
                        Play.ROLLING_RESTART,
                        List.of(
                                List.of(PlannedFault.of(0, 300, Kind.STOP, Target.node(1))),
                                List.of(PlannedFault.of(0, 300, Kind.STOP, Target.node(2))))))));
        assertThat(ground.done)
                .containsExactly(
                        "end 1", "start 1", "whole", "in sync: t, u", "end 2", "start 2", "whole", "in sync: t, u");
    }

    @Test
    void aCutIsWithEvidenceOfWhatItKeptBack() {
        perform(
                Play.TWO_LEADERS_APART,
                new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER));
        assertThat(ground.done).containsExactly("CUT 2>3", "CUT 3>2", "mend 2>3", "mend 3>2", "whole", "in sync: t, u");
        assertThat(history.history().of(Fault.class)).singleElement().satisfies(fault -> {
            assertThat(fault.nodes()).containsExactly(2, 3);
            assertThat(fault.evidence())
                    .isEqualTo("node 2 led t-0, and node 3 led the quorum; 2 to 3: 9 packets; 3 to 2: 9 packets");
        });
    }

    private static final PlannedFault CUT_FROM_QUORUM =
            new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER);

    @Test
    void aimedIsAtALeaderThatDoesNotLeadTheQuorum() {
        ground.leaders = List.of(3, 3, 1);
        perform(Play.TWO_LEADERS_APART, CUT_FROM_QUORUM);
        assertThat(ground.done).containsExactly("CUT 1>3", "CUT 3>1", "mend 1>3", "mend 3>1", "whole", "in sync: t, u");
        assertThat(evidence()).singleElement().asString().startsWith("node 1 led t-2, and node 3 led the quorum; ");
    }

    @Test
    void aNodeThatHasBothRolesIsPartedFromTheOthersAndTheEvidenceSaysSo() {
        ground.leaders = List.of(3, 3);
        perform(Play.TWO_LEADERS_APART, CUT_FROM_QUORUM);
        assertThat(ground.done).contains("CUT 3>1", "CUT 1>3", "CUT 3>2", "CUT 2>3");
        assertThat(evidence()).singleElement().asString().matches("node 3 led both t-[01] and the quorum; .*");
    }

    @Test
    void theSeedChoosesThePartition() {
        ground.leaders = List.of(2, 1, 3);
        for (long seed = 0; seed < 20; seed++) {
            List<List<PlannedFault>> rounds =
                    List.of(List.of(PlannedFault.of(0, 500, Kind.KILL, Target.PARTITION_LEADER)));
            nemesis.perform(new Schedule(seed, List.of(new Schedule.Act(100, Play.KILL_PARTITION_LEADER, rounds))));
        }
        assertThat(ground.done).contains("end 1", "end 2", "end 3");
    }

    private List<String> evidence() {
        return history.history().of(Fault.class).stream().map(Fault::evidence).toList();
    }

    @Test
    void whatHitsAllHitsThemInOneAct() {
        perform(Play.KILL_ALL, PlannedFault.of(0, 500, Kind.KILL, Target.ALL));
        assertThat(ground.done).containsExactly("end 1+2+3", "start 1", "start 2", "start 3", "whole", "in sync: t, u");
    }

    @Test
    void whatCanHitOnlyOneIsNotPlannedForMore() {
        assertThatThrownBy(() ->
                        perform(Play.HANGING_DISK_OF_LEADER, PlannedFault.of(0, 500, Kind.FREEZE_DISK, Target.ALL)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whoKillsTheControllerHasAskedForTopicsBefore() {
        perform(
                Play.KILL_CONTROLLER_WHILE_TOPICS_ARE_CREATED,
                PlannedFault.of(0, 1_000, Kind.CREATE_TOPICS, Target.QUORUM_LEADER),
                PlannedFault.of(100, 500, Kind.KILL, Target.QUORUM_LEADER));
        assertThat(ground.done).startsWith("topics", "end 3", "open topics", "start 3", "no more topics");
        assertThat(evidence())
                .containsExactlyInAnyOrder(
                        "node 2 led t-0, and node 3 led the quorum; saw end 3; topics wait",
                        "saw topics; topics are there");
    }

    @Test
    void aCutFromTheQuorumSparesWhatBrokersSendAndShowsIt() {
        perform(
                Play.LEADER_CUT_FROM_QUORUM,
                new PlannedFault(0, 500, Kind.CUT_QUORUM, Target.QUORUM_LEADER, Target.ALL));
        assertThat(ground.done)
                .contains("CUT_QUORUM 3>1", "CUT_QUORUM 1>3", "CUT_QUORUM 3>2", "CUT_QUORUM 2>3")
                .contains("watch 3>1", "watch 2>3", "unwatch 3>1", "unwatch 2>3")
                .doesNotContain("CUT_QUORUM 1>2");
        assertThat(ground.open).isEmpty();
        assertThat(evidence())
                .singleElement()
                .asString()
                .contains("3 to 1: 9 packets", "7 packets of brokers from 3 reached 1");
    }

    @Test
    void aPartitionLeaderThatIsCutFromTheQuorumDoesNotLeadItWhenThereIsOne() {
        ground.leaders = List.of(3, 1);
        perform(
                Play.PARTITION_LEADER_CUT_FROM_QUORUM,
                new PlannedFault(0, 500, Kind.CUT_QUORUM, Target.PARTITION_LEADER, Target.ALL));
        assertThat(ground.done).contains("CUT_QUORUM 1>2", "CUT_QUORUM 3>1").doesNotContain("CUT_QUORUM 2>3");
    }

    @Test
    void whatCutsMoreThanItShouldEndsTheRun() {
        ground.fails.add("arrived");
        assertThatThrownBy(() -> perform(
                        Play.LEADER_CUT_FROM_QUORUM,
                        new PlannedFault(0, 500, Kind.CUT_QUORUM, Target.QUORUM_LEADER, Target.ALL)))
                .hasMessage("nothing arrived");
        assertThat(ground.open).isEmpty();
    }

    @Test
    void inARingOfThreeEachHearsOneThatDoesNotHearIt() {
        nemesis.perform(new Schedule(
                1, List.of(new Schedule.Act(100, Play.RING, Play.RING.plan(new Random(1), ground.nodes.size())))));
        assertThat(ground.done)
                .containsSubsequence(
                        "CUT 1>2", "watch 2>1", "CUT 2>3", "watch 3>2", "CUT 3>1", "watch 1>3", "mend 1>2");
        assertThat(evidence()).hasSize(3).last().asString().endsWith("3 to 1: 9 packets; 7 packets from 1 reached 3");
    }

    @Test
    void toldIsWhoLedWhenItStruckByThoseWhoCanAnswer() {
        Nemesis slow = new Nemesis(ground, ground, history, List.of("t", "u"), millis -> {
            if (millis == 1_000) {
                ground.quorumLeader = 1;
                ground.leaders = List.of(1);
            }
        });
        slow.perform(new Schedule(
                1,
                List.of(new Schedule.Act(
                        100,
                        Play.FREEZE_FOLLOWERS_THEN_KILL_LEADER,
                        List.of(List.of(
                                PlannedFault.of(0, 1_300, Kind.PAUSE, Target.QUORUM_LEADER),
                                PlannedFault.of(1_000, 500, Kind.KILL, Target.PARTITION_LEADER)))))));
        assertThat(evidence())
                .containsExactly(
                        "node 2 led t-0, and node 3 led the quorum; saw pause 3",
                        "node 1 led both t-0 and the quorum; saw end 2");
        assertThat(ground.asked).containsExactly(List.of(1, 2, 3), List.of(1, 2));
    }

    @Test
    void aFaultThatHitsNobodyEndsTheRun() {
        assertThatThrownBy(() -> perform(Play.ROLLING_RESTART, PlannedFault.of(0, 500, Kind.STOP, Target.node(4))))
                .hasMessage("+0 ms: STOP NODE_4 for 500 ms hits nobody");
        assertThatThrownBy(() -> perform(
                        Play.ISOLATE_NODE, new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.ALL, Target.node(1))))
                .hasMessageEndingWith("hits nobody");
    }

    @Test
    void aFaultWithoutEvidenceEndsTheRunAndIsUndone() {
        ground.dumb = true;
        assertThatThrownBy(() ->
                        perform(Play.KILL_QUORUM_LEADER, PlannedFault.of(0, 500, Kind.KILL, Target.QUORUM_LEADER)))
                .hasMessageEndingWith("has left no evidence");
        assertThat(ground.open).isEmpty();
    }

    @Test
    void aHealThatFailsStopsNoOtherAndIsTheCauseWhenItWasTheFirst() {
        ground.fails.add("mend 2>3");
        ground.fails.add("resume 1");
        assertThatThrownBy(() -> perform(
                        Play.TWO_LEADERS_APART,
                        PlannedFault.of(0, 900, Kind.PAUSE, Target.node(1)),
                        PlannedFault.of(100, 800, Kind.KILL, Target.node(3)),
                        new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER)))
                .hasMessage("mend 2>3 failed")
                .satisfies(error -> assertThat(error.getSuppressed())
                        .singleElement()
                        .asString()
                        .contains("resume 1 failed"));
        assertThat(ground.done).contains("mend 3>2", "start 3").doesNotContain("whole");
        assertThat(ground.open).containsExactly("CUT 2>3", "pause 1");
        assertThat(history.history().of(Fault.class)).hasSize(3);
    }

    @Test
    void whatBeganTheFailureIsItsCauseAndFaultsAreUndoneBeforeWhatTheOperatorDoes() {
        ground.fails.add("end 3");
        ground.fails.add("no more topics");
        assertThatThrownBy(() -> perform(
                        Play.KILL_CONTROLLER_WHILE_TOPICS_ARE_CREATED,
                        PlannedFault.of(0, 1_000, Kind.CREATE_TOPICS, Target.QUORUM_LEADER),
                        PlannedFault.of(100, 500, Kind.KILL, Target.QUORUM_LEADER)))
                .hasMessage("end 3 failed")
                .satisfies(error -> assertThat(error.getSuppressed())
                        .singleElement()
                        .asString()
                        .contains("no more topics failed"));
        assertThat(ground.done).containsExactly("topics", "end 3", "start 3", "no more topics");
        assertThat(evidence()).containsExactlyInAnyOrder("node 2 led t-0, and node 3 led the quorum", "saw topics");
    }

    @Test
    void aCutThatIsNotFeltIsMendedAndTakenDown() {
        ground.fails.add("felt");
        assertThatThrownBy(() -> perform(Play.TWO_LEADERS_APART, CUT_FROM_QUORUM))
                .hasMessage("felt nothing");
        assertThat(ground.open).isEmpty();
        assertThat(evidence()).containsExactly("node 2 led t-0, and node 3 led the quorum");
    }

    @Test
    void whatNoFaultOfARunHasShownEndsTheRun() {
        ground.bitten = false;
        assertThatThrownBy(() -> perform(
                        Play.POWER_LOSS_OF_LEADER, PlannedFault.of(0, 500, Kind.POWER_LOSS, Target.PARTITION_LEADER)))
                .hasMessage("nothing bit");
    }

    @Test
    void aReassignmentIsBegunWhileTheNewReplicaIsCutOffAndAwaitedWhenItIsNot() {
        perform(
                Play.REASSIGN_ACROSS_A_CUT,
                PlannedFault.of(0, 100, Kind.DROP_REPLICA, Target.A_PARTITION_FOLLOWER),
                new PlannedFault(500, 1_000, Kind.CUT_BOTH_WAYS, Target.A_PARTITION_FOLLOWER, Target.PARTITION_LEADER),
                PlannedFault.of(600, 1_500, Kind.ADD_REPLICA, Target.A_PARTITION_FOLLOWER));
        assertThat(ground.done)
                .containsExactly(
                        "drop 1",
                        "CUT 1>2",
                        "CUT 2>1",
                        "add",
                        "mend 1>2",
                        "mend 2>1",
                        "added",
                        "whole",
                        "in sync: t, u");
        assertThat(history.history().of(Fault.class)).last().satisfies(fault -> assertThat(fault.evidence())
                .isEqualTo("saw add; replicas everywhere"));
    }

    @Test
    void aClockJumpsByWhatWasPlannedAndBack() {
        perform(Play.LEADER_CLOCK_BACK, PlannedFault.jump(0, 1_000, Target.PARTITION_LEADER, -3_600_000));
        assertThat(ground.done).containsExactly("clock back 2", "reset 2", "whole", "in sync: t, u");
    }

    @Test
    void oneOfTwoNodesMayHaveNothingToSay() {
        ground.silent = 2;
        perform(
                Play.TWO_LEADERS_APART,
                new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER));
        assertThat(history.history().of(Fault.class))
                .extracting(Fault::evidence)
                .containsExactly("node 2 led t-0, and node 3 led the quorum; 2 to 3: 0 packets; 3 to 2: 9 packets");
    }

    @Test
    void aFaultThatDoesNotBiteEndsTheRunAndNothingStaysBroken() {
        ground.fails.add("end 2");
        assertThatThrownBy(() -> perform(
                        Play.FREEZE_FOLLOWERS_THEN_KILL_LEADER,
                        PlannedFault.of(0, 1_300, Kind.PAUSE, Target.PARTITION_FOLLOWERS),
                        PlannedFault.of(1_000, 500, Kind.KILL, Target.PARTITION_LEADER)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("end 2 failed");
        assertThat(ground.open).isEmpty();
    }

    @Test
    void everyPlayIsHealedWhenItIsOver() {
        Schedule schedule = Schedule.generate(5, ground.abilities(), 3, 3_600_000);
        nemesis.perform(schedule);
        assertThat(ground.open).isEmpty();
        assertThat(history.history().of(Fault.class))
                .hasSize(schedule.faults())
                .noneMatch(fault -> fault.evidence().isEmpty() || fault.nodes().isEmpty());
    }
}
