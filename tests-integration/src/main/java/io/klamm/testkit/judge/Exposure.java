/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    private final Map<TopicPartition, List<Span>> exposed = new HashMap<>();

    Exposure(History history) {
        this.history = history;
        Map<TopicPartition, TreeMap<Integer, Span>> epochs = new HashMap<>();
        for (Leadership seen : history.of(Leadership.class)) {
            if (seen.leader() != Leadership.NONE) {
                long at = seen.span().completedNanos();
                epochs.computeIfAbsent(seen.partition(), partition -> new TreeMap<>())
                        .merge(seen.leaderEpoch(), new Span(at, at), Exposure::both);
            }
        }
        epochs.forEach((partition, told) -> {
            List<Span> spans = new ArrayList<>();
            // With the first one nobody was deposed.
            told.tailMap(told.firstKey(), false).values().forEach(change -> spans.add(exposed(partition, change)));
            exposed.put(partition, spans);
        });
    }

    private static Span both(Span one, Span other) {
        return new Span(
                Math.min(one.invokedNanos(), other.invokedNanos()),
                Math.max(one.completedNanos(), other.completedNanos()));
    }

    /** @param change from when the first one told of the new leader to when the last one did */
    private Span exposed(TopicPartition partition, Span change) {
        long from = change.invokedNanos();
        // When nobody served for a while, what counts is when the old leader served last.
        long last = Long.MIN_VALUE;
        for (Send send : history.of(Send.class)) {
            long at = send.span().completedNanos();
            if (send.acknowledged() && send.partition().equals(partition) && at <= change.invokedNanos()) {
                last = Math.max(last, at);
            }
        }
        from = last == Long.MIN_VALUE ? from : last;
        long start = from - BEHIND_NANOS;
        for (Fault fault : history.faultsNear(new Span(from, change.completedNanos()), 0)) {
            if (!HARMLESS.contains(fault.kind())) {
                start = Math.min(start, Math.max(fault.span().invokedNanos(), from - HELD_UP_NANOS) - BEHIND_NANOS);
            }
        }
        return new Span(start, change.completedNanos() + BEHIND_NANOS);
    }

    /** Whether what was acknowledged to this send may be lost. */
    boolean excuses(Send send) {
        return exposed.getOrDefault(send.partition(), List.of()).stream().anyMatch(span -> span.near(send.span(), 0));
    }
}
