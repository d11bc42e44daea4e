/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is missing fails the test
class IsrRuleTest {
    private final ClusterFixture cluster =
            ClusterFixture.withBrokers(1, 2, 3, 4).withPartition(2, 1, 2, 3);

    private IsrChange.Member member(int node) {
        return new IsrChange.Member(node, cluster.epoch(node));
    }

    private IsrChange change(int leaderEpoch, int partitionEpoch, IsrChange.Member... isr) {
        return new IsrChange(ClusterFixture.PARTITION, leaderEpoch, partitionEpoch, Arrays.asList(isr));
    }

    private Errors ask(int node, long epoch, IsrChange change) {
        Decision<List<IsrChangeResult>> decision = cluster.isrRule.change(cluster.image, node, epoch, List.of(change));
        IsrChangeResult result = decision.reply().get(0);
        assertThat(result.id()).isEqualTo(change.id());
        assertThat(result.state() == null).isEqualTo(result.error() != Errors.NONE);
        assertThat(decision.facts().isEmpty() || result.error() == Errors.NONE).isTrue();
        cluster.apply(decision.facts());
        return result.error();
    }

    private Errors ask(IsrChange change) {
        return ask(1, cluster.epoch(1), change);
    }

    @Test
    void D5_3_anIsrChangeComparesAndSetsThePartitionEpoch() {
        assertThat(ask(change(0, 0, member(1), member(2)))).isEqualTo(Errors.NONE);
        assertThat(cluster.state().isr()).containsExactly(1, 2);
        assertThat(cluster.state().partitionEpoch()).isEqualTo(1);
        assertThat(cluster.state().leaderEpoch()).isZero();
        assertThat(ask(change(0, 0, member(1), member(2), member(3))))
                .as("computed from a state that is not the current one")
                .isEqualTo(Errors.INVALID_UPDATE_VERSION);
        assertThat(ask(change(0, 2, member(1), member(2), member(3)))).isEqualTo(Errors.INVALID_UPDATE_VERSION);
        assertThat(ask(change(0, 1, member(1), member(2), member(3)))).isEqualTo(Errors.NONE);
    }

    @Test
    void D5_3_onlyTheLeaderOfThisEpochMayChangeTheIsr() {
        assertThat(ask(2, cluster.epoch(2), change(0, 0, member(1), member(2))))
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(ask(1, cluster.epoch(1) - 1, change(0, 0, member(1)))).isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(ask(9, 1, change(0, 0, member(1)))).isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(ask(change(1, 0, member(1)))).isEqualTo(Errors.INVALID_REQUEST);
        cluster.fence(1);
        cluster.unfence(1);
        int partitionEpoch = cluster.state().partitionEpoch();
        assertThat(ask(change(0, partitionEpoch, member(1)))).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(ask(change(1, partitionEpoch, member(1)))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void membersMustBeReplicasOnceAndIncludeTheLeader() {
        assertThat(ask(change(0, 0, member(1), member(4)))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(ask(change(0, 0, member(2)))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(ask(change(0, 0, member(1), member(1)))).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(ask(change(0, 0))).isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void D5_4_whoIsFencedOrLeavingOrOfAnotherLifeIsIneligible() {
        cluster.fence(3);
        int epoch = cluster.state().partitionEpoch();
        assertThat(ask(change(0, epoch, member(1), member(2), member(3)))).isEqualTo(Errors.INELIGIBLE_REPLICA);
        long before = cluster.epoch(3);
        cluster.startClean(3);
        cluster.unfence(3);
        assertThat(ask(change(0, epoch, member(1), member(2), new IsrChange.Member(3, before))))
                .isEqualTo(Errors.INELIGIBLE_REPLICA);
        assertThat(ask(change(0, epoch, member(1), member(2), new IsrChange.Member(3, -1))))
                .as("a new member must prove its life")
                .isEqualTo(Errors.INELIGIBLE_REPLICA);
        cluster.apply(cluster.elector.startShutdown(cluster.image, cluster.broker(3), FactSize.MAX_BULK_BYTES));
        assertThat(ask(change(0, epoch, member(1), member(2), member(3)))).isEqualTo(Errors.INELIGIBLE_REPLICA);
        assertThat(ask(change(0, epoch, member(1), new IsrChange.Member(2, -1))))
                .as("an old member may be unknown to a new leader")
                .isEqualTo(Errors.NONE);
    }

    @Test
    void D5_3_theSameIsrAgainShutsOutWhatIsStillOnItsWay() {
        PartitionState before = cluster.state();
        assertThat(ask(change(0, 0, member(1), member(2), member(3)))).isEqualTo(Errors.NONE);
        assertThat(cluster.state()).isEqualTo(before.confirmed());
        assertThat(ask(change(0, 0, member(1), member(2)))).isEqualTo(Errors.INVALID_UPDATE_VERSION);
    }

    @Test
    void changesOfARequestStandForThemselves() {
        PartitionId unknownTopic = new PartitionId(new Uuid(8, 8), 0);
        PartitionId unknownPartition = new PartitionId(ClusterFixture.TOPIC, 5);
        List<IsrChange> changes = List.of(
                new IsrChange(unknownTopic, 0, 0, List.of(member(1))),
                new IsrChange(unknownPartition, 0, 0, List.of(member(1))),
                change(0, 0, member(1), member(2)),
                change(0, 0, member(1), member(3)));
        Decision<List<IsrChangeResult>> decision = cluster.isrRule.change(cluster.image, 1, cluster.epoch(1), changes);
        assertThat(decision.reply())
                .extracting(IsrChangeResult::error)
                .containsExactly(
                        Errors.UNKNOWN_TOPIC_ID,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.NONE,
                        Errors.INVALID_UPDATE_VERSION);
        assertThat(decision.facts()).hasSize(1);
    }

    @Test
    void producerIdsComeInBlocksFromZero() {
        assertThat(block(1)).isEqualTo(new ProducerIdBlock(Errors.NONE, 0, 1000));
        assertThat(block(2)).isEqualTo(new ProducerIdBlock(Errors.NONE, 1000, 1000));
        assertThat(ProducerIds.allocate(cluster.image, 1, 3_000).reply().error())
                .isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(ProducerIds.allocate(cluster.image, 9, 1).reply().error())
                .isEqualTo(Errors.BROKER_ID_NOT_REGISTERED);
    }

    private ProducerIdBlock block(int node) {
        Decision<ProducerIdBlock> decision = ProducerIds.allocate(cluster.image, node, cluster.epoch(node));
        cluster.apply(decision.facts());
        return decision.reply();
    }
}
