/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.judge.Anomaly;
import io.klamm.testkit.judge.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of a minute: two partitions; the first pauses for two seconds when its leader is killed. */
class HtmlReportTest {
    private static final TopicPartition CALM = new TopicPartition("orders", 0);
    private static final TopicPartition HIT = new TopicPartition("orders", 1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private static Span millis(long from, long to) {
        return new Span(Duration.ofMillis(from).toNanos(), Duration.ofMillis(to).toNanos());
    }

    private static Send send(TopicPartition partition, long atMillis, Outcome outcome) {
        return new Send(
                millis(atMillis, atMillis + 5),
                "producer-0",
                partition,
                new Send.Payload(atMillis, null, "v" + atMillis),
                Acks.ALL_IDEMPOTENT,
                outcome,
                atMillis);
    }

    private static Fault fault(long from, long to) {
        return new Fault(millis(from, to), "nemesis", "KILL_ALL", "KILL", List.of(1), "exit 137");
    }

    private static List<Event> run() {
        List<Event> events = new ArrayList<>();
        for (long at = 0; at < 60_000; at += 50) {
            events.add(send(CALM, at, Outcome.OK));
            boolean pause = at >= 20_000 && at < 22_000;
            if (!pause || at % 500 == 0) {
                events.add(send(HIT, at, pause ? Outcome.UNKNOWN : Outcome.OK));
            }
        }
        events.add(new Leadership(millis(0, 0), "watch", HIT, 1, 0));
        events.add(new Leadership(millis(21_800, 21_800), "watch", HIT, 2, 1));
        events.add(new Fault(
                millis(20_000, 27_000), "nemesis", "KILL_PARTITION_LEADER", "KILL", List.of(1), "exit <137>"));
        events.add(new Fault(millis(40_000, 44_000), "nemesis", "FREEZE", "PAUSE", List.of(2, 3), "state T"));
        return events;
    }

    @Test
    void theTimeLineHasTheGapsAndTheLeaders() {
        TimeLine line = new TimeLine(new History(run()));
        assertThat(line.gaps().get(CALM)).isEmpty();
        assertThat(line.gaps().get(HIT)).singleElement().satisfies(gap -> {
            assertThat(Duration.ofNanos(gap.fromNanos())).isEqualTo(Duration.ofMillis(19_955));
            assertThat(Duration.ofNanos(gap.nanos())).isEqualTo(Duration.ofMillis(2_050));
        });
        assertThat(line.reigns(HIT))
                .extracting(TimeLine.Reign::leader, reign -> Duration.ofNanos(reign.toNanos()))
                .containsExactly(tuple(1, Duration.ofMillis(21_800)), tuple(2, Duration.ofMillis(59_955)));
        assertThat(Duration.ofNanos(line.longestPause(fault(20_000, 27_000)))).isEqualTo(Duration.ofMillis(2_050));
        assertThat(line.longestPause(fault(40_000, 44_000))).isZero();
        assertThat(line.rates(60).get(10)).isEqualTo(new TimeLine.Rate(40, 0));
        assertThat(line.rates(60).get(21).failed()).isEqualTo(2);
    }

    @Test
    void aPauseIsOfTheFaultInWhoseTimeItLiesAndNotOfTheOneBefore() {
        List<Event> events = run();
        events.add(fault(15_000, 16_000));
        assertThat(new TimeLine(new History(events)).longestPause(fault(15_000, 16_000)))
                .as("it began at 19.955 s, and the next fault at 20 s is to blame")
                .isZero();
    }

    @Test
    void aPauseThatBeginsAfterAFaultIsItsOwnUntilTheNextOne() {
        List<Event> events = run();
        events.removeIf(Fault.class::isInstance);
        events.add(fault(15_000, 16_000));
        events.add(fault(20_600, 22_000));
        TimeLine line = new TimeLine(new History(events));
        assertThat(Duration.ofNanos(line.longestPause(fault(15_000, 16_000)))).isEqualTo(Duration.ofMillis(2_050));
        events.add(fault(17_000, 18_000));
        line = new TimeLine(new History(events));
        assertThat(line.longestPause(fault(15_000, 16_000))).isZero();
        assertThat(Duration.ofNanos(line.longestPause(fault(17_000, 18_000)))).isEqualTo(Duration.ofMillis(2_050));
    }

    @Test
    void aPartitionThatAcknowledgesNothingAnyMoreOrNeverDidHasAGapToItsLastSend() {
        List<Event> events = new ArrayList<>();
        for (long at = 0; at < 10_000; at += 50) {
            events.add(send(HIT, at, at < 4_000 ? Outcome.OK : Outcome.UNKNOWN));
            events.add(send(CALM, at, Outcome.UNKNOWN));
        }
        TimeLine line = new TimeLine(new History(events));
        assertThat(line.gaps().get(HIT)).singleElement().satisfies(gap -> {
            assertThat(Duration.ofNanos(gap.fromNanos())).isBetween(Duration.ofMillis(3_950), Duration.ofMillis(4_000));
            assertThat(Duration.ofNanos(gap.toNanos())).isEqualTo(Duration.ofMillis(9_950));
        });
        assertThat(line.gaps().get(CALM)).singleElement().satisfies(gap -> assertThat(gap.nanos())
                .isEqualTo(Duration.ofMillis(9_950).toNanos()));
    }

    @Test
    void aRunThatEndedEarlyHasKeptNoPromise() {
        String page = HtmlReport.render("empty", new History(List.of()), List.of(), "no <progress>");
        assertThat(page).contains("<h1>Ended early</h1>", "no &lt;progress&gt;").doesNotContain("All promises held");
    }

    @Test
    void thePageNamesWhatCountsAndNeedsNothingFromOutside() throws IOException {
        Path file = directory.resolve("report.html");
        Violation lost = new Violation(
                Anomaly.LOST, "orders-1", "v<19950> is gone", List.of(send(HIT, 19_950, Outcome.OK)), List.of());
        HtmlReport.write(file, "seed 42 on loopback", new History(run()), List.of(lost));
        String page = Files.readString(file);
        assertThat(page)
                .contains("1 broken promise", "seed 42 on loopback", "v&lt;19950&gt; is gone", "exit &lt;137&gt;")
                .contains("node 2 leads in epoch 1", "no acknowledgement for 2.05 s", "class=\"violation\"")
                .doesNotContain("http", "<script", "<link", "<137>");
        assertThat(page.indexOf("<h2>Violations")).isLessThan(page.indexOf("<h2>Time line"));
    }

    @Test
    void aRunWithoutViolationsAndWithoutAnythingIsAPageToo() {
        assertThat(HtmlReport.render("empty", new History(List.of()), List.of(), null))
                .contains("All promises held");
    }
}
