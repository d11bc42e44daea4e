/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A generation gives each partition to one member; what was committed is not forgotten. */
final class GroupRules {
    private record Owned(String group, int generation, TopicPartition partition) {}

    private record Place(String group, TopicPartition partition) {}

    /** A commit that was acknowledged, or an offset that was seen: later ones may not be lower. */
    private record Known(Event event, long offset, boolean observed) {}

    private GroupRules() {}

    static void judge(History history, Findings findings) {
        oneOwner(history, findings);
        Map<Place, List<Known>> places = new LinkedHashMap<>();
        for (Commit commit : history.of(Commit.class)) {
            if (commit.outcome() == Outcome.OK) {
                places.computeIfAbsent(new Place(commit.group(), commit.partition()), place -> new ArrayList<>())
                        .add(new Known(commit, commit.offset(), false));
            }
        }
        for (CommittedOffset seen : history.of(CommittedOffset.class)) {
            places.computeIfAbsent(new Place(seen.group(), seen.partition()), place -> new ArrayList<>())
                    .add(new Known(seen, seen.offset(), true));
        }
        places.forEach((place, known) -> neverBack(place, known, findings));
    }

    private static void oneOwner(History history, Findings findings) {
        Map<Owned, Ownership> owners = new HashMap<>();
        for (Ownership ownership : history.of(Ownership.class)) {
            for (TopicPartition partition : ownership.partitions()) {
                Ownership other = owners.putIfAbsent(
                        new Owned(ownership.group(), ownership.generation(), partition), ownership);
                if (other != null && !other.process().equals(ownership.process())) {
                    findings.add(
                            Anomaly.TWO_OWNERS,
                            "group " + ownership.group(),
                            partition + " belongs to " + other.process() + " and " + ownership.process()
                                    + " in generation " + ownership.generation(),
                            other,
                            ownership);
                }
            }
        }
    }

    private static void neverBack(Place place, List<Known> known, Findings findings) {
        List<Known> byStart = new ArrayList<>(known);
        byStart.sort(Comparator.comparingLong(one -> one.event().span().invokedNanos()));
        List<Known> byEnd = new ArrayList<>(known);
        byEnd.sort(Comparator.comparingLong(one -> one.event().span().completedNanos()));
        int ended = 0;
        Known highest = null;
        for (Known one : byStart) {
            while (ended < byEnd.size()
                    && byEnd.get(ended).event().span().before(one.event().span())) {
                highest = higher(highest, byEnd.get(ended++));
            }
            if (highest != null && one.offset() < highest.offset()) {
                findings.add(
                        Anomaly.COMMIT_WENT_BACK,
                        "group " + place.group(),
                        place.partition() + (one.observed() ? " was seen at " : " was committed at ") + one.offset()
                                + ", after " + highest.offset(),
                        highest.event(),
                        one.event());
            }
        }
    }

    private static Known higher(@Nullable Known highest, Known other) {
        return highest == null || other.offset() > highest.offset() ? other : highest;
    }
}
