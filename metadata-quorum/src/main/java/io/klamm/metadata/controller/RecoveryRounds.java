/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Partitions that wait for the reports of their last known ISR, or for an unclean election, and the reports so far. Soft state: a report counts only for
 * the broker epoch that gave it and the leader epoch in which it was asked, since without a leader a log does not change;
 * after a fail-over of the controller everybody is asked again. No threads, no clock: whoever calls does the asking.
 * Times are monotonic nanoseconds.
 *
 * <p>An unclean election, where somebody wants one (unclean.leader.election.enable, or an operator's request), asks all replicas: a
 * partition that is to go on without some of its records shall lose as few as can be.
 */
final class RecoveryRounds {
    static final long BACKOFF_MS = 200;

    /** An unclean election by configuration waits so long for replicas that are just coming up: after a loss of power all do. */
    static final long UNCLEAN_GRACE_MS = 1_000;

    /** An unclean election waits no longer for available replicas that do not answer. */
    static final long UNCLEAN_PATIENCE_MS = 5_000;

    private static final int MAX_PARTITIONS_PER_ASK = 2_000;

    /** Who decides. */
    private enum Kind {
        NOBODY,
        LAST_KNOWN_ISR,
        ANY_REPLICA
    }

    private record Report(long brokerEpoch, ReplicaLogInfo info) {}

    private static final class Waiting {
        final int leaderEpoch;
        final long sinceNanos;
        final Map<Integer, Report> reports = new HashMap<>();

        /** Since when an unclean election is wanted; null while it is not. */
        @Nullable
        Long uncleanSinceNanos;

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
     * @param early those of them for which not everybody of the last known ISR has reported
     * @param unclean those of them whose leader may lack records that others have
     */
    record Elections(List<MetadataFact> facts, List<PartitionId> early, List<PartitionId> unclean) {}

    private final ElectionSettings settings;
    private final Reassignment reassignment;
    private final long timeoutNanos;
    private final Set<PartitionId> requested = new HashSet<>();
    private final Map<PartitionId, Waiting> waiting = new TreeMap<>();
    private final Map<Integer, Conversation> conversations = new HashMap<>();

    RecoveryRounds(ElectionSettings settings, Reassignment reassignment) {
        this.settings = settings;
        this.reassignment = reassignment;
        long timeoutMs = settings.uncleanRecoveryTimeoutMs();
        this.timeoutNanos = timeoutMs < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    }

    void clear() {
        waiting.clear();
        conversations.clear();
        requested.clear();
    }

    /** An operator wants leaders for these, clean or not; for all that were named before, this replaces it. */
    void request(MetadataImage image, Set<PartitionId> partitions, long nowNanos) {
        Set<PartitionId> changed = new HashSet<>(requested);
        requested.clear();
        requested.addAll(partitions);
        changed.addAll(partitions);
        update(image, changed, nowNanos);
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
            Kind kind = state == null ? Kind.NOBODY : kind(image, id, state);
            if (state == null || kind == Kind.NOBODY) {
                waiting.remove(id);
                continue;
            }
            Waiting wait = waiting.get(id);
            if (wait == null || wait.leaderEpoch != state.leaderEpoch()) {
                wait = new Waiting(state.leaderEpoch(), wait == null ? nowNanos : wait.sinceNanos);
                waiting.put(id, wait);
            }
            if (kind != Kind.ANY_REPLICA) {
                wait.uncleanSinceNanos = null;
            } else if (wait.uncleanSinceNanos == null) {
                wait.uncleanSinceNanos = nowNanos;
            }
        }
    }

    private Kind kind(MetadataImage image, PartitionId id, PartitionState state) {
        if (RecoveryElection.isStranded(image, state) && (requested.contains(id) || isAllowed(image, id))) {
            return Kind.ANY_REPLICA;
        }
        return RecoveryElection.isAwaited(state) ? Kind.LAST_KNOWN_ISR : Kind.NOBODY;
    }

    private boolean isAllowed(MetadataImage image, PartitionId id) {
        TopicImage topic = image.topic(id.topicId());
        return topic != null && settings.uncleanAllowed(image, topic.name());
    }

    /** Who is to be asked what now; each question must be followed by {@link #answered}. */
    List<Question> questions(MetadataImage image, long nowNanos) {
        Map<Integer, Map<PartitionId, Integer>> missing = new TreeMap<>();
        waiting.forEach((id, wait) -> {
            PartitionState state = image.partition(id);
            if (state == null) {
                return;
            }
            for (Integer node : kind(image, id, state) == Kind.ANY_REPLICA ? state.replicas() : state.lastKnownIsr()) {
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
        Elections elections = new Elections(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        int bytes = 0;
        for (Map.Entry<PartitionId, Waiting> entry : waiting.entrySet()) {
            PartitionId id = entry.getKey();
            Waiting wait = entry.getValue();
            PartitionState state = image.partition(id);
            if (bytes > maxBytes || state == null || state.leaderEpoch() != wait.leaderEpoch) {
                continue;
            }
            PartitionState elected = elect(image, id, state, wait, nowNanos, elections);
            TopicImage topic = image.topic(id.topicId());
            if (elected != null && topic != null) {
                // Its ISR may be all that a reassignment waited for.
                PartitionState next = reassignment.completed(image, topic.name(), elected);
                PartitionChanged change = new PartitionChanged(id.topicId(), id.partition(), next);
                elections.facts().add(change);
                bytes += FactSize.atMost(change);
            }
        }
        return elections;
    }

    private @Nullable PartitionState elect(
            MetadataImage image,
            PartitionId id,
            PartitionState state,
            Waiting wait,
            long nowNanos,
            Elections elections) {
        Map<Integer, ReplicaLogInfo> reports = valid(image, state, wait);
        if (RecoveryElection.isAwaited(state)) {
            boolean complete = RecoveryElection.isComplete(state, reports);
            boolean timeIsUp = timeoutNanos >= 0 && nowNanos - wait.sinceNanos >= timeoutNanos;
            PartitionState elected = complete || timeIsUp ? RecoveryElection.elect(state, reports) : null;
            if (elected != null) {
                if (!complete) {
                    elections.early().add(id);
                }
                return elected;
            }
        }
        if (kind(image, id, state) == Kind.ANY_REPLICA && isUncleanDue(image, id, state, wait, reports, nowNanos)) {
            PartitionState elected = RecoveryElection.electUncleanly(state, reports);
            if (elected != null) {
                elections.unclean().add(id);
            }
            return elected;
        }
        return null;
    }

    private boolean isUncleanDue(
            MetadataImage image,
            PartitionId id,
            PartitionState state,
            Waiting wait,
            Map<Integer, ReplicaLogInfo> reports,
            long nowNanos) {
        if (wait.uncleanSinceNanos == null) {
            return false; // wanted only by what is pending: update() will say so
        }
        long waitedMs = TimeUnit.NANOSECONDS.toMillis(nowNanos - wait.uncleanSinceNanos);
        boolean allAvailable = state.replicas().stream()
                .filter(node -> PartitionElector.isAvailable(image, state, node))
                .allMatch(reports::containsKey);
        return reports.keySet().containsAll(state.replicas())
                || (allAvailable && (requested.contains(id) || waitedMs >= UNCLEAN_GRACE_MS))
                || waitedMs >= UNCLEAN_PATIENCE_MS;
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
