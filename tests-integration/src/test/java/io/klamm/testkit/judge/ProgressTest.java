/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.PLAIN;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What stands still between faults. */
class ProgressTest {
    private final CleanRun run = new CleanRun();

    private void faults(long until, long next) {
        run.remove(Milestone.class::isInstance);
        run.add(new Fault(seconds(10, until), "nemesis", "ANY", "PAUSE", List.of(2), "state T"));
        run.add(new Fault(seconds(next, next + 1), "nemesis", "ANY", "PAUSE", List.of(2), "state T"));
        run.add(new Milestone(seconds(next + 2, next + 2), "run", Mark.HEALED));
        run.add(new Milestone(seconds(next + 2, next + 2), "run", Mark.ENDING));
    }

    @Test
    void aPartitionThatStandsStillForLongThoughEverythingWasHealedIsStuck() {
        faults(14, 50);
        assertThat(run.judged())
                .extracting(Violation::anomaly, Violation::where, Violation::message)
                .contains(tuple(
                        Anomaly.STUCK, PLAIN.toString(), "nothing was done for 36 s though everything was healed"));
    }

    @Test
    void whileAFaultIsThereAPartitionMayStandStill() {
        faults(49, 50);
        assertThat(run.judged()).noneMatch(violation -> violation.message().contains("though everything was healed"));
    }
}
