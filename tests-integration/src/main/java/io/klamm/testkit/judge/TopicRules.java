/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import io.klamm.testkit.history.TopicsSeen;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Topics are there in the end as was acknowledged, for every node. */
final class TopicRules {
    private TopicRules() {}

    static void judge(History history, Findings findings) {
        Map<String, List<TopicChange>> changes = new LinkedHashMap<>();
        for (TopicChange change : history.of(TopicChange.class)) {
            changes.computeIfAbsent(change.topic(), topic -> new ArrayList<>()).add(change);
        }
        for (TopicsSeen seen : history.of(TopicsSeen.class)) {
            changes.forEach((topic, done) -> {
                if (topic.startsWith(seen.prefix())) {
                    judge(history, done, seen, findings);
                }
            });
            for (String topic : seen.partitions().keySet()) {
                if (!changes.containsKey(topic)) {
                    findings.add(
                            Anomaly.TOPIC_BACK, topic, "nobody created it, and " + seen.process() + " has it", seen);
                }
            }
        }
    }

    private static void judge(History history, List<TopicChange> done, TopicsSeen seen, Findings findings) {
        TopicChange first = done.get(0);
        TopicChange last = done.get(done.size() - 1);
        Integer partitions = seen.partitions().get(first.topic());
        // What was done to it later shows that it was there, whatever its creator was told.
        boolean created = done.stream().anyMatch(change -> change.outcome() == Outcome.OK);
        boolean deleted =
                last.change() == Change.DELETE && last.outcome() == Outcome.OK && settled(history, first, last);
        if (partitions != null && (deleted || (!created && first.outcome() == Outcome.FAIL))) {
            findings.add(
                    Anomaly.TOPIC_BACK,
                    first.topic(),
                    (deleted ? "deleted, and " : "its creation failed, and ") + seen.process() + " has it",
                    last,
                    seen);
        } else if (created && last.change() != Change.DELETE && !possible(partitions, done)) {
            findings.add(
                    Anomaly.TOPIC_LOST,
                    first.topic(),
                    "it has " + (partitions == null ? "no" : partitions) + " partitions for " + seen.process()
                            + ", after " + last.change() + " to " + last.partitions(),
                    last,
                    seen);
        }
    }

    /**
     * Whether a creation cannot be done any more: its client was told of it, or the faults around it were over before the topic was deleted. A
     * request that its client has given up may lie with a node that is frozen or cut off, and be done when that is over.
     */
    private static boolean settled(History history, TopicChange creation, TopicChange deletion) {
        return creation.outcome() == Outcome.OK
                || history.faultsNear(creation.span(), 0).stream()
                        .allMatch(fault -> fault.span().before(deletion.span()));
    }

    /** What was acknowledged last, or one of the unknown changes behind it. */
    private static boolean possible(@Nullable Integer partitions, List<TopicChange> done) {
        for (int i = done.size() - 1; i >= 0; i--) {
            TopicChange change = done.get(i);
            if (change.outcome() != Outcome.FAIL && partitions != null && partitions == change.partitions()) {
                return true;
            }
            if (change.outcome() == Outcome.OK) {
                return false;
            }
        }
        return false;
    }
}
