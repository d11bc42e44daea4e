/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Partitions that wait for the reports of their last known ISR, and the reports so far. Soft state: a report counts only for
 * the broker epoch that gave it and the leader epoch in which it was asked, since without a leader a log does not change;
 * after a fail-over of the controller everybody is asked again. No threads, no clock: whoever calls does the asking.
 * Times are monotonic nanoseconds.
 */
final class RecoveryRounds {
    static final long BACKOFF_MS = 200;
    private static final int MAX_PARTITIONS_PER_ASK = 2_000;

    private record Report(long brokerEpoch, ReplicaLogInfo info) {}

    private static final class Waiting {
        final int leaderEpoch;
        final long sinceNanos;
        final Map<Integer, Report> reports = new HashMap<>();

        Waiting(int leaderEpoch, long sinceNanos) {
            this.leaderEpoch = leaderEpoch;
            this.sinceNanos = sinceNanos;
        }
    }

    /** Asks to a broker: one at a time, the next one after a pause when this one did not answer all. */
    private static final class Conversation {
        boolean asked;
        long notBeforeNanos;

        Conversation(long nowNanos) {
            this.notBeforeNanos = nowNanos;
        }
    }

    /**
     * A question to send.
     *
     * @param broker whom to ask
     * @param partitions what, with the leader epoch of each at this moment
     */
    record Question(BrokerImage broker, Map<PartitionId, Integer> partitions) {}

    /**
     * @param facts partitions that get a leader
     * @param early those of them for which not everybody has reported
     */
    record Elections(List<MetadataFact> facts, List<PartitionId> early) {}

    private final long timeoutNanos;
    private final Map<PartitionId, Waiting> waiting = new TreeMap<>();
    private final Map<Integer, Conversation> conversations = new HashMap<>();

    /** @param timeoutMs unclean.recovery.timeout.ms: elect from those that reported after this long, -1 never */
    RecoveryRounds(long timeoutMs) {
        this.timeoutNanos = timeoutMs < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    }

    void clear() {
        waiting.clear();
        conversations.clear();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    List<PartitionId> partitions() {
        return List.copyOf(waiting.keySet());
    }

    /** Looks at partitions that may have changed. */
    void update(MetadataImage image, Collection<PartitionId> changed, long nowNanos) {
        for (PartitionId id : changed) {
            PartitionState state = image.partition(id);
            if (state == null || !RecoveryElection.isAwaited(state)) {
                waiting.remove(id);
            } else {
                Waiting known = waiting.get(id);
                if (known == null || known.leaderEpoch != state.leaderEpoch()) {
                    waiting.put(id, new Waiting(state.leaderEpoch(), known == null ? nowNanos : known.sinceNanos));
                }
            }
        }
    }

    /** Who is to be asked what now; each question must be followed by {@link #answered}. */
    List<Question> questions(MetadataImage image, long nowNanos) {
        Map<Integer, Map<PartitionId, Integer>> missing = new TreeMap<>();
        waiting.forEach((id, wait) -> {
            PartitionState state = image.partition(id);
            if (state == null) {
                return;
            }
            for (Integer node : state.lastKnownIsr()) {
                BrokerImage broker = image.broker(node);
                Report report = wait.reports.get(node);
                if (broker != null
                        && PartitionElector.isAvailable(image, state, node)
                        && (report == null || report.brokerEpoch() != broker.brokerEpoch())) {
                    Map<PartitionId, Integer> ask = missing.computeIfAbsent(node, n -> new TreeMap<>());
                    if (ask.size() < MAX_PARTITIONS_PER_ASK) {
                        ask.put(id, wait.leaderEpoch);
                    }
                }
            }
        });
        List<Question> questions = new ArrayList<>();
        missing.forEach((node, ask) -> {
            Conversation conversation = conversations.computeIfAbsent(node, n -> new Conversation(nowNanos));
            BrokerImage broker = image.broker(node);
            if (broker != null && !conversation.asked && nowNanos - conversation.notBeforeNanos >= 0) {
                conversation.asked = true;
                questions.add(new Question(broker, ask));
            }
        });
        return questions;
    }

    /** @param infos what the broker said; empty when it did not answer */
    void answered(Question question, List<ReplicaLogInfo> infos, long nowNanos) {
        Conversation conversation = conversations.get(question.broker().nodeId());
        if (conversation == null) {
            return;
        }
        int useful = 0;
        for (ReplicaLogInfo info : infos) {
            Waiting wait = waiting.get(info.id());
            Integer asked = question.partitions().get(info.id());
            if (wait != null && asked != null && asked == wait.leaderEpoch) {
                wait.reports.put(
                        question.broker().nodeId(), new Report(question.broker().brokerEpoch(), info));
                useful++;
            }
        }
        conversation.asked = false;
        boolean all = useful == question.partitions().size();
        conversation.notBeforeNanos = nowNanos + (all ? 0 : TimeUnit.MILLISECONDS.toNanos(BACKOFF_MS));
    }

    /** Partitions that can get their leader now. */
    Elections elect(MetadataImage image, long nowNanos, int maxBytes) {
        List<MetadataFact> facts = new ArrayList<>();
        List<PartitionId> early = new ArrayList<>();
        int bytes = 0;
        for (Map.Entry<PartitionId, Waiting> entry : waiting.entrySet()) {
            PartitionId id = entry.getKey();
            Waiting wait = entry.getValue();
            PartitionState state = image.partition(id);
            if (bytes > maxBytes
                    || state == null
                    || !RecoveryElection.isAwaited(state)
                    || state.leaderEpoch() != wait.leaderEpoch) {
                continue;
            }
            Map<Integer, ReplicaLogInfo> reports = valid(image, state, wait);
            boolean complete = RecoveryElection.isComplete(state, reports);
            if (!complete && (timeoutNanos < 0 || nowNanos - wait.sinceNanos < timeoutNanos)) {
                continue;
            }
            PartitionState elected = RecoveryElection.elect(state, reports);
            if (elected != null) {
                PartitionChanged change = new PartitionChanged(id.topicId(), id.partition(), elected);
                facts.add(change);
                bytes += FactSize.atMost(change);
                if (!complete) {
                    early.add(id);
                }
            }
        }
        return new Elections(facts, early);
    }

    private static Map<Integer, ReplicaLogInfo> valid(MetadataImage image, PartitionState state, Waiting wait) {
        Map<Integer, ReplicaLogInfo> valid = new HashMap<>();
        wait.reports.forEach((node, report) -> {
            BrokerImage broker = image.broker(node);
            if (broker != null
                    && PartitionElector.isAvailable(image, state, node)
                    && broker.brokerEpoch() == report.brokerEpoch()) {
                valid.put(node, report.info());
            }
        });
        return valid;
    }
}
