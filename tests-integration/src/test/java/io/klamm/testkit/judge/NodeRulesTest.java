/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.LogLine;
import io.klamm.testkit.history.Span;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which errors in the log of a node the faults of a run explain, and when. */
class NodeRulesTest {
    private final CleanRun run = new CleanRun();

    private static final String OFFLINE = "ERROR Segments: log dir /d is offline";

    private void fault(String kind, int node) {
        run.add(new Fault(seconds(10, 20), "nemesis", kind, kind, List.of(node), "bitten"));
    }

    private void line(String text, long from, long to) {
        run.add(new LogLine(seconds(from, to), "node-2", text, 2));
    }

    @Test
    void anErrorOfANodeWhoseDiskIsFullIsExpectedForAMomentAfterwards() {
        fault("FILL_DISK", 2);
        line(OFFLINE, 10, 29);
        assertThat(anomalies()).isEmpty();
        line(OFFLINE, 32, 32);
        assertThat(anomalies()).containsExactly(Anomaly.NODE_FAILED);
    }

    @Test
    void anErrorBeforeTheFaultIsNotExplainedByIt() {
        fault("FILL_DISK", 2);
        line(OFFLINE, 5, 12);
        assertThat(anomalies()).containsExactly(Anomaly.NODE_FAILED);
    }

    @Test
    void anErrorThatGoesOnWhenTheDiskIsWholeIsFound() {
        fault("FILL_DISK", 2);
        line(OFFLINE, 12, 40);
        assertThat(anomalies()).containsExactly(Anomaly.NODE_FAILED);
    }

    @Test
    void theFaultOfAnotherNodeExplainsNothing() {
        fault("FILL_DISK", 1);
        line(OFFLINE, 12, 13);
        assertThat(anomalies()).containsExactly(Anomaly.NODE_FAILED);
    }

    @Test
    void aNodeThatLosesPowerIsDeadBeforeItsDiskIs() {
        fault("POWER_LOSS", 2);
        line(OFFLINE, 12, 13);
        assertThat(anomalies()).containsExactly(Anomaly.NODE_FAILED);
    }

    @Test
    void aNodeWithoutRoomForMetadataMustEnd() {
        fault("FILL_METADATA_DISK", 2);
        line("ERROR Main: The node stops on a fault: the metadata log cannot be written", 12, 12);
        assertThat(anomalies()).isEmpty();
    }

    /** As it was in histories before the entries had their times. */
    @Test
    void anErrorOfUnknownTimeIsExplainedByAnyFaultOfItsNode() {
        fault("FILL_DISK", 2);
        run.add(new LogLine(new Span(0, seconds(0, 60).completedNanos()), "node-2", OFFLINE, 2));
        assertThat(anomalies()).isEmpty();
    }

    private List<Anomaly> anomalies() {
        return run.judged().stream().map(Violation::anomaly).toList();
    }
}
