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

/**
 * A generation gives each partition to one member, and no earlier owner commits any more; what was committed is not forgotten, was read, and
 * is where the next owner begins.
 */
final class GroupRules {
    private record Owned(String group, int generation, TopicPartition partition) {}

    private record Place(String group, TopicPartition partition) {}

    /** A commit that was acknowledged, or an offset that was seen: later ones may not be lower. */
    private record Known(Event event, long offset, boolean observed) {}

    private GroupRules() {}

    static void judge(History history, Sightings sightings, Findings findings) {
        oneOwner(history, findings);
        Map<Place, List<Ownership>> owners = owners(history);
        noFormerOwnerCommits(history, owners, findings);
        Map<TopicPartition, List<Poll>> polls = new HashMap<>();
        for (Poll poll : history.of(Poll.class)) {
            polls.computeIfAbsent(poll.partition(), partition -> new ArrayList<>())
                    .add(poll);
        }
        Map<String, Set<String>> members = members(history);
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
            List<Poll> ofMembers = polls.getOrDefault(place.partition(), List.of()).stream()
                    .filter(poll ->
                            members.getOrDefault(place.group(), Set.of()).contains(poll.process()))
                    .toList();
            beginsWhereCommitted(place, known, ofMembers, findings);
            Contents whole = sightings.contents().get(place.partition());
            if (whole != null && !history.isCompacted(place.partition().topic())) {
                nothingPassedOver(place, known, whole, ofMembers, findings);
            }
        });
    }

    /** By group: who ever committed or owned something. */
    private static Map<String, Set<String>> members(History history) {
        Map<String, Set<String>> members = new HashMap<>();
        for (Commit commit : history.of(Commit.class)) {
            members.computeIfAbsent(commit.group(), group -> new HashSet<>()).add(commit.process());
        }
        for (Ownership owned : history.of(Ownership.class)) {
            members.computeIfAbsent(owned.group(), group -> new HashSet<>()).add(owned.process());
        }
        return members;
    }

    private static Map<Place, List<Ownership>> owners(History history) {
        Map<Place, List<Ownership>> owners = new HashMap<>();
        for (Ownership owned : history.of(Ownership.class)) {
            for (TopicPartition partition : owned.partitions()) {
                owners.computeIfAbsent(new Place(owned.group(), partition), place -> new ArrayList<>())
                        .add(owned);
            }
        }
        return owners;
    }

    /** Once somebody owns the partition in a later generation, a commit of an earlier one is refused: also that of a member which was frozen. */
    private static void noFormerOwnerCommits(History history, Map<Place, List<Ownership>> owners, Findings findings) {
        for (Commit commit : history.of(Commit.class)) {
            if (commit.outcome() != Outcome.OK) {
                continue;
            }
            owners.getOrDefault(new Place(commit.group(), commit.partition()), List.of()).stream()
                    // An ownership begins with what its member was told.
                    .filter(owned -> owned.generation() > commit.generation()
                            && owned.span().invokedNanos() < commit.span().invokedNanos()
                            && !owned.process().equals(commit.process()))
                    .findFirst()
                    .ifPresent(owned -> findings.add(
                            Anomaly.TWO_OWNERS,
                            "group " + commit.group(),
                            commit.process() + " commits " + commit.offset() + " of " + commit.partition()
                                    + " in generation " + commit.generation() + ", which " + owned.process()
                                    + " owns since generation " + owned.generation(),
                            owned,
                            commit));
        }
    }

    private record Session(String process, int number) {}

    /** Whoever gets a partition begins where the group has committed. */
    private static void beginsWhereCommitted(Place place, List<Known> known, List<Poll> polls, Findings findings) {
        List<Known> byEnd = new ArrayList<>(known);
        byEnd.sort(Comparator.comparingLong(one -> one.event().span().completedNanos()));
        Set<Session> begun = new HashSet<>();
        int ended = 0;
        Known highest = null;
        for (Poll poll : polls) {
            while (ended < byEnd.size() && byEnd.get(ended).event().span().before(poll.span())) {
                highest = higher(highest, byEnd.get(ended++));
            }
            if (begun.add(new Session(poll.process(), poll.session()))
                    && highest != null
                    && poll.position() < highest.offset()) {
                findings.add(
                        Anomaly.COMMIT_WENT_BACK,
                        "group " + place.group(),
                        poll.process() + " began with " + poll.position() + " of " + place.partition() + ", after "
                                + highest.offset() + " was committed",
                        highest.event(),
                        poll);
            }
        }
    }

    /** Members commit what they have read, and begin where others have committed: together they have read all. */
    private static void nothingPassedOver(
            Place place, List<Known> known, Contents whole, List<Poll> polls, Findings findings) {
        Set<Long> read = new HashSet<>();
        polls.forEach(poll -> poll.records().forEach(each -> read.add(each.offset())));
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
