/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import io.klamm.testkit.history.Send;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/** After the last heal the high watermark and the last stable offset follow what is written, with whatever acknowledgement. */
final class EndRules {
    /** Replicas that nothing holds up are behind by less than this. */
    private static final long BEHIND_NANOS = Duration.ofSeconds(3).toNanos();

    private EndRules() {}

    /** @param bounds as they were seen, by the time when the look began */
    static void judge(History history, Map<TopicPartition, List<Bounds>> bounds, Findings findings) {
        Milestone healed = history.milestone(Mark.HEALED);
        Milestone ending = history.milestone(Mark.ENDING);
        if (healed == null || ending == null) {
            return;
        }
        Map<TopicPartition, NavigableSet<Long>> acknowledged = new HashMap<>();
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged()) {
                acknowledged
                        .computeIfAbsent(send.partition(), partition -> new TreeSet<>())
                        .add(send.span().completedNanos());
            }
        }
        bounds.forEach((partition, all) -> {
            List<Bounds> seen = all.stream()
                    .filter(look ->
                            healed.span().before(look.span()) && look.span().before(ending.span()))
                    .toList();
            if (!seen.isEmpty()) {
                NavigableSet<Long> times = acknowledged.getOrDefault(partition, new TreeSet<>());
                follows("last stable offset", seen, times, Bounds::lastStable, findings);
                follows("high watermark", seen, times, Bounds::highWatermark, findings);
            }
        });
    }

    private static void follows(
            String bound,
            List<Bounds> seen,
            NavigableSet<Long> acknowledged,
            ToLongFunction<Bounds> offset,
            Findings findings) {
        Bounds first = seen.get(0);
        for (Bounds later : seen) {
            if (offset.applyAsLong(later) > offset.applyAsLong(first)) {
                first = later;
            }
            Long added = acknowledged.higher(first.span().completedNanos() + BEHIND_NANOS);
            if (added != null && added + BEHIND_NANOS < later.span().invokedNanos()) {
                findings.add(
                        Anomaly.STUCK,
                        later.partition(),
                        bound + " stays at " + offset.applyAsLong(later)
                                + " after the last heal, and records are added",
                        first,
                        later);
                return;
            }
        }
    }
}
