/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.ground.Ability;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Set<Ability> ALL = EnumSet.allOf(Ability.class);
    private static final long HOUR = 3_600_000;

    @Test
    void theSameSeedGivesTheSameScheduleAndAnotherSeedAnother() {
        assertThat(Schedule.generate(7, ALL, HOUR)).isEqualTo(Schedule.generate(7, ALL, HOUR));
        assertThat(LongStream.range(0, 20)
                        .mapToObj(seed -> Schedule.generate(seed, ALL, HOUR).acts()))
                .doesNotHaveDuplicates();
    }

    @Test
    void nothingIsPlannedThatTheGroundCannotDo() {
        assertThat(Schedule.generate(1, Set.of(Ability.KILL, Ability.PAUSE), HOUR)
                        .acts())
                .extracting(Schedule.Act::play)
                .contains(Play.KILL_ALL, Play.FREEZE_FOLLOWERS_THEN_KILL_LEADER)
                .doesNotContain(Play.MAJORITY_RING, Play.FULL_DISK_OF_LEADER);
        assertThatThrownBy(() -> Schedule.generate(1, Set.of(), HOUR)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyPlayComesOnceBeforeOneComesTwice() {
        int plays = Play.values().length;
        assertThat(Schedule.generate(3, ALL, HOUR).acts().subList(0, plays))
                .extracting(Schedule.Act::play)
                .containsExactlyInAnyOrder(Play.values());
    }

    @Test
    void actsBeginWithinTheTimeAndHaveFaults() {
        for (long seed = 0; seed < 50; seed++) {
            Schedule schedule = Schedule.generate(seed, ALL, 60_000);
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
}
