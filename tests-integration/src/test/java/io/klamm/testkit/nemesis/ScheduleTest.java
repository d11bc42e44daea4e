/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.ground.Ability;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Set<Ability> ALL = EnumSet.allOf(Ability.class);
    private static final long HOUR = 3_600_000;

    @Test
    void theSameSeedGivesTheSameScheduleAndAnotherSeedAnother() {
        assertThat(Schedule.generate(7, ALL, 3, HOUR)).isEqualTo(Schedule.generate(7, ALL, 3, HOUR));
        assertThat(LongStream.range(0, 20)
                        .mapToObj(seed -> Schedule.generate(seed, ALL, 3, HOUR).acts()))
                .doesNotHaveDuplicates();
    }

    @Test
    void nothingIsPlannedThatTheGroundCannotDo() {
        assertThat(Schedule.generate(1, Set.of(Ability.KILL, Ability.PAUSE), 3, HOUR)
                        .acts())
                .extracting(Schedule.Act::play)
                .contains(Play.KILL_ALL, Play.FREEZE_FOLLOWERS_THEN_KILL_LEADER)
                .doesNotContain(Play.RING, Play.FULL_DISK_OF_LEADER);
        assertThatThrownBy(() -> Schedule.generate(1, Set.of(), 3, HOUR)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyPlayComesOnceBeforeOneComesTwice() {
        int plays = Play.values().length;
        assertThat(Schedule.generate(3, ALL, 3, HOUR).acts().subList(0, plays))
                .extracting(Schedule.Act::play)
                .containsExactlyInAnyOrder(Play.values());
    }

    @Test
    void actsBeginWithinTheTimeAndHaveFaults() {
        for (long seed = 0; seed < 50; seed++) {
            Schedule schedule = Schedule.generate(seed, ALL, 3, 60_000);
            long begins = 0;
            assertThat(schedule.acts()).as("seed %d", seed).isNotEmpty();
            for (Schedule.Act act : schedule.acts()) {
                begins += act.calmMillis();
                assertThat(begins).as("seed %d: %s", seed, schedule).isLessThan(60_000);
                assertThat(act.faults()).allMatch(fault -> fault.forMillis() > 0);
                begins += act.lengthMillis();
            }
        }
    }

    @Test
    void everyNodeOfFiveIsRestartedInItsTurnAndOfTwoNoThirdOne() {
        assertThat(Play.ROLLING_RESTART.plan(new Random(1), 5))
                .extracting(round -> round.get(0).target())
                .containsExactly(Target.node(1), Target.node(2), Target.node(3), Target.node(4), Target.node(5));
        assertThat(Schedule.generate(1, ALL, 2, HOUR).acts().stream()
                        .flatMap(act -> act.faults().stream())
                        .flatMap(fault -> Stream.of(fault.target(), fault.peer()))
                        .filter(target -> target.role() == Target.Role.NODE)
                        .map(Target::number))
                .contains(1, 2)
                .allMatch(number -> number <= 2);
    }

    @Test
    void inARingOfFiveEachHearsAMajorityAndNoTwoTheSameOne() {
        for (int nodes : new int[] {4, 5, 7, 9}) {
            List<Set<Integer>> heard = new ArrayList<>();
            for (int node = 1; node <= nodes; node++) {
                Set<Integer> hears = IntStream.rangeClosed(1, nodes).boxed().collect(Collectors.toSet());
                for (PlannedFault cut : Ring.ofMajorities(nodes, 1_000)) {
                    if (cut.target().number() == node) {
                        hears.remove(cut.peer().number());
                    } else if (cut.peer().number() == node) {
                        hears.remove(cut.target().number());
                    }
                }
                assertThat(hears)
                        .as("node %d of %d", node, nodes)
                        .contains(node)
                        .hasSizeBetween(nodes / 2 + 1, nodes - 1);
                heard.add(hears);
            }
            assertThat(heard).doesNotHaveDuplicates();
        }
    }

    @Test
    void nowAndThenALinkOrAProcessIsOutForLongerThanAReplicaMayLag() {
        for (PlannedFault.Kind kind : List.of(PlannedFault.Kind.PAUSE, PlannedFault.Kind.CUT_BOTH_WAYS)) {
            List<Long> lengths = LongStream.range(0, 20)
                    .mapToObj(seed -> Schedule.generate(seed, ALL, 3, HOUR))
                    .flatMap(schedule -> schedule.acts().stream())
                    .flatMap(act -> act.faults().stream())
                    .filter(fault -> fault.kind() == kind)
                    .map(PlannedFault::forMillis)
                    .toList();
            long lasting = lengths.stream().filter(millis -> millis >= 12_000).count();
            assertThat(lasting)
                    .as("%s of %d", kind, lengths.size())
                    .isBetween(lengths.size() / 20L, lengths.size() / 3L);
        }
    }
}
