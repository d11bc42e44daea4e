/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ServiceRulesTest {
    private static final TopicPartition CALM = new TopicPartition("calm", 0);
    private static final int RUN_SECONDS = 120;

    private final List<Event> events = new ArrayList<>();

    private static Span span(long fromSeconds, long toSeconds) {
        return new Span(TimeUnit.SECONDS.toNanos(fromSeconds), TimeUnit.SECONDS.toNanos(toSeconds));
    }

    private void send(long fromSeconds, long toSeconds) {
        events.add(new Send(
                span(fromSeconds, toSeconds),
                "producer",
                CALM,
                new Send.Payload(fromSeconds, null, "v" + fromSeconds),
                Acks.ALL_IDEMPOTENT,
                Outcome.OK,
                fromSeconds));
    }

    private void poll(long second) {
        events.add(new Poll(span(second, second), "consumer", 0, CALM, second, List.of()));
    }

    private void commit(long second, Outcome outcome) {
        events.add(new Commit(span(second, second), "member", "group", 1, CALM, second, outcome));
    }

    private List<String> findings() {
        Verdict verdict = new Verdict();
        ServiceRules.judge(new History(events), 0, TimeUnit.SECONDS.toNanos(RUN_SECONDS), verdict);
        return verdict.findings();
    }

    /** Everybody does something every few seconds, until a moment. */
    private void calmUntil(long sends, long polls, long commits) {
        for (long second = 0; second < RUN_SECONDS; second += 5) {
            if (second <= sends) {
                send(second, second + 1);
            }
            if (second <= polls) {
                poll(second);
            }
            commit(second, second <= commits ? Outcome.OK : Outcome.FAIL);
        }
    }

    @Test
    void whoIsServedAllTheTimeIsNoFinding() {
        calmUntil(RUN_SECONDS, RUN_SECONDS, RUN_SECONDS);
        assertThat(findings()).isEmpty();
    }

    @Test
    void aSlowSendIsFoundThoughOthersAreServed() {
        calmUntil(RUN_SECONDS, RUN_SECONDS, RUN_SECONDS);
        send(10, 45);
        assertThat(findings()).singleElement().asString().contains("after 35000 ms");
    }

    @Test
    void aSendThatIsNeverAcknowledgedIsFound() {
        calmUntil(RUN_SECONDS, RUN_SECONDS, RUN_SECONDS);
        events.add(new Send(
                new Span(1, Span.NEVER),
                "producer",
                CALM,
                new Send.Payload(1_000, null, "starved"),
                Acks.ALL_IDEMPOTENT,
                Outcome.UNKNOWN,
                Send.NO_OFFSET));
        assertThat(findings())
                .singleElement()
                .asString()
                .contains("1 sends were never")
                .contains("starved");
    }

    @Test
    void aPartitionThatStopsIsFound() {
        calmUntil(60, RUN_SECONDS, RUN_SECONDS);
        assertThat(findings()).singleElement().asString().contains("acknowledgements of calm-0");
    }

    @Test
    void aConsumerThatStopsIsFound() {
        calmUntil(RUN_SECONDS, 50, RUN_SECONDS);
        assertThat(findings()).singleElement().asString().contains("records read from calm");
    }

    @Test
    void aGroupThatNeverCommitsIsFound() {
        calmUntil(RUN_SECONDS, RUN_SECONDS, -1);
        assertThat(findings()).singleElement().asString().contains("commits of group");
    }
}
