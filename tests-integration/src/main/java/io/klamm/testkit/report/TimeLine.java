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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

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

    record Reign(int leader, int leaderEpoch, long fromNanos, long toNanos) {}

    private final History history;
    private final long endNanos;
    private final Map<TopicPartition, List<Gap>> gaps;

    TimeLine(History history) {
        this.history = history;
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

    /** Pauses between acknowledgements of each partition, from its first to its last one. */
    Map<TopicPartition, List<Gap>> gaps() {
        return gaps;
    }

    private static Map<TopicPartition, List<Gap>> gaps(History history) {
        Map<TopicPartition, List<Long>> acknowledged =
                new TreeMap<>(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
        for (Send send : history.of(Send.class)) {
            List<Long> times = acknowledged.computeIfAbsent(send.partition(), partition -> new ArrayList<>());
            if (send.acknowledged()) {
                times.add(send.span().completedNanos());
            }
        }
        Map<TopicPartition, List<Gap>> gaps =
                new TreeMap<>(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
        acknowledged.forEach((partition, times) -> {
            times.sort(Comparator.naturalOrder());
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
     * The longest pause of a partition, in nanoseconds, that a fault may have caused: it has a moment in common with the fault, or began after
     * it and before the next one. 0 when there is none.
     */
    long longestPause(Fault fault) {
        long from = fault.span().invokedNanos();
        long healed = fault.span().completedNanos();
        long next = history.of(Fault.class).stream()
                .mapToLong(other -> other.span().invokedNanos())
                .filter(invoked -> invoked > healed)
                .min()
                .orElse(Long.MAX_VALUE);
        return gaps().values().stream()
                .flatMap(List::stream)
                .filter(gap -> gap.toNanos() >= from && (gap.fromNanos() <= healed || gap.fromNanos() < next))
                .mapToLong(Gap::nanos)
                .max()
                .orElse(0);
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
