/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerUnregistered;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.MetadataImage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topic "t" has one partition on brokers 1, 2, 3 of 1 to 4. */
@NullUnmarked // what is missing fails the test
class PartitionAdderTest {
    private final ClusterFixture cluster =
            ClusterFixture.withBrokers(1, 2, 3, 4).withPartition(2, 1, 2, 3);
    private final PartitionAdder adder = new PartitionAdder(100);

    private NewPartitionsResult add(int count, List<List<Integer>> assignments) {
        return add(false, new NewPartitions("t", count, assignments)).get(0);
    }

    private List<NewPartitionsResult> add(boolean validateOnly, NewPartitions... wanted) {
        Decision<List<NewPartitionsResult>> decision = adder.add(cluster.image, Arrays.asList(wanted), validateOnly);
        cluster.apply(decision.facts());
        return decision.reply();
    }

    private List<PartitionState> partitions() {
        return cluster.image.topic("t").partitions();
    }

    @Test
    void newPartitionsSpreadBehindTheOldOnes() {
        PartitionState before = partitions().get(0);
        assertThat(add(4, List.of()).error()).isEqualTo(Errors.NONE);
        assertThat(partitions()).hasSize(4);
        assertThat(partitions().get(0)).isEqualTo(before);
        assertThat(partitions()).extracting(PartitionState::leader).containsExactlyInAnyOrder(1, 2, 3, 4);
        Map<Integer, Integer> replicas = new HashMap<>();
        partitions().forEach(partition -> partition.replicas().forEach(node -> replicas.merge(node, 1, Integer::sum)));
        assertThat(replicas).isEqualTo(Map.of(1, 3, 2, 3, 3, 3, 4, 3));
        assertThat(partitions()).allSatisfy(partition -> {
            assertThat(partition.replicas()).hasSize(3).doesNotHaveDuplicates();
            assertThat(partition.isr()).isEqualTo(partition.replicas());
        });
    }

    @Test
    void aFencedBrokerGetsNoLeaderAndIsOutOfSync() {
        cluster.fence(4);
        cluster.fence(3);
        add(3, List.of());
        assertThat(partitions().subList(1, 3)).allSatisfy(partition -> {
            assertThat(partition.leader()).isIn(1, 2);
            assertThat(partition.isr()).doesNotContain(3, 4);
        });
    }

    @Test
    void replicasAreTakenAsAssigned() {
        assertThat(add(3, List.of(List.of(4, 1, 2), List.of(2, 4, 3))).error()).isEqualTo(Errors.NONE);
        assertThat(partitions().get(1).replicas()).containsExactly(4, 1, 2);
        assertThat(partitions().get(2).leader()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void partitionsAreNeverTakenAway(int count) {
        MetadataImage before = cluster.image;
        assertThat(add(count, List.of()).error()).isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(cluster.image).isEqualTo(before);
    }

    @Test
    void refusesWrongAssignments() {
        MetadataImage before = cluster.image;
        assertThat(add(3, List.of(List.of(1, 2, 3))).message()).contains("2 partitions are to be added");
        assertThat(add(2, List.of(List.of(1, 2))).message()).contains("have 3 replicas");
        assertThat(add(2, List.of(List.of(1, 2, 2))).message()).contains("twice");
        assertThat(add(2, List.of(List.of(1, 2, 9))).message()).contains("broker 9, which is not registered");
        assertThat(add(2, List.of(List.of())).message()).contains("no broker");
        assertThat(cluster.image).isEqualTo(before);
        cluster.fence(1, 2, 3);
        assertThat(add(2, List.of(List.of(1, 2, 3))).error()).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(partitions()).hasSize(1);
    }

    @Test
    void refusesUnknownTopicsAndTooMuchAndNamesTwice() {
        MetadataImage before = cluster.image;
        assertThat(add(false, new NewPartitions("nowhere", 3, List.of())).get(0).error())
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(add(102, List.of()).error()).isEqualTo(Errors.POLICY_VIOLATION);
        assertThat(add(Integer.MAX_VALUE, List.of()).error()).isEqualTo(Errors.POLICY_VIOLATION);
        NewPartitions two = new NewPartitions("t", 2, List.of());
        assertThat(add(false, two, two)).extracting(NewPartitionsResult::error).containsExactly(Errors.INVALID_REQUEST);
        assertThat(cluster.image).isEqualTo(before);
        assertThat(add(101, List.of()).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void validatesWithoutAdding() {
        assertThat(add(true, new NewPartitions("t", 3, List.of())).get(0).error())
                .isEqualTo(Errors.NONE);
        assertThat(add(true, new NewPartitions("t", 1, List.of())).get(0).error())
                .isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(partitions()).hasSize(1);
    }

    @Test
    void asManyBrokersAsReplicasAreNeeded() {
        ClusterFixture small = ClusterFixture.withBrokers(1, 2, 3).withPartition(2, 1, 2, 3);
        small.apply(List.of(new BrokerUnregistered(3, small.epoch(3))));
        NewPartitionsResult result = adder.add(small.image, List.of(new NewPartitions("t", 2, List.of())), false)
                .reply()
                .get(0);
        assertThat(result.error()).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
    }

    @Test
    void theHomesOfGroupsKeepTheirNumber() {
        Uuid id = new Uuid(77, 1);
        cluster.apply(List.of(
                new TopicCreated(id, "__consumer_offsets"),
                new PartitionCreated(id, 0, partitions().get(0))));
        List<NewPartitionsResult> result = add(false, new NewPartitions("__consumer_offsets", 2, List.of()));

        assertThat(result.get(0).error()).isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(cluster.image.topic(id).partitions()).hasSize(1);
    }
}
