/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.nemesis.PlannedFault.Target;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Who is who when a round begins.
 *
 * @param aim the partition that is meant
 */
record Roles(List<Integer> nodes, TopicPartition aim, int partitionLeader, int quorumLeader) {
    /** @param apart whether to aim at a partition that the leader of the quorum does not lead, when there is one */
    static Roles now(Ground ground, String topic, boolean apart) {
        List<Integer> leaders = ground.leaders(topic);
        int quorumLeader = ground.quorumLeader();
        int partition = 0;
        while (apart && partition < leaders.size() && leaders.get(partition) == quorumLeader) {
            partition++;
        }
        if (partition == leaders.size()) {
            partition = 0;
        }
        return new Roles(ground.nodes(), new TopicPartition(topic, partition), leaders.get(partition), quorumLeader);
    }

    List<Integer> of(Target target) {
        return switch (target) {
            case NOBODY -> List.of();
            case PARTITION_LEADER -> List.of(partitionLeader);
            case PARTITION_FOLLOWERS -> without(partitionLeader);
            case A_PARTITION_FOLLOWER ->
                without(partitionLeader).stream()
                        .filter(id -> id != quorumLeader)
                        .limit(1)
                        .toList();
            case QUORUM_LEADER -> List.of(quorumLeader);
            case A_QUORUM_FOLLOWER -> without(quorumLeader).subList(0, 1);
            case ALL -> nodes;
            case FIRST -> List.of(nodes.get(0));
            case SECOND -> List.of(nodes.get(1));
            case THIRD -> List.of(nodes.get(2));
        };
    }

    @Override
    public String toString() {
        return partitionLeader == quorumLeader
                ? "node " + quorumLeader + " leads both " + aim + " and the quorum"
                : "node " + partitionLeader + " leads " + aim + ", and node " + quorumLeader + " the quorum";
    }

    private List<Integer> without(int node) {
        return nodes.stream().filter(id -> id != node).toList();
    }
}
