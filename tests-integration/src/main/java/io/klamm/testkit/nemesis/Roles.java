/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ground;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/**
 * Who is who when a round begins.
 *
 * @param aim the partition that is meant
 */
record Roles(List<Integer> nodes, TopicPartition aim, int partitionLeader, int quorumLeader) {
    /**
     * @param choice any number, which chooses the partition
     * @param apart whether to aim at a partition that the leader of the quorum does not lead, when there is one
     */
    static Roles now(Ground ground, String topic, int choice, boolean apart) {
        List<Integer> leaders = ground.leaders(topic);
        int quorumLeader = ground.quorumLeader();
        int first = Math.floorMod(choice, leaders.size());
        int partition = IntStream.range(first, first + leaders.size())
                .map(each -> each % leaders.size())
                .filter(each -> !apart || leaders.get(each) != quorumLeader)
                .findFirst()
                .orElse(first);
        return new Roles(ground.nodes(), new TopicPartition(topic, partition), leaders.get(partition), quorumLeader);
    }

    List<Integer> of(Target target) {
        return switch (target.role()) {
            case NOBODY -> List.of();
            case PARTITION_LEADER -> List.of(partitionLeader);
            case PARTITION_FOLLOWERS -> without(partitionLeader);
            case A_PARTITION_FOLLOWER ->
                without(partitionLeader).stream()
                        .sorted(Comparator.comparing(id -> id == quorumLeader))
                        .limit(1)
                        .toList();
            case QUORUM_LEADER -> List.of(quorumLeader);
            case A_QUORUM_FOLLOWER -> without(quorumLeader).stream().limit(1).toList();
            case ALL -> nodes;
            case NODE -> nodes.stream().skip(target.number() - 1L).limit(1).toList();
        };
    }

    private List<Integer> without(int node) {
        return nodes.stream().filter(id -> id != node).toList();
    }
}
