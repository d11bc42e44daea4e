/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/**
 * When a record that its leader alone has acknowledged may be lost: around a change of the partition's leader, and at no other time. It may
 * be acknowledged some time before, as far as the other replicas were behind; or after, by a leader that has not heard of it.
 */
final class Exposure {
    /** Replicas that nothing holds up are behind by less than this. */
    private static final long BEHIND_NANOS = Duration.ofSeconds(5).toNanos();

    /** A replica that is held up stays in sync for so long (the default of replica.lag.time.max.ms). */
    private static final long HELD_UP_NANOS = Duration.ofSeconds(30).toNanos();

    /** Faults that hold no replica up. */
    private static final Set<String> HARMLESS =
            Set.of("JUMP_CLOCK", "CREATE_TOPICS", "DROP_REPLICA", "ADD_REPLICA", "ADD_REPLICA_IN_VAIN");

    private final History history;
    /** When each partition acknowledged something. */
    private final Map<TopicPartition, NavigableSet<Long>> acknowledged = new HashMap<>();

    private final Map<TopicPartition, List<Span>> exposed = new HashMap<>();

    Exposure(History history) {
        this.history = history;
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged()) {
                acknowledged
                        .computeIfAbsent(send.partition(), partition -> new TreeSet<>())
                        .add(send.span().completedNanos());
            }
        }
        Map<TopicPartition, TreeMap<Integer, Reign>> epochs = new HashMap<>();
        for (Leadership seen : history.of(Leadership.class)) {
            if (seen.leader() != Leadership.NONE) {
                long at = seen.span().completedNanos();
                epochs.computeIfAbsent(seen.partition(), partition -> new TreeMap<>())
                        .merge(seen.leaderEpoch(), new Reign(seen.leader(), new Span(at, at)), Reign::with);
            }
        }
        epochs.forEach((partition, reigns) -> {
            List<Span> spans = new ArrayList<>();
            Reign old = null;
            for (Reign reign : reigns.values()) {
                // With the first one nobody was deposed.
                if (old != null) {
                    spans.add(exposed(partition, old, reign.told()));
                }
                old = reign;
            }
            exposed.put(partition, spans);
        });
    }

    /**
     * A leader epoch.
     *
     * @param told from when the first one told of it to when the last one did
     */
    private record Reign(int leader, Span told) {
        Reign with(Reign other) {
            return new Reign(
                    leader,
                    new Span(
                            Math.min(told.invokedNanos(), other.told.invokedNanos()),
                            Math.max(told.completedNanos(), other.told.completedNanos())));
        }
    }

    private Span exposed(TopicPartition partition, Reign old, Span change) {
        // When nobody served for a while, what counts is when the old leader served last.
        Long last = acknowledged
                .getOrDefault(partition, Collections.emptyNavigableSet())
                .floor(change.invokedNanos());
        long from = last == null ? change.invokedNanos() : last;
        long start = from - BEHIND_NANOS;
        long fall = from;
        for (Fault fault : history.of(Fault.class)) {
            if (HARMLESS.contains(fault.kind())) {
                continue;
            }
            long began = fault.span().invokedNanos();
            if (fault.span().near(new Span(from, change.completedNanos()), 0)) {
                start = Math.min(start, Math.max(began, from - HELD_UP_NANOS) - BEHIND_NANOS);
            }
            if (fault.nodes().contains(old.leader())
                    && began >= old.told().invokedNanos()
                    && began <= change.invokedNanos()) {
                fall = began; // the last one counts: it survived those before
            }
        }
        // Who asks for no answer is told of success as long as the system takes the bytes, by whomever they will be read.
        return new Span(
                Math.min(start, fall - BEHIND_NANOS),
                change.completedNanos() + BEHIND_NANOS);
    }

    /** Whether what was acknowledged to this send may be lost. */
    boolean excuses(Send send) {
        return exposed.getOrDefault(send.partition(), List.of()).stream().anyMatch(span -> span.near(send.span(), 0));
    }
}
