/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * A partition as commands show it.
 *
 * @param leader node id, -1 when there is none
 * @param replicas node ids, the preferred leader first
 * @param isr in-sync replicas
 * @param eligibleLeaders replicas outside of the ISR that may still be elected (KIP-966)
 */
record PartitionView(
        int partition, int leader, List<Integer> replicas, List<Integer> isr, List<Integer> eligibleLeaders) {

    static PartitionView of(TopicPartitionInfo info) {
        Node leader = info.leader();
        return new PartitionView(
                info.partition(),
                leader == null || leader.isEmpty() ? -1 : leader.id(),
                ids(info.replicas()),
                ids(info.isr()),
                info.elr() == null ? List.of() : ids(info.elr()));
    }

    @JsonProperty("offline")
    boolean isOffline() {
        return leader < 0;
    }

    @JsonProperty("underReplicated")
    boolean isUnderReplicated() {
        return isr.size() < replicas.size();
    }

    String state() {
        return isOffline() ? "offline" : isUnderReplicated() ? "under-replicated" : "ok";
    }

    private static List<Integer> ids(List<Node> nodes) {
        return nodes.stream().map(Node::id).toList();
    }
}
