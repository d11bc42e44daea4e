/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static io.klamm.metadata.controller.ReplicaSets.intersect;
import static io.klamm.metadata.controller.ReplicaSets.minus;
import static io.klamm.metadata.controller.ReplicaSets.union;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps by which the replicas of a partition become others (KIP-455): first the new ones are added, and when they are in sync the old
 * ones go, in the batch that brings the last one in. Pure functions of a partition's state.
 *
 * <ul>
 *   <li>The order of {@code replicas} names the target first, so what is left when the removing ones go is the target in its order.
 *   <li>Nobody goes whom the partition leans on: the old replicas stay until the ISR without them holds all that were added and is not
 *       smaller than the effective min ISR. Kafka does not ask for the latter, and may leave a partition that nobody can write to.
 *   <li>Whenever a replica goes the leader epoch grows, even if the leader stays. A replica that went may come back with an empty log;
 *       in the old epoch its leader would count for it what it had before.
 * </ul>
 */
final class Reassignment {
    private final int defaultMinIsr;

    /** @param defaultMinIsr min.insync.replicas of the cluster, see {@link EffectiveMinIsr} */
    Reassignment(int defaultMinIsr) {
        this.defaultMinIsr = defaultMinIsr;
    }

    /**
     * The state in which the partition is on its way to {@code target}; {@code state} itself when it is on this very way, or there. One
     * that was on its way elsewhere takes the new one: what it was adding in vain goes at once, unless it is in sync or eligible or last
     * known to be. Such a replica goes with the others, at the end.
     *
     * @param target replicas, preferred leader first; not empty, no duplicates
     */
    PartitionState begun(MetadataImage image, String topic, PartitionState state, List<Integer> target) {
        List<Integer> precious = union(union(state.isr(), state.elr()), state.lastKnownIsr());
        List<Integer> original = minus(state.replicas(), state.addingReplicas());
        List<Integer> kept = union(original, minus(intersect(state.addingReplicas(), precious), target));
        List<Integer> removing = minus(kept, target);
        List<Integer> replicas = union(target, removing);
        List<Integer> adding = minus(target, kept);
        if (replicas.equals(state.replicas())
                && adding.equals(state.addingReplicas())
                && removing.equals(state.removingReplicas())) {
            return completed(image, topic, state);
        }
        int leaderEpoch = state.leaderEpoch() + (replicas.containsAll(state.replicas()) ? 0 : 1);
        PartitionState begun = state.withReplicas(replicas, adding, removing, state.isr(), state.leader(), leaderEpoch);
        for (Integer node : minus(adding, state.replicas())) {
            begun = begun.withDirectory(node, NewReplicas.onlyDirectory(image, node));
        }
        return completed(image, topic, begun);
    }

    /**
     * The state after the reassignment under way is given up: the replicas it was removing stay, those it was adding go.
     *
     * @return null when it cannot be: nobody would be left who surely has what was acknowledged
     */
    @Nullable
    PartitionState cancelled(MetadataImage image, String topic, PartitionState state) {
        List<Integer> replicas = minus(state.replicas(), state.addingReplicas());
        List<Integer> isr = minus(state.isr(), state.addingReplicas());
        List<Integer> elr = minus(state.elr(), state.addingReplicas());
        // Any member of the ISR holds what was acknowledged, and any of the ELR; the last known ISR only all together.
        boolean nobodyLeft;
        if (!state.isr().isEmpty()) {
            nobodyLeft = isr.isEmpty();
        } else if (!state.elr().isEmpty()) {
            nobodyLeft = elr.isEmpty();
        } else {
            nobodyLeft = !replicas.containsAll(state.lastKnownIsr());
        }
        int leader = state.hasLeader() ? leader(image, state, replicas, isr) : PartitionState.NO_LEADER;
        if (replicas.isEmpty() || nobodyLeft || (state.hasLeader() && leader == PartitionState.NO_LEADER)) {
            return null;
        }
        int bump = leader == state.leader() && state.addingReplicas().isEmpty() ? 0 : 1;
        PartitionState next =
                state.withReplicas(replicas, List.of(), List.of(), isr, leader, state.leaderEpoch() + bump);
        return isr.size() >= EffectiveMinIsr.of(image, topic, next, defaultMinIsr) ? withoutElr(next) : next;
    }

    /** The state in which the reassignment is complete, if it can be; else {@code state} itself. */
    PartitionState completed(MetadataImage image, String topic, PartitionState state) {
        if (!state.reassigning() || !state.hasLeader()) {
            return state;
        }
        List<Integer> target = state.targetReplicas();
        // Who is not available may have lost what it had: until the ISR knows, nobody goes for its sake.
        List<Integer> isr = intersect(state.isr(), target).stream()
                .filter(node -> PartitionElector.isAvailable(image, state, node))
                .toList();
        int needed = EffectiveMinIsr.of(image, topic, target.size(), defaultMinIsr);
        if (isr.size() < needed || !isr.containsAll(state.addingReplicas())) {
            return state;
        }
        int leader = leader(image, state, target, isr);
        if (leader == PartitionState.NO_LEADER) {
            return state;
        }
        int bump = leader == state.leader() && state.removingReplicas().isEmpty() ? 0 : 1;
        return withoutElr(state.withReplicas(target, List.of(), List.of(), isr, leader, state.leaderEpoch() + bump));
    }

    /** The leader there is, if it stays in sync; else the first that may lead. */
    private static int leader(MetadataImage image, PartitionState state, List<Integer> replicas, List<Integer> isr) {
        if (isr.contains(state.leader())) {
            return state.leader();
        }
        return replicas.stream()
                .filter(node -> isr.contains(node) && PartitionElector.isAvailable(image, state, node))
                .findFirst()
                .orElse(PartitionState.NO_LEADER);
    }

    /** Enough are in sync for the high watermark to move: who is not among them must not lead any more (KIP-966). */
    private static PartitionState withoutElr(PartitionState state) {
        return new PartitionState(
                state.replicas(),
                state.directories(),
                state.isr(),
                List.of(),
                List.of(),
                state.addingReplicas(),
                state.removingReplicas(),
                state.leader(),
                state.leaderEpoch(),
                state.partitionEpoch());
    }
}
