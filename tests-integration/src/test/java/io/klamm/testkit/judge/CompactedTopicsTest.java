/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.REGISTERS;
import static io.klamm.testkit.judge.CleanRun.record;
import static io.klamm.testkit.judge.CleanRun.register;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import io.klamm.testkit.history.Send;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What compaction may take away, and what those have seen who read before. */
class CompactedTopicsTest {
    private final CleanRun run = new CleanRun();

    private void poll(int from, ReadRecord... records) {
        run.add(new Poll(seconds(14, 15), "consumer-0", 0, REGISTERS, from, List.of(records)));
    }

    private static ReplicaLog replica(String node, StoredRecord... records) {
        return new ReplicaLog(seconds(32, 33), node, REGISTERS, RECORDS, List.of(), List.of(records), null);
    }

    private void deleted() {
        run.remove(event -> event instanceof ReplicaLog log && log.partition().equals(REGISTERS));
        run.add(replica(
                "node-1",
                new StoredRecord(RECORDS - 3, "odd", "o", false),
                new StoredRecord(RECORDS - 2, "odd", "t", true)));
        run.add(replica("node-2", new StoredRecord(RECORDS - 2, "odd", "t", true)));
    }

    @Test
    void aReplicaWithoutATombstoneThatHasWhatItDeletedIsFound() {
        deleted();
        assertThat(anomalies()).isEmpty();
        run.add(replica("node-3", new StoredRecord(RECORDS - 3, "odd", "o", false)));
        assertThat(anomalies()).containsExactly(Anomaly.REPLICAS_DIFFER);
    }

    @Test
    void aClockThatJumpsMayMakeATombstoneOld() {
        deleted();
        run.add(replica("node-3", new StoredRecord(RECORDS - 3, "odd", "o", false)));
        run.add(new Fault(seconds(2, 3), "nemesis", "ALL_CLOCKS_A_DAY_AHEAD", "JUMP_CLOCK", List.of(1), "86400 s"));
        assertThat(anomalies()).isEmpty();
    }

    @Test
    void whatWasPolledAtTwoOffsetsIsFoundThoughItIsCompactedAway() {
        poll(2, record(REGISTERS, 2, 2));
        assertThat(anomalies()).isEmpty();
        poll(3, record(REGISTERS, 3, 2));
        assertThat(anomalies()).containsExactly(Anomaly.DUPLICATE);
    }

    @Test
    void whatWasPolledInAnotherOrderThanItWasSentInIsFound() {
        run.add(register(20, Send.NO_OFFSET)).add(register(21, Send.NO_OFFSET));
        poll(20, record(REGISTERS, 20, 21), record(REGISTERS, 21, 20));
        assertThat(anomalies()).containsExactly(Anomaly.REORDERED);
    }

    @Test
    void whatWasPolledElsewhereThanItWasAcknowledgedIsFound() {
        poll(6, record(REGISTERS, 6, 5));
        assertThat(anomalies()).containsExactly(Anomaly.MOVED);
    }

    private List<Anomaly> anomalies() {
        return run.judged().stream().map(Violation::anomaly).toList();
    }
}
