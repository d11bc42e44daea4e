/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.nemesis.PlannedFault.Target;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** Who is who when a round begins. */
record Roles(List<Integer> nodes, int partitionLeader, int quorumLeader) {
    static Roles now(Ground ground, TopicPartition aim) {
        return new Roles(ground.nodes(), ground.leaderOf(aim), ground.quorumLeader());
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

    private List<Integer> without(int node) {
        return nodes.stream().filter(id -> id != node).toList();
    }
}
