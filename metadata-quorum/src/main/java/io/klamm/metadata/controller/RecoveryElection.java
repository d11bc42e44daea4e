/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static io.klamm.metadata.controller.ReplicaSets.intersect;
import static io.klamm.metadata.controller.ReplicaSets.minus;
import static io.klamm.metadata.controller.ReplicaSets.union;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Elects the leader of a partition that nobody vouches for any more: ISR and ELR are empty, since all their members came
 * back from unclean stops. Whoever holds most wins, and nobody is left out: each acknowledged record was on all members of
 * the ISR then, so it is on the longest log unless all of them lost it.
 */
final class RecoveryElection {
    private RecoveryElection() {}

    static boolean isAwaited(PartitionState state) {
        return !state.hasLeader()
                && state.isr().isEmpty()
                && state.elr().isEmpty()
                && !state.lastKnownIsr().isEmpty();
    }

    /** Whether every replica of the last known ISR is among {@code reports}. */
    static boolean isComplete(PartitionState state, Map<Integer, ReplicaLogInfo> reports) {
        return reports.keySet().containsAll(state.lastKnownIsr());
    }

    /**
     * The state with the winner among those of the last known ISR that reported: the highest (last epoch, log end offset),
     * of equals the first in {@code replicas}. Null when none has reported.
     *
     * @param reports by node, of brokers that are available in the incarnation that reported
     */
    static @Nullable PartitionState elect(PartitionState state, Map<Integer, ReplicaLogInfo> reports) {
        int winner = longest(intersect(state.replicas(), state.lastKnownIsr()), reports);
        if (winner == PartitionState.NO_LEADER) {
            return null;
        }
        List<Integer> isr = List.of(winner);
        return state.changed(isr, List.of(), minus(state.lastKnownIsr(), isr), winner, state.leaderEpoch() + 1);
    }

    /** Whether nobody who may have everything can lead now: neither of the ISR nor of the ELR is anybody available. */
    static boolean isStranded(MetadataImage image, PartitionState state) {
        return !state.hasLeader()
                && union(state.isr(), state.elr()).stream()
                        .noneMatch(node -> PartitionElector.isAvailable(image, state, node));
    }

    /**
     * The same among all replicas that reported, when somebody has decided that the partition shall go on without those who may have
     * more. What they have more is given up with this: they are neither eligible nor waited for any longer, and truncate when they come
     * back. Null when nobody has reported.
     *
     * @param reports as for {@link #elect}
     */
    static @Nullable PartitionState electUncleanly(PartitionState state, Map<Integer, ReplicaLogInfo> reports) {
        int winner = longest(state.replicas(), reports);
        return winner == PartitionState.NO_LEADER
                ? null
                : state.changed(List.of(winner), List.of(), List.of(), winner, state.leaderEpoch() + 1);
    }

    private static int longest(List<Integer> candidates, Map<Integer, ReplicaLogInfo> reports) {
        int winner = PartitionState.NO_LEADER;
        ReplicaLogInfo best = null;
        for (Integer node : candidates) {
            ReplicaLogInfo info = reports.get(node);
            if (info != null && (best == null || isLonger(info, best))) {
                winner = node;
                best = info;
            }
        }
        return winner;
    }

    private static boolean isLonger(ReplicaLogInfo info, ReplicaLogInfo best) {
        return info.lastEpoch() != best.lastEpoch()
                ? info.lastEpoch() > best.lastEpoch()
                : info.logEndOffset() > best.logEndOffset();
    }
}
