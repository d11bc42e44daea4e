/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.judge.Sightings.Sighting;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** What a consumer reads is committed: it is the same for all, it stays, and it comes in order and without holes. */
final class ReadRules {
    private final History history;
    private final Findings findings;

    private ReadRules(History history, Findings findings) {
        this.history = history;
        this.findings = findings;
    }

    static void judge(History history, Sightings sightings, Findings findings) {
        ReadRules rules = new ReadRules(history, findings);
        rules.oneValueAtAnOffset(sightings);
        sightings.contents().values().forEach(rules::wholeWithoutHoles);
        rules.whatWasReadStays(sightings);
        rules.pollsGoOn();
    }

    private void oneValueAtAnOffset(Sightings sightings) {
        Map<TopicPartition, Map<Long, Sighting>> first = new HashMap<>();
        for (Sighting seen : sightings.all()) {
            Sighting other = first.computeIfAbsent(seen.partition(), partition -> new HashMap<>())
                    .putIfAbsent(seen.record().offset(), seen);
            if (other != null && !other.record().equals(seen.record())) {
                findings.add(
                        Anomaly.TWO_VALUES,
                        seen.partition(),
                        other.record().value() + " and " + seen.record().value() + " at " + seen.place(),
                        other.reader(),
                        seen.reader());
            }
        }
    }

    private void wholeWithoutHoles(Contents whole) {
        if (history.isCompacted(whole.partition().topic())) {
            return;
        }
        long next = whole.start();
        for (ReadRecord read : whole.records()) {
            if (read.offset() > next) {
                gap(whole, next, read.offset());
            }
            next = Math.max(next, read.offset() + 1);
        }
        if (next < whole.end()) {
            gap(whole, next, whole.end());
        }
    }

    private void gap(Contents whole, long from, long to) {
        findings.add(Anomaly.GAP, whole.partition(), "no records from " + from + " to " + (to - 1), whole);
    }

    private void whatWasReadStays(Sightings sightings) {
        Map<TopicPartition, Set<Long>> offsets = new HashMap<>();
        sightings.contents().forEach((partition, whole) -> {
            Set<Long> of = new HashSet<>();
            whole.records().forEach(read -> of.add(read.offset()));
            offsets.put(partition, of);
        });
        for (Sighting seen : sightings.all()) {
            Contents whole = sightings.contents().get(seen.partition());
            long offset = seen.record().offset();
            if (whole != null
                    && seen.reader() instanceof Poll poll
                    && poll.span().before(whole.span())
                    && !history.isCompacted(seen.partition().topic())
                    && offset >= whole.start()
                    && !offsets.getOrDefault(seen.partition(), Set.of()).contains(offset)) {
                findings.add(
                        Anomaly.READ_AND_GONE,
                        seen.partition(),
                        seen.record().value() + " was read at " + seen.place() + " and is gone",
                        poll,
                        whole);
            }
        }
    }

    private record Reading(String process, int session, TopicPartition partition) {}

    private void pollsGoOn() {
        Map<Reading, Poll> last = new HashMap<>();
        for (Poll poll : history.of(Poll.class)) {
            Poll before = last.put(new Reading(poll.process(), poll.session(), poll.partition()), poll);
            if (before != null) {
                long next = end(before);
                if (poll.position() < next) {
                    findings.add(
                            Anomaly.READ_BACKWARDS,
                            poll.partition(),
                            poll.process() + " was at " + next + " and goes on at " + poll.position(),
                            before,
                            poll);
                } else if (poll.position() > next
                        && !history.isCompacted(poll.partition().topic())) {
                    skipped(poll, next, poll.position());
                }
            }
            inOrder(poll);
        }
    }

    private void inOrder(Poll poll) {
        long next = poll.position();
        for (ReadRecord read : poll.records()) {
            if (read.offset() < next) {
                findings.add(
                        Anomaly.READ_BACKWARDS,
                        poll.partition(),
                        poll.process() + " got " + read.value() + " at " + read.offset() + ", behind " + (next - 1),
                        poll);
            } else if (read.offset() > next
                    && !history.isCompacted(poll.partition().topic())) {
                skipped(poll, next, read.offset());
            }
            next = Math.max(next, read.offset() + 1);
        }
    }

    private void skipped(Poll poll, long from, long to) {
        findings.add(
                Anomaly.SKIPPED, poll.partition(), poll.process() + " did not get " + from + " to " + (to - 1), poll);
    }

    private static long end(Poll poll) {
        return poll.records().stream()
                .mapToLong(read -> read.offset() + 1)
                .max()
                .orElse(poll.position());
    }
}
