/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.MemberFate;
import io.klamm.testkit.history.MemberFate.Fate;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import io.klamm.testkit.history.NodeEnd;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicKind;
import io.klamm.testkit.history.TopicsSeen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** What has not been looked at cannot be wrong: a run that came to its end has seen each kind of thing of each of its topics and groups. */
final class ObservationRules {
    /** Asked so often, a kind of change is done at least once. */
    private static final int OFTEN = 5;

    private final History history;
    private final Findings findings;

    private ObservationRules(History history, Findings findings) {
        this.history = history;
        this.findings = findings;
    }

    static void judge(History history, Findings findings) {
        if (history.milestone(Mark.COMPLETE) != null) {
            ObservationRules rules = new ObservationRules(history, findings);
            rules.topics();
            rules.watches();
            rules.groups();
            rules.changes();
            rules.cluster();
        }
    }

    private void topics() {
        Set<String> written =
                keys(Send.class, send -> send.acknowledged() ? send.partition().topic() : "");
        Set<String> polled = keys(
                Poll.class,
                poll -> poll.records().isEmpty() ? "" : poll.partition().topic());
        Set<String> read = keys(
                Contents.class,
                whole -> whole.records().isEmpty() ? "" : whole.partition().toString());
        Map<TopicPartition, Set<String>> replicas = new HashMap<>();
        for (ReplicaLog log : history.of(ReplicaLog.class)) {
            if (log.damage() != null
                    || !log.batches().isEmpty()
                    || !log.records().isEmpty()) {
                replicas.computeIfAbsent(log.partition(), partition -> new HashSet<>())
                        .add(log.process());
            }
        }
        for (TopicKind topic : history.of(TopicKind.class)) {
            require(written.contains(topic.topic()), topic.topic(), "no acknowledged send", topic);
            require(polled.contains(topic.topic()), topic.topic(), "no consumer that got records", topic);
            for (int number = 0; number < topic.partitions(); number++) {
                TopicPartition partition = new TopicPartition(topic.topic(), number);
                require(read.contains(partition.toString()), partition, "no record when it was read whole", topic);
                int seen = replicas.getOrDefault(partition, Set.of()).size();
                require(
                        seen > 1,
                        partition,
                        "files with batches of " + seen + " replicas, which compare to nothing",
                        topic);
            }
        }
    }

    /** Topics that a group reads are watched by their members; those of all others by somebody who asks for leaders and bounds. */
    private void watches() {
        Set<String> bounds = keys(Bounds.class, seen -> seen.partition().toString());
        Set<String> leaders = keys(
                Leadership.class,
                seen -> seen.leader() == Leadership.NONE ? "" : seen.partition().toString());
        Set<String> ofGroups = keys(Commit.class, commit -> commit.partition().topic());
        for (TopicKind topic : history.of(TopicKind.class)) {
            for (int number = 0; number < topic.partitions() && !ofGroups.contains(topic.topic()); number++) {
                TopicPartition partition = new TopicPartition(topic.topic(), number);
                require(bounds.contains(partition.toString()), partition, "nobody saw its bounds", topic);
                require(leaders.contains(partition.toString()), partition, "nobody saw its leader", topic);
            }
        }
    }

    private void groups() {
        Set<String> members = keys(Commit.class, commit -> commit.group() + " " + commit.process());
        // What a member is told when it begins is not what there is in the end.
        Set<String> seen = keys(
                CommittedOffset.class,
                offset -> offset.offset() < 0 || members.contains(offset.group() + " " + offset.process())
                        ? ""
                        : offset.group());
        // In the end all leave: where nobody did, the history is older than this kind of event.
        boolean told = !history.of(MemberFate.class).isEmpty();
        Set<String> disturbed = keys(MemberFate.class, fate -> wentMeanwhile(fate) ? fate.group() : "");
        for (Commit commit : history.of(Commit.class)) {
            String group = commit.group();
            if (commit.outcome() == Outcome.OK && seen.add(group)) {
                require(false, "group " + group, "nobody who asked what is committed in the end", commit);
            }
            if (told && commit.outcome() == Outcome.OK && disturbed.add(group)) {
                require(false, "group " + group, "no member that was killed, fell silent or left", commit);
            }
        }
    }

    private boolean wentMeanwhile(MemberFate fate) {
        Milestone ending = history.milestone(Mark.ENDING);
        boolean inTheEnd =
                ending != null && fate.span().invokedNanos() > ending.span().invokedNanos();
        return fate.fate() != Fate.FROZEN && !inTheEnd;
    }

    private void changes() {
        Map<String, List<TopicChange>> asked = new TreeMap<>();
        for (TopicChange change : history.of(TopicChange.class)) {
            asked.computeIfAbsent(change.process() + ": " + change.change(), kind -> new ArrayList<>())
                    .add(change);
        }
        asked.forEach((kind, all) -> require(
                all.size() < OFTEN || all.stream().anyMatch(change -> change.outcome() == Outcome.OK),
                kind,
                "none of " + all.size() + " was answered with success",
                all.get(0)));
    }

    private void cluster() {
        require(!history.of(Bounds.class).isEmpty(), "run", "nobody saw the bounds of a partition");
        require(!history.of(Leadership.class).isEmpty(), "run", "nobody saw a leader");
        require(!history.of(NodeEnd.class).isEmpty(), "run", "nobody saw how the nodes ended");
        // What an active controller has recorded is equal to itself.
        Set<String> digests = keys(
                MetadataDigest.class,
                digest -> digest.process().equals(MetadataDigest.RECORDED) ? "" : digest.process());
        require(digests.size() > 1, "metadata", "digests of " + digests.size() + " nodes, which compare to nothing");
        if (!history.of(TopicChange.class).isEmpty()) {
            Set<String> asked = keys(TopicsSeen.class, Event::process);
            require(asked.size() > 1, "topics", asked.size() + " nodes were asked which topics there are");
        }
    }

    /** Without the empty one. */
    private <T extends Event> Set<String> keys(Class<T> kind, Function<T, String> key) {
        Set<String> keys = new HashSet<>();
        history.of(kind).forEach(event -> keys.add(key.apply(event)));
        keys.remove("");
        return keys;
    }

    private void require(boolean holds, Object where, String otherwise, Event... events) {
        if (!holds) {
            findings.add(Anomaly.UNOBSERVED, where, otherwise, events);
        }
    }
}
