/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/**
 * A partition as commands show it.
 *
 * @param leader node id, -1 when there is none
 * @param replicas node ids, the preferred leader first
 * @param isr in-sync replicas
 * @param eligibleLeaderReplicas replicas outside of the ISR that may still be elected (KIP-966)
 * @param lastKnownIsr replicas of which all must report before one can lead, when neither ISR nor ELR has anybody
 * @param minIsr in-sync replicas that acks=all needs: min.insync.replicas, but never more than there are replicas; null when
 *     it was not asked for
 * @param startOffset first offset that is kept; null when not asked for, or there is no leader
 * @param endOffset offset behind the last record; null as before
 */
record PartitionView(
        int partition,
        int leader,
        List<Integer> replicas,
        List<Integer> isr,
        List<Integer> eligibleLeaderReplicas,
        List<Integer> lastKnownIsr,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer minIsr,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long startOffset,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long endOffset) {

    static PartitionView of(TopicPartitionInfo info) {
        Node leader = info.leader();
        return new PartitionView(
                info.partition(),
                leader == null || leader.isEmpty() ? -1 : leader.id(),
                ids(info.replicas()),
                ids(info.isr()),
                ids(info.elr()),
                ids(info.lastKnownElr()),
                null,
                null,
                null);
    }

    /** @param minInsyncReplicas the topic's min.insync.replicas */
    PartitionView withMinIsr(int minInsyncReplicas) {
        return new PartitionView(
                partition,
                leader,
                replicas,
                isr,
                eligibleLeaderReplicas,
                lastKnownIsr,
                Math.min(minInsyncReplicas, replicas.size()),
                startOffset,
                endOffset);
    }

    /** @param start inclusive, {@code end} exclusive */
    PartitionView withOffsets(long start, long end) {
        return new PartitionView(
                partition, leader, replicas, isr, eligibleLeaderReplicas, lastKnownIsr, minIsr, start, end);
    }

    @JsonProperty("offline")
    boolean isOffline() {
        return leader < 0;
    }

    @JsonProperty("underReplicated")
    boolean isUnderReplicated() {
        return isr.size() < replicas.size();
    }

    /** Whether acks=all is refused although there is a leader. */
    boolean isBelowMinIsr() {
        return minIsr != null && !isOffline() && isr.size() < minIsr;
    }

    /** In words; what is worst comes first. */
    @JsonProperty("state")
    String state() {
        if (isOffline()) {
            return "offline" + awaited();
        }
        if (isBelowMinIsr()) {
            return "below min ISR (" + isr.size() + " of " + minIsr + "): acks=all is refused";
        }
        return isUnderReplicated() ? "under-replicated" : "ok";
    }

    /** Whoever is in the ISR or the ELR has everything that was acknowledged, so one is enough. */
    private String awaited() {
        List<Integer> eligible = new ArrayList<>(isr);
        eligibleLeaderReplicas.stream().filter(node -> !eligible.contains(node)).forEach(eligible::add);
        if (!eligible.isEmpty()) {
            return ", waits for node " + joined(eligible, " or ");
        }
        return lastKnownIsr.isEmpty()
                ? ""
                : lastKnownIsr.size() == 1
                        ? ", waits for node " + lastKnownIsr.get(0) + " (last known ISR)"
                        : ", waits for nodes " + joined(lastKnownIsr, " and ") + " (last known ISR)";
    }

    private static String joined(List<Integer> nodes, String word) {
        return nodes.stream().map(String::valueOf).collect(Collectors.joining(word));
    }

    private static List<Integer> ids(@Nullable List<Node> nodes) {
        return nodes == null ? List.of() : nodes.stream().map(Node::id).toList();
    }
}
