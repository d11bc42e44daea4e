/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.PLAIN;
import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.WEAK;
import static io.klamm.testkit.judge.CleanRun.record;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static io.klamm.testkit.judge.CleanRun.send;
import static io.klamm.testkit.judge.CleanRun.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Log start, last stable offset and high watermark: none goes back, and both ends follow what is written. */
class BoundsRulesTest {
    private final CleanRun run = new CleanRun();

    private CleanRun see(TopicPartition partition, int second, long logStart, long lastStable, long highWatermark) {
        return run.add(
                new Bounds(seconds(second, second), "watcher", partition, 6, logStart, highWatermark, lastStable));
    }

    @Test
    void aLogStartThatGoesBackIsFound() {
        see(PLAIN, 14, 3, RECORDS, RECORDS);
        assertThat(anomalies()).isEmpty();
        see(PLAIN, 15, 2, RECORDS, RECORDS);
        assertThat(anomalies()).containsExactly(Anomaly.BOUNDS_WENT_BACK);
    }

    @Test
    void aLastStableOffsetThatGoesBackIsFound() {
        see(PLAIN, 14, 0, RECORDS + 2, RECORDS + 2);
        assertThat(anomalies()).isEmpty();
        see(PLAIN, 15, 0, RECORDS + 1, RECORDS + 2);
        assertThat(anomalies()).containsExactly(Anomaly.BOUNDS_WENT_BACK);
    }

    @Test
    void aHighWatermarkThatGoesBackIsFound() {
        see(PLAIN, 14, 0, RECORDS, RECORDS + 2);
        assertThat(anomalies()).isEmpty();
        see(PLAIN, 15, 0, RECORDS, RECORDS + 1);
        assertThat(anomalies()).containsExactly(Anomaly.BOUNDS_WENT_BACK);
    }

    @Test
    void aLastStableOffsetBelowAnAcknowledgedRecordIsFound() {
        run.remove(CleanRun::boundsOfPlain);
        see(PLAIN, 14, 0, RECORDS - 1, RECORDS);
        assertThat(anomalies()).containsExactly(Anomaly.BOUNDS_BELOW_ACKNOWLEDGED);
    }

    /** The topic with acks=1: what is acknowledged there promises no offset. */
    private void goOn() {
        run.remove(event -> event instanceof Milestone milestone && milestone.mark() == Mark.ENDING);
        run.add(new Milestone(seconds(25, 25), "run", Mark.ENDING));
        run.add(send(WEAK, 14, RECORDS, Acks.LEADER)).contents(WEAK, with(record(WEAK, RECORDS, 14)));
        see(WEAK, 10, 0, RECORDS, RECORDS);
    }

    @Test
    void endsThatFollowAreNotStuck() {
        goOn();
        see(WEAK, 16, 0, RECORDS, RECORDS);
        see(WEAK, 20, 0, RECORDS + 1, RECORDS + 1);
        see(WEAK, 24, 0, RECORDS + 1, RECORDS + 1);
        assertThat(anomalies()).isEmpty();
    }

    @Test
    void aLastStableOffsetThatStaysAfterTheLastHealIsFound() {
        goOn();
        see(WEAK, 20, 0, RECORDS, RECORDS + 1);
        assertThat(run.judged()).singleElement().satisfies(found -> {
            assertThat(found.anomaly()).isEqualTo(Anomaly.STUCK);
            assertThat(found.message()).startsWith("last stable offset stays at 12");
        });
    }

    @Test
    void aHighWatermarkThatStaysAfterTheLastHealIsFound() {
        goOn();
        see(WEAK, 20, 0, RECORDS, RECORDS);
        assertThat(run.judged())
                .extracting(Violation::anomaly, Violation::message)
                .anySatisfy(
                        found -> assertThat(found.toList().toString()).contains("STUCK, high watermark stays at 12"));
    }

    private List<Anomaly> anomalies() {
        return run.judged().stream().map(Violation::anomaly).toList();
    }
}
