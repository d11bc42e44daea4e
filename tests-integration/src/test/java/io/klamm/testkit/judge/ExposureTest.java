/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.WEAK;
import static io.klamm.testkit.judge.CleanRun.record;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static io.klamm.testkit.judge.CleanRun.send;
import static io.klamm.testkit.judge.CleanRun.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Send;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When what the leader alone has acknowledged may be lost, and when not. */
class ExposureTest {
    private final CleanRun run = new CleanRun();

    @Test
    void whatTheLeaderAloneAcknowledgedMayBeLostAroundAChangeOfItsLeaderOnly() {
        run.add(new Leadership(seconds(1, 1), "watcher", WEAK, 1, 4));
        run.add(new Leadership(seconds(9, 9), "watcher", WEAK, 2, 5));
        run.add(send(WEAK, RECORDS, RECORDS, Acks.LEADER));
        run.add(send(WEAK, RECORDS + 1, Send.NO_OFFSET, Acks.NONE));
        assertThat(losses()).isEmpty();

        run.add(send(WEAK, 500, 500, Acks.LEADER)).add(send(WEAK, 501, Send.NO_OFFSET, Acks.NONE));
        assertThat(losses()).hasSize(2);
    }

    /** The node was killed, and led another partition. */
    @Test
    void aFaultThatLeavesTheLeaderInOfficeExcusesNoLoss() {
        run.add(new Leadership(seconds(1, 1), "watcher", WEAK, 3, 4));
        run.add(send(WEAK, RECORDS, RECORDS, Acks.LEADER));
        assertThat(losses()).hasSize(1);
    }

    @Test
    void aLeaderThatHasNotHeardOfTheNextOneAcknowledgesInVain() {
        run.add(new Leadership(seconds(1, 1), "watch-of-node-3", WEAK, 3, 4));
        run.add(new Leadership(seconds(9, 9), "watch-of-node-2", WEAK, 2, 5));
        run.add(send(WEAK, 40, 500, Acks.LEADER));
        assertThat(losses()).hasSize(1);
        run.add(new Leadership(seconds(42, 42), "watch-of-node-3", WEAK, 2, 5));
        assertThat(losses()).isEmpty();
        run.add(new Fault(seconds(8, 41), "nemesis", "ANY", "KILL", List.of(3), "code 137"));
        assertThat(losses()).as("it was dead, and acknowledged nothing").hasSize(1);
    }

    @Test
    void aReplicaThatIsHeldUpMayBeBehindForLonger() {
        run.add(new Leadership(seconds(1, 1), "watcher", WEAK, 1, 4));
        run.add(new Leadership(seconds(60, 60), "watcher", WEAK, 2, 5));
        run.add(send(WEAK, 45, 500, Acks.LEADER));
        run.add(send(WEAK, 59, 13, Acks.LEADER)).contents(WEAK, with(record(WEAK, RECORDS, 59)));
        run.add(new Fault(seconds(44, 58), "nemesis", "ANY", "JUMP_CLOCK", List.of(2), "off"));
        assertThat(losses()).hasSize(1);
        run.add(new Fault(seconds(44, 61), "nemesis", "ANY", "PAUSE", List.of(2), "state T"));
        assertThat(losses()).isEmpty();
    }

    /** Bytes are taken by the system of the client, though nobody reads them any more. */
    @Test
    void whoAsksForNoAnswerHearsOfNoFailureUntilTheNextLeader() {
        run.add(new Leadership(seconds(1, 1), "watcher", WEAK, 3, 4));
        run.add(new Leadership(seconds(60, 60), "watcher", WEAK, 2, 5));
        run.add(send(WEAK, 40, Send.NO_OFFSET, Acks.NONE));
        run.add(send(WEAK, 59, Send.NO_OFFSET, Acks.NONE)).contents(WEAK, with(record(WEAK, RECORDS, 59)));
        assertThat(losses()).hasSize(1);
        run.add(new Fault(seconds(41, 55), "nemesis", "ANY", "KILL", List.of(1), "of another node"));
        assertThat(losses()).hasSize(1);
        run.add(new Fault(seconds(41, 55), "nemesis", "ANY", "KILL", List.of(3), "code 137"));
        assertThat(losses()).isEmpty();
    }

    private List<Anomaly> losses() {
        return run.judged().stream()
                .map(Violation::anomaly)
                .filter(Anomaly.LOST::equals)
                .toList();
    }
}
