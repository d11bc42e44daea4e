/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.PLAIN;
import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.WEAK;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static io.klamm.testkit.judge.CleanRun.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client may be told when something is not done. */
class ErrorRulesTest {
    private final CleanRun run = new CleanRun();

    /** Before the last heal, as nobody gives up afterwards. */
    private void sent(String error) {
        Send send = send(WEAK, 2, Send.NO_OFFSET, Acks.LEADER, Outcome.UNKNOWN);
        run.add(new Send(
                send.span(),
                "producer-7",
                WEAK,
                new Send.Payload(0, null, "of-another"),
                Acks.LEADER,
                Outcome.UNKNOWN,
                Send.NO_OFFSET,
                error));
    }

    private void committed(String error) {
        run.add(new Commit(seconds(11, 12), "member-1", "group", 2, PLAIN, RECORDS, Outcome.UNKNOWN, error));
    }

    private void changed(long second, String error) {
        run.add(new TopicChange(
                seconds(second, second + 1), "burst", "burst-" + second, Change.DELETE, 0, Outcome.UNKNOWN, error));
    }

    @Test
    void whoWaitedInVainOrIsNoMemberAnyMoreIsToldSo() {
        sent("TimeoutException: Expiring 3 record(s)");
        sent("KafkaException: Producer is closed forcefully.");
        committed("CommitFailedException: no member any more");
        committed("TimeoutException: why");
        changed(3, "UnknownTopicOrPartitionException: none");
        changed(4, "DisconnectException: null");
        assertThat(anomalies()).isEmpty();
    }

    @Test
    void whatNoFaultExplainsIsFoundOnceForEachError() {
        sent("OutOfOrderSequenceException: why");
        sent("OutOfOrderSequenceException: again");
        sent("InvalidProducerEpochException: why");
        committed("UnknownTopicOrPartitionException: of a commit");
        committed("KafkaException: Unexpected error in commit");
        changed(5, "UnknownServerException: why");
        assertThat(anomalies()).hasSize(5).containsOnly(Anomaly.STRANGE_ERROR);
    }

    @Test
    void brokersAreTooFewAroundAFaultOnly() {
        changed(8, "InvalidReplicationFactorException: 2 brokers");
        assertThat(anomalies()).isEmpty();
        changed(40, "InvalidReplicationFactorException: 2 brokers");
        assertThat(anomalies()).containsExactly(Anomaly.STRANGE_ERROR);
    }

    private List<Anomaly> anomalies() {
        return run.judged().stream().map(Violation::anomaly).toList();
    }
}
