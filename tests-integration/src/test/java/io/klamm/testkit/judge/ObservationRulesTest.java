/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.REGISTERS;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a run that came to its end must have seen. */
class ObservationRulesTest {
    private final CleanRun run = new CleanRun();

    private void deletion(int second, Outcome outcome) {
        run.add(new TopicChange(seconds(second, second + 1), "burst", "burst-" + second, Change.DELETE, 0, outcome));
    }

    @Test
    void aKindOfChangeThatIsNeverDoneIsFound() {
        for (int second = 14; second < 18; second++) {
            deletion(second, Outcome.UNKNOWN);
        }
        assertThat(anomalies()).isEmpty();
        deletion(18, Outcome.UNKNOWN);
        assertThat(anomalies()).containsExactly(Anomaly.UNOBSERVED);
        deletion(19, Outcome.OK);
        assertThat(anomalies()).isEmpty();
    }

    @Test
    void aTopicWhoseBoundsNobodySawIsFoundThoughThoseOfOthersWereSeen() {
        run.remove(event -> event instanceof Bounds seen && seen.partition().equals(REGISTERS));
        assertThat(anomalies()).containsExactly(Anomaly.UNOBSERVED);
    }

    @Test
    void aTopicWhoseLeadersNobodySawIsFoundThoughThoseOfOthersWereSeen() {
        run.remove(event -> event instanceof Leadership seen && seen.partition().equals(REGISTERS));
        assertThat(anomalies()).containsExactly(Anomaly.UNOBSERVED);
    }

    private List<Anomaly> anomalies() {
        return run.judged().stream().map(Violation::anomaly).toList();
    }
}
