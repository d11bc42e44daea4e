/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.nemesis.PlannedFault.Kind;
import io.klamm.testkit.nemesis.PlannedFault.Target;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class NemesisTest {
    private final RehearsalGround ground = new RehearsalGround();
    private final HistoryRecorder history = HistoryRecorder.inMemory();
    private final AtomicLong waited = new AtomicLong();
    private final Nemesis nemesis = new Nemesis(ground, ground, history, new TopicPartition("t", 0), waited::addAndGet);

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
                .containsExactly("pause 1", "pause 3", "end 2", "resume 1", "resume 3", "start 2", "whole", "in sync");
        assertThat(waited).hasValue(100 + 1_500);
        assertThat(history.history().of(Fault.class))
                .extracting(Fault::nodes)
                .containsExactly(List.of(1, 3), List.of(2));
        assertThat(history.history().of(Fault.class).get(0).evidence())
                .isEqualTo("node 1: saw pause 1; node 3: saw pause 3");
    }

    @Test
    void betweenRoundsTheClusterBecomesWhole() {
        nemesis.perform(new Schedule(
                1,
                List.of(new Schedule.Act(
                        100,
                        Play.ROLLING_RESTART,
                        List.of(
                                List.of(PlannedFault.of(0, 300, Kind.STOP, Target.FIRST)),
                                List.of(PlannedFault.of(0, 300, Kind.STOP, Target.SECOND)))))));
        assertThat(ground.done)
                .containsExactly("end 1", "start 1", "whole", "in sync", "end 2", "start 2", "whole", "in sync");
    }

    @Test
    void aCutIsWithEvidenceOfWhatItKeptBack() {
        perform(
                Play.CUT_LEADER_FROM_QUORUM,
                new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER));
        assertThat(ground.done).containsExactly("CUT 2>3", "CUT 3>2", "mend 2>3", "mend 3>2", "whole", "in sync");
        assertThat(history.history().of(Fault.class)).singleElement().satisfies(fault -> {
            assertThat(fault.nodes()).containsExactly(2, 3);
            assertThat(fault.evidence()).isEqualTo("2 to 3: 9 packets; 3 to 2: 9 packets");
        });
    }

    @Test
    void aNodeThatHasBothRolesIsPartedFromTheOthers() {
        perform(
                Play.CUT_LEADER_FROM_QUORUM,
                new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.QUORUM_LEADER, Target.QUORUM_LEADER));
        assertThat(ground.done).contains("CUT 3>1", "CUT 1>3", "CUT 3>2", "CUT 2>3");
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
                        "drop 1", "CUT 1>2", "CUT 2>1", "add", "mend 1>2", "mend 2>1", "added", "whole", "in sync");
        assertThat(history.history().of(Fault.class)).last().satisfies(fault -> assertThat(fault.evidence())
                .isEqualTo("node 1: saw add; replicas everywhere"));
    }

    @Test
    void aClockJumpsByWhatWasPlannedAndBack() {
        perform(Play.LEADER_CLOCK_BACK, PlannedFault.jump(0, 1_000, Target.PARTITION_LEADER, -3_600_000));
        assertThat(ground.done).containsExactly("clock 2 back", "reset 2", "whole", "in sync");
    }

    @Test
    void oneOfTwoNodesMayHaveNothingToSay() {
        ground.silent = 2;
        perform(
                Play.CUT_LEADER_FROM_QUORUM,
                new PlannedFault(0, 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER));
        assertThat(history.history().of(Fault.class))
                .extracting(Fault::evidence)
                .containsExactly("2 to 3: 0 packets; 3 to 2: 9 packets");
    }

    @Test
    void aFaultThatDoesNotBiteEndsTheRunAndNothingStaysBroken() {
        ground.bitesNot = "end 2";
        assertThatThrownBy(() -> perform(
                        Play.FREEZE_FOLLOWERS_THEN_KILL_LEADER,
                        PlannedFault.of(0, 1_300, Kind.PAUSE, Target.PARTITION_FOLLOWERS),
                        PlannedFault.of(1_000, 500, Kind.KILL, Target.PARTITION_LEADER)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("end 2 did not bite");
        assertThat(ground.open).isEmpty();
    }

    @Test
    void everyPlayIsHealedWhenItIsOver() {
        Schedule schedule = Schedule.generate(5, ground.abilities(), 3_600_000);
        nemesis.perform(schedule);
        assertThat(ground.open).isEmpty();
        assertThat(history.history().of(Fault.class))
                .hasSize(schedule.faults())
                .noneMatch(fault -> fault.evidence().isEmpty() || fault.nodes().isEmpty());
    }
}
