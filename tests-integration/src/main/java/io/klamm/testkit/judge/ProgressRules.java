/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.history.TopicKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * After the last heal everything goes on: each partition, also one that never did anything, and each group; nothing pauses for long, and no
 * send is given up. A run must last long enough for it: some seconds beyond the heal. Between faults, too, no partition stands still for long.
 */
final class ProgressRules {
    /** All nodes serve and all replicas are in sync: an election takes a tenth of this, and a busy machine is busy for less. */
    private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(30).toNanos();

    private final Findings findings;
    private final long healed;
    private final long ending;

    private ProgressRules(Findings findings, long healed, long ending) {
        this.findings = findings;
        this.healed = healed;
        this.ending = ending;
    }

    static void judge(History history, Findings findings) {
        Milestone whole = history.milestone(Mark.HEALED);
        Milestone ending = history.milestone(Mark.ENDING);
        long healed = whole == null ? lastHeal(history) : whole.span().completedNanos();
        if (healed == Span.NEVER) {
            return;
        }
        ProgressRules rules = new ProgressRules(
                findings, healed, ending == null ? healed : ending.span().invokedNanos());
        rules.everybodyGoesOn(history);
        rules.nothingPausesBetweenFaults(history);
        if (whole != null && history.milestone(Mark.COMPLETE) != null) {
            rules.nothingIsGivenUp(history);
        }
    }

    /** Of what was told; {@link Span#NEVER} when there was no fault, or one that was not healed. */
    private static long lastHeal(History history) {
        return history.of(Fault.class).stream()
                .mapToLong(fault -> fault.span().completedNanos())
                .max()
                .orElse(Span.NEVER);
    }

    private void everybodyGoesOn(History history) {
        Map<String, List<Event>> done = new LinkedHashMap<>();
        for (TopicKind topic : history.of(TopicKind.class)) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                done.put(new TopicPartition(topic.topic(), partition).toString(), new ArrayList<>());
            }
        }
        for (Send send : history.of(Send.class)) {
            List<Event> of = done.computeIfAbsent(send.partition().toString(), key -> new ArrayList<>());
            if (send.acknowledged()) {
                of.add(send);
            }
        }
        for (Ownership owner : history.of(Ownership.class)) {
            done.computeIfAbsent("group " + owner.group(), key -> new ArrayList<>());
        }
        for (Commit commit : history.of(Commit.class)) {
            List<Event> of = done.computeIfAbsent("group " + commit.group(), key -> new ArrayList<>());
            if (commit.outcome() == Outcome.OK) {
                of.add(commit);
            }
        }
        done.forEach(this::goesOn);
    }

    private void nothingPausesBetweenFaults(History history) {
        Map<TopicPartition, List<Send>> acknowledged = new LinkedHashMap<>();
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged()) {
                acknowledged
                        .computeIfAbsent(send.partition(), partition -> new ArrayList<>())
                        .add(send);
            }
        }
        acknowledged
                .values()
                .forEach(sends ->
                        sends.sort(Comparator.comparingLong(send -> send.span().completedNanos())));
        for (Span calm : calm(history.of(Fault.class))) {
            acknowledged.forEach((partition, sends) -> {
                if (sends.get(0).span().completedNanos() < calm.invokedNanos()) {
                    pausesIn(calm, partition.toString(), sends);
                }
            });
        }
    }

    /** From the end of all faults that were there at a time to the beginning of the next one, up to the last heal. */
    private List<Span> calm(List<Fault> faults) {
        List<Span> calm = new ArrayList<>();
        long until = Span.NEVER;
        for (Fault fault : faults) {
            long begun = fault.span().invokedNanos();
            if (until != Span.NEVER && begun - until > LONGEST_PAUSE_NANOS) {
                calm.add(new Span(until, begun));
            }
            until = until == Span.NEVER
                    ? fault.span().completedNanos()
                    : Math.max(until, fault.span().completedNanos());
        }
        if (until != Span.NEVER && healed - until > LONGEST_PAUSE_NANOS) {
            calm.add(new Span(until, healed));
        }
        return calm;
    }

    private void pausesIn(Span calm, String where, List<Send> sends) {
        Event before = null;
        long last = calm.invokedNanos();
        for (Send send : sends) {
            long at = send.span().completedNanos();
            if (at > calm.completedNanos()) {
                break;
            }
            if (at > last) {
                pauseBetweenFaults(where, last, at, before, send);
                last = at;
            }
            before = send;
        }
        pauseBetweenFaults(where, last, calm.completedNanos(), before, null);
    }

    private void goesOn(String where, List<Event> done) {
        List<Event> byEnd = new ArrayList<>(done);
        byEnd.sort((one, other) ->
                Long.compare(one.span().completedNanos(), other.span().completedNanos()));
        Event before = null;
        long last = healed;
        for (Event event : byEnd) {
            long at = event.span().completedNanos();
            if (at > healed && at <= ending) {
                pause(where, last, at, before, event);
            }
            last = Math.max(last, at);
            before = event;
        }
        if (last == healed) {
            stuck(where, "nothing was done any more after the last heal", before, null);
        } else {
            pause(where, last, ending, before, null);
        }
    }

    private void pause(String where, long from, long to, @Nullable Event before, @Nullable Event after) {
        pause(where, from, to, "after the last heal", before, after);
    }

    private void pauseBetweenFaults(String where, long from, long to, @Nullable Event before, @Nullable Event after) {
        pause(where, from, to, "though everything was healed", before, after);
    }

    private void pause(String where, long from, long to, String when, @Nullable Event before, @Nullable Event after) {
        if (to - from > LONGEST_PAUSE_NANOS) {
            stuck(
                    where,
                    "nothing was done for " + Duration.ofNanos(to - from).toSeconds() + " s " + when,
                    before,
                    after);
        }
    }

    private void stuck(String where, String what, @Nullable Event before, @Nullable Event after) {
        List<Event> events = new ArrayList<>();
        if (before != null) {
            events.add(before);
        }
        if (after != null) {
            events.add(after);
        }
        findings.add(Anomaly.STUCK, where, what, events.toArray(Event[]::new));
    }

    /** A producer repeats for two minutes, and its end waits for all it has sent. */
    private void nothingIsGivenUp(History history) {
        Map<TopicPartition, List<Send>> givenUp = new LinkedHashMap<>();
        for (Send send : history.of(Send.class)) {
            long begun = send.span().invokedNanos();
            if (send.outcome() == Outcome.UNKNOWN && begun > healed && begun < ending) {
                givenUp.computeIfAbsent(send.partition(), partition -> new ArrayList<>())
                        .add(send);
            }
        }
        givenUp.forEach((partition, sends) -> stuck(
                partition.toString(),
                sends.size() + " sends that began after the last heal were given up",
                sends.get(0),
                sends.size() == 1 ? null : sends.get(sends.size() - 1)));
    }
}
