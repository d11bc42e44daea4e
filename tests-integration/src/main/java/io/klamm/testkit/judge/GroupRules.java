/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A generation gives each partition to one member; what was committed is not forgotten, and was read. */
final class GroupRules {
    private record Owned(String group, int generation, TopicPartition partition) {}

    private record Place(String group, TopicPartition partition) {}

    /** A commit that was acknowledged, or an offset that was seen: later ones may not be lower. */
    private record Known(Event event, long offset, boolean observed) {}

    private GroupRules() {}

    static void judge(History history, Sightings sightings, Findings findings) {
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
        places.forEach((place, known) -> {
            neverBack(place, known, findings);
            Contents whole = sightings.contents().get(place.partition());
            if (whole != null && !history.isCompacted(place.partition().topic())) {
                nothingPassedOver(place, known, whole, readBy(place, history), findings);
            }
        });
    }

    /** Offsets that members of the group got. */
    private static Set<Long> readBy(Place place, History history) {
        Set<String> members = new HashSet<>();
        for (Commit commit : history.of(Commit.class)) {
            if (commit.group().equals(place.group())) {
                members.add(commit.process());
            }
        }
        Set<Long> read = new HashSet<>();
        for (Poll poll : history.of(Poll.class)) {
            if (poll.partition().equals(place.partition()) && members.contains(poll.process())) {
                poll.records().forEach(each -> read.add(each.offset()));
            }
        }
        return read;
    }

    /** Members commit what they have read, and begin where others have committed: together they have read all. */
    private static void nothingPassedOver(
            Place place, List<Known> known, Contents whole, Set<Long> read, Findings findings) {
        Known highest = null;
        for (Known one : known) {
            highest = higher(highest, one);
        }
        if (highest == null) {
            return;
        }
        long end = highest.offset();
        List<Long> missing = whole.records().stream()
                .map(ReadRecord::offset)
                .filter(offset -> offset < end && !read.contains(offset))
                .toList();
        if (!missing.isEmpty()) {
            findings.add(
                    Anomaly.SKIPPED,
                    "group " + place.group(),
                    place.partition() + " is committed up to " + end + ", and nobody of the group got " + missing.size()
                            + " records from " + missing.get(0) + " on",
                    highest.event(),
                    whole);
        }
    }

    private static void oneOwner(History history, Findings findings) {
        Map<Owned, Ownership> owners = new HashMap<>();
        for (Ownership ownership : history.of(Ownership.class)) {
            for (TopicPartition partition : ownership.partitions()) {
                Ownership other =
                        owners.putIfAbsent(new Owned(ownership.group(), ownership.generation(), partition), ownership);
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
