/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What the page shows, computed from a history: rates, pauses between acknowledgements, and who led when. Times in nanoseconds of the run. */
final class TimeLine {
    /** A pause shorter than this is not shown. */
    static final long LEAST_GAP_NANOS = Duration.ofMillis(500).toNanos();

    /** Sends that ended in a slice of the time. */
    record Rate(int acknowledged, int failed) {}

    record Gap(long fromNanos, long toNanos) {
        long nanos() {
            return toNanos - fromNanos;
        }
    }

    /**
     * Faults of one play, one after the other.
     *
     * @param pause the longest one that may be theirs; null when there is none
     */
    record Act(
            String play,
            List<Fault> faults,
            long fromNanos,
            long toNanos,
            @Nullable Pause pause) {}

    /** A gap, and where it was. */
    record Pause(TopicPartition partition, Gap gap) {}

    record Reign(int leader, int leaderEpoch, long fromNanos, long toNanos) {}

    private final History history;
    private final List<Fault> faults;
    private final long endNanos;
    private final Map<TopicPartition, List<Gap>> gaps;

    TimeLine(History history) {
        this.history = history;
        this.faults = history.of(Fault.class);
        long end = 1;
        for (Event event : history.events()) {
            Span span = event.span();
            end = Math.max(end, span.completedNanos() == Span.NEVER ? span.invokedNanos() : span.completedNanos());
        }
        this.endNanos = end;
        this.gaps = gaps(history);
    }

    long endNanos() {
        return endNanos;
    }

    /** @param slices number of equal parts of the run */
    List<Rate> rates(int slices) {
        int[] acknowledged = new int[slices];
        int[] failed = new int[slices];
        for (Send send : history.of(Send.class)) {
            boolean done = send.outcome() == Outcome.OK;
            // Of one that never ended only the beginning is known.
            long at = send.span().completedNanos() == Span.NEVER
                    ? send.span().invokedNanos()
                    : send.span().completedNanos();
            int slice = (int) Math.min(slices - 1, (double) at / endNanos * slices);
            (done ? acknowledged : failed)[slice]++;
        }
        List<Rate> rates = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            rates.add(new Rate(acknowledged[i], failed[i]));
        }
        return rates;
    }

    /** Pauses between acknowledgements of each partition, from its first one, or its first send when there is none, to its last send. */
    Map<TopicPartition, List<Gap>> gaps() {
        return gaps;
    }

    private static Map<TopicPartition, List<Gap>> gaps(History history) {
        Map<TopicPartition, List<Long>> acknowledged =
                new TreeMap<>(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
        Map<TopicPartition, Span> sending = new HashMap<>();
        for (Send send : history.of(Send.class)) {
            long begun = send.span().invokedNanos();
            sending.merge(
                    send.partition(),
                    new Span(begun, begun),
                    (all, each) -> new Span(all.invokedNanos(), each.completedNanos()));
            List<Long> times = acknowledged.computeIfAbsent(send.partition(), partition -> new ArrayList<>());
            if (send.acknowledged()) {
                times.add(send.span().completedNanos());
            }
        }
        Map<TopicPartition, List<Gap>> gaps =
                new TreeMap<>(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
        acknowledged.forEach((partition, times) -> {
            Span sends = Objects.requireNonNull(sending.get(partition));
            if (times.isEmpty()) {
                times.add(sends.invokedNanos());
            }
            // Sends go on, and nothing is acknowledged any more.
            times.sort(Comparator.naturalOrder());
            times.add(Math.max(times.get(times.size() - 1), sends.completedNanos()));
            List<Gap> of = new ArrayList<>();
            for (int i = 1; i < times.size(); i++) {
                Gap gap = new Gap(times.get(i - 1), times.get(i));
                if (gap.nanos() >= LEAST_GAP_NANOS) {
                    of.add(gap);
                }
            }
            gaps.put(partition, of);
        });
        return gaps;
    }

    /**
     * The longest pause of a partition, in nanoseconds, that a fault may have caused: it has a moment in common with the fault, or was a pause
     * after it and before the next one already. 0 when there is none.
     */
    long longestPause(Fault fault) {
        Pause pause = longestPause(fault.span().invokedNanos(), fault.span().completedNanos());
        return pause == null ? 0 : pause.gap.nanos();
    }

    private @Nullable Pause longestPause(long from, long healed) {
        long next = faults.stream()
                .mapToLong(other -> other.span().invokedNanos())
                .filter(invoked -> invoked > healed)
                .min()
                .orElse(Long.MAX_VALUE);
        Pause longest = null;
        for (Map.Entry<TopicPartition, List<Gap>> entry : gaps.entrySet()) {
            for (Gap gap : entry.getValue()) {
                // A pause begins with the last acknowledgement, which lies somewhat before the fault that is to blame.
                boolean before = Math.min(gap.toNanos(), next) - gap.fromNanos() >= LEAST_GAP_NANOS;
                boolean near = gap.toNanos() >= from && (gap.fromNanos() <= healed || before);
                if (near && (longest == null || gap.nanos() > longest.gap.nanos())) {
                    longest = new Pause(entry.getKey(), gap);
                }
            }
        }
        return longest;
    }

    /** By their beginnings. A play that follows itself counts as one act when nothing else lies between. */
    List<Act> acts() {
        List<Act> acts = new ArrayList<>();
        List<Fault> of = new ArrayList<>();
        for (Fault fault : faults) {
            if (!of.isEmpty() && !of.get(0).act().equals(fault.act())) {
                acts.add(act(of));
                of = new ArrayList<>();
            }
            of.add(fault);
        }
        if (!of.isEmpty()) {
            acts.add(act(of));
        }
        return acts;
    }

    private Act act(List<Fault> of) {
        long from = of.get(0).span().invokedNanos();
        long to = of.stream()
                .mapToLong(fault -> Math.min(endNanos, fault.span().completedNanos()))
                .max()
                .orElse(from);
        return new Act(of.get(0).act(), List.copyOf(of), from, to, longestPause(from, to));
    }

    /** Who led a partition, as far as somebody looked. */
    List<Reign> reigns(TopicPartition partition) {
        List<Reign> reigns = new ArrayList<>();
        for (Leadership seen : history.of(Leadership.class)) {
            if (!seen.partition().equals(partition)) {
                continue;
            }
            long at = seen.span().completedNanos();
            int last = reigns.size() - 1;
            if (last >= 0) {
                Reign before = reigns.get(last);
                // Some nodes learn it later than others, or have been away.
                if (seen.leaderEpoch() < before.leaderEpoch()
                        || (seen.leaderEpoch() == before.leaderEpoch() && seen.leader() == before.leader())) {
                    continue;
                }
                reigns.set(last, new Reign(before.leader(), before.leaderEpoch(), before.fromNanos(), at));
            }
            reigns.add(new Reign(seen.leader(), seen.leaderEpoch(), at, endNanos));
        }
        return reigns;
    }
}
