/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Send;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/** One leader in a leader epoch; the bounds of a partition only ever go up, and enclose what was acknowledged. */
final class PartitionRules {
    private record Epoch(TopicPartition partition, int leaderEpoch) {}

    private PartitionRules() {}

    static void judge(History history, Findings findings) {
        oneLeader(history, findings);
        Map<TopicPartition, List<Bounds>> bounds = new LinkedHashMap<>();
        for (Bounds seen : history.of(Bounds.class)) {
            bounds.computeIfAbsent(seen.partition(), partition -> new ArrayList<>())
                    .add(seen);
            if (seen.logStart() > seen.lastStable() || seen.lastStable() > seen.highWatermark()) {
                findings.add(
                        Anomaly.BOUNDS_WENT_BACK,
                        seen.partition(),
                        "log start <= last stable offset <= high watermark does not hold",
                        seen);
            }
        }
        Map<TopicPartition, List<Send>> sends = new HashMap<>();
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged() && send.hasOffset() && send.acks().survivesFaults()) {
                sends.computeIfAbsent(send.partition(), partition -> new ArrayList<>())
                        .add(send);
            }
        }
        EndRules.judge(history, bounds, findings);
        bounds.forEach((partition, seen) -> {
            ascending("log start", seen, Bounds::logStart, findings);
            ascending("last stable offset", seen, Bounds::lastStable, findings);
            ascending("high watermark", seen, Bounds::highWatermark, findings);
            List<Send> acknowledged = sends.getOrDefault(partition, List.of());
            encloses("last stable offset", acknowledged, seen, Bounds::lastStable, findings);
            encloses("high watermark", acknowledged, seen, Bounds::highWatermark, findings);
        });
    }

    private static void oneLeader(History history, Findings findings) {
        Map<Epoch, Leadership> leaders = new HashMap<>();
        for (Leadership seen : history.of(Leadership.class)) {
            if (seen.leader() == Leadership.NONE) {
                continue;
            }
            Leadership other = leaders.putIfAbsent(new Epoch(seen.partition(), seen.leaderEpoch()), seen);
            if (other != null && other.leader() != seen.leader()) {
                findings.add(
                        Anomaly.TWO_LEADERS,
                        seen.partition(),
                        "nodes " + other.leader() + " and " + seen.leader() + " lead in epoch " + seen.leaderEpoch(),
                        other,
                        seen);
            }
        }
    }

    /** A leader of the past may still answer, and Kafka's ListOffsets promises no more: later leader epochs bind no earlier ones. */
    private static void ascending(
            String bound, List<Bounds> byStart, ToLongFunction<Bounds> offset, Findings findings) {
        List<Bounds> byEnd = new ArrayList<>(byStart);
        byEnd.sort(Comparator.comparingLong(seen -> seen.span().completedNanos()));
        TreeMap<Integer, Bounds> highestOfEpoch = new TreeMap<>();
        int ended = 0;
        for (Bounds seen : byStart) {
            while (ended < byEnd.size() && byEnd.get(ended).span().before(seen.span())) {
                Bounds over = byEnd.get(ended++);
                highestOfEpoch.merge(
                        over.leaderEpoch(),
                        over,
                        (one, other) -> offset.applyAsLong(other) > offset.applyAsLong(one) ? other : one);
            }
            highestOfEpoch.headMap(seen.leaderEpoch(), true).values().stream()
                    .max(Comparator.comparingLong(offset))
                    .filter(before -> offset.applyAsLong(before) > offset.applyAsLong(seen))
                    .ifPresent(before -> findings.add(
                            Anomaly.BOUNDS_WENT_BACK,
                            seen.partition(),
                            bound + " went from " + offset.applyAsLong(before) + " to " + offset.applyAsLong(seen),
                            before,
                            seen));
        }
    }

    /**
     * Judged by the last leader seen: an earlier one may have answered when it led no more. Nobody has transactions, so that what is
     * acknowledged is stable, too.
     */
    private static void encloses(
            String bound, List<Send> sends, List<Bounds> all, ToLongFunction<Bounds> offset, Findings findings) {
        int lastEpoch = all.stream().mapToInt(Bounds::leaderEpoch).max().orElse(0);
        List<Bounds> byStart =
                all.stream().filter(seen -> seen.leaderEpoch() == lastEpoch).toList();
        List<Send> byEnd = new ArrayList<>(sends);
        byEnd.sort(Comparator.comparingLong(send -> send.span().completedNanos()));
        int ended = 0;
        Send highest = null;
        for (Bounds seen : byStart) {
            while (ended < byEnd.size() && byEnd.get(ended).span().before(seen.span())) {
                Send other = byEnd.get(ended++);
                highest = highest == null || other.offset() > highest.offset() ? other : highest;
            }
            if (highest != null && highest.offset() >= offset.applyAsLong(seen)) {
                findings.add(
                        Anomaly.BOUNDS_BELOW_ACKNOWLEDGED,
                        seen.partition(),
                        bound + " " + offset.applyAsLong(seen) + " after " + highest.value() + " was acknowledged at "
                                + highest.offset(),
                        highest,
                        seen);
            }
        }
    }
}
