/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static io.klamm.metadata.controller.ReplicaSets.minus;
import static io.klamm.metadata.controller.ReplicaSets.union;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Decides ISR changes that leaders ask for: compare-and-set on the partition epoch (KIP-497), only brokers that are neither
 * fenced nor shutting down (KIP-841), only in the incarnation that caught up (KIP-903).
 */
final class IsrRule {
    private final int defaultMinIsr;
    private final Reassignment reassignment;

    /** @param defaultMinIsr min.insync.replicas of the cluster, see {@link EffectiveMinIsr} */
    IsrRule(int defaultMinIsr) {
        this.defaultMinIsr = defaultMinIsr;
        this.reassignment = new Reassignment(defaultMinIsr);
    }

    /** One result for each change, in order; each change stands for itself. */
    Decision<List<IsrChangeResult>> change(MetadataImage image, int nodeId, long brokerEpoch, List<IsrChange> changes) {
        BrokerImage asking = image.broker(nodeId);
        if (asking == null || asking.brokerEpoch() != brokerEpoch) {
            return Decision.replyOnly(changes.stream()
                    .map(change -> new IsrChangeResult(change.id(), Errors.STALE_BROKER_EPOCH, null))
                    .toList());
        }
        List<MetadataFact> facts = new ArrayList<>();
        List<IsrChangeResult> results = new ArrayList<>(changes.size());
        MetadataImage pending = image;
        for (IsrChange change : changes) {
            TopicImage topic = pending.topic(change.id().topicId());
            PartitionState state = pending.partition(change.id());
            Errors error = topic == null ? Errors.UNKNOWN_TOPIC_ID : check(pending, nodeId, state, change);
            if (error != Errors.NONE || topic == null || state == null) {
                results.add(new IsrChangeResult(change.id(), error, null));
                continue;
            }
            PartitionState next = next(pending, topic, state, change);
            List<MetadataFact> changed = List.of(
                    new PartitionChanged(change.id().topicId(), change.id().partition(), next));
            facts.addAll(changed);
            pending = pending.apply(changed);
            results.add(
                    next.leader() == nodeId
                            ? new IsrChangeResult(change.id(), Errors.NONE, next)
                            : new IsrChangeResult(change.id(), Errors.NEW_LEADER_ELECTED, null));
        }
        return new Decision<>(facts, results);
    }

    private static Errors check(MetadataImage image, int nodeId, @Nullable PartitionState state, IsrChange change) {
        if (state == null) {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (change.leaderEpoch() < state.leaderEpoch()) {
            return Errors.FENCED_LEADER_EPOCH;
        }
        if (change.leaderEpoch() > state.leaderEpoch()) {
            // This image is the newest there is, so nobody can have seen such an epoch.
            return Errors.INVALID_REQUEST;
        }
        if (state.leader() != nodeId) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        if (change.partitionEpoch() != state.partitionEpoch()) {
            return Errors.INVALID_UPDATE_VERSION;
        }
        HashSet<Integer> members = new HashSet<>();
        boolean duplicates = false;
        for (IsrChange.Member member : change.newIsr()) {
            duplicates |= !members.add(member.nodeId());
        }
        if (duplicates || !members.contains(nodeId) || !state.replicas().containsAll(members)) {
            return Errors.INVALID_REQUEST;
        }
        boolean eligible = change.newIsr().stream().allMatch(member -> isEligible(image, state, member));
        return eligible ? Errors.NONE : Errors.INELIGIBLE_REPLICA;
    }

    /**
     * A leader may not know the epoch of a member that has been in the ISR since before it led; had that one restarted, the
     * partition epoch would have changed. For a new member the epoch is what proves that it caught up in this life.
     */
    private static boolean isEligible(MetadataImage image, PartitionState state, IsrChange.Member member) {
        BrokerImage broker = image.broker(member.nodeId());
        if (broker == null || !PartitionElector.isAvailable(image, state, member.nodeId())) {
            return false;
        }
        return broker.brokerEpoch() == member.brokerEpoch()
                || (member.brokerEpoch() == -1 && state.isr().contains(member.nodeId()));
    }

    private PartitionState next(MetadataImage image, TopicImage topic, PartitionState state, IsrChange change) {
        List<Integer> isr =
                change.newIsr().stream().map(IsrChange.Member::nodeId).toList();
        int minIsr = EffectiveMinIsr.of(image, topic.name(), state, defaultMinIsr);
        boolean enough = isr.size() >= minIsr;
        List<Integer> elr = enough ? List.of() : minus(union(state.elr(), state.isr()), isr);
        List<Integer> lastKnownIsr = enough ? List.of() : minus(state.lastKnownIsr(), isr);
        PartitionState next = state.changed(isr, elr, lastKnownIsr, state.leader(), state.leaderEpoch());
        // The change that completes a reassignment and what follows from it are one batch (KIP-455).
        PartitionState completed = reassignment.completed(image, topic.name(), next);
        if (!completed.equals(next)) {
            return completed;
        }
        // A leader that asks for the ISR there is takes back an earlier proposal whose outcome it does not know. That
        // one may
        // still be on its way and must find another partition epoch.
        return next.equals(state) ? state.confirmed() : next;
    }
}
