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
import org.jspecify.annotations.Nullable;

/**
 * When a record that its leader alone has acknowledged may be lost: around a change of the partition's leader, and at no other time. It may
 * be acknowledged some time before, as far as the other replicas were behind; or after, by a leader that has not heard of it.
 */
final class Exposure {
    /** Replicas that nothing holds up are behind by less than this. */
    private static final long BEHIND_NANOS = Duration.ofSeconds(5).toNanos();

    /** A replica that is held up stays in sync for so long: replica.lag.time.max.ms of the runs, and what the ISR takes to shrink. */
    private static final long HELD_UP_NANOS = Duration.ofSeconds(10).toNanos();

    /** Faults that hold no replica up. */
    private static final Set<String> HARMLESS =
            Set.of("JUMP_CLOCK", "CREATE_TOPICS", "DROP_REPLICA", "ADD_REPLICA", "ADD_REPLICA_IN_VAIN");

    /** Faults that end a node. */
    private static final Set<String> DEADLY = Set.of("KILL", "STOP", "POWER_LOSS");

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
                epochs.computeIfAbsent(seen.partition(), partition -> new TreeMap<>())
                        .computeIfAbsent(seen.leaderEpoch(), epoch -> new Reign(seen.leader()))
                        .told(seen);
            }
        }
        epochs.forEach((partition, reigns) -> {
            List<Span> spans = new ArrayList<>();
            Reign old = null;
            for (Reign reign : reigns.values()) {
                // With the first one nobody was deposed.
                if (old != null) {
                    spans.add(exposed(partition, old, reign));
                }
                old = reign;
            }
            exposed.put(partition, spans);
        });
    }

    /** A leader epoch, and when each node has told of it first. */
    private static final class Reign {
        private final int leader;
        private final Map<String, Long> told = new HashMap<>();

        Reign(int leader) {
            this.leader = leader;
        }

        void told(Leadership seen) {
            told.merge(seen.process(), seen.span().completedNanos(), Math::min);
        }

        long begun() {
            return Collections.min(told.values());
        }

        /** By that node; when it is not known, by the last one. */
        long toldBy(int node) {
            Long at = told.get("watch-of-node-" + node);
            return at == null ? Collections.max(told.values()) : at;
        }
    }

    private Span exposed(TopicPartition partition, Reign old, Reign next) {
        long change = next.begun();
        // When nobody served for a while, what counts is when the old leader served last.
        Long last = acknowledged
                .getOrDefault(partition, Collections.emptyNavigableSet())
                .floor(change);
        long from = last == null ? change : last;
        Fault fall = fall(old, change);
        // A leader that lives may go on until it hears of the next one.
        long end = fall != null && DEADLY.contains(fall.kind()) ? change : Math.max(change, next.toldBy(old.leader));
        long start = from - BEHIND_NANOS;
        for (Fault fault : history.faultsNear(new Span(from, end), 0)) {
            if (!HARMLESS.contains(fault.kind())) {
                start = Math.min(start, Math.max(fault.span().invokedNanos(), from - HELD_UP_NANOS) - BEHIND_NANOS);
            }
        }
        if (fall != null) {
            // Who asks for no answer is told of success as long as the system takes the bytes, by whomever they will be
            // read.
            start = Math.min(start, fall.span().invokedNanos() - BEHIND_NANOS);
        }
        return new Span(start, end + BEHIND_NANOS);
    }

    /** What brought a leader down: the last that hit it in its reign, and not long before the next one's. */
    private @Nullable Fault fall(Reign old, long change) {
        Fault fall = null;
        for (Fault fault : history.faultsNear(new Span(change - HELD_UP_NANOS, change), 0)) {
            if (!HARMLESS.contains(fault.kind())
                    && fault.nodes().contains(old.leader)
                    && fault.span().invokedNanos() >= old.begun()) {
                fall = fault;
            }
        }
        return fall;
    }

    /** Whether what was acknowledged to this send may be lost. */
    boolean excuses(Send send) {
        return exposed.getOrDefault(send.partition(), List.of()).stream().anyMatch(span -> span.near(send.span(), 0));
    }
}
