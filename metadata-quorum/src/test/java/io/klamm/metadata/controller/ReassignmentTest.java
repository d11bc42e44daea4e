/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Partition t-0 on brokers 1, 2, 3, led by 1, min ISR 2, in a cluster of six. */
@NullUnmarked // what is missing fails the test
class ReassignmentTest {
    private final ClusterFixture cluster =
            ClusterFixture.withBrokers(1, 2, 3, 4, 5, 6).withPartition(2, 1, 2, 3);
    private final PartitionReassigner reassigner = new PartitionReassigner(-1);

    private Errors ask(boolean allowFactorChange, List<Integer> target) {
        Decision<List<ReassignmentResult>> decision =
                reassigner.reassign(cluster.image, List.of(new ReassignmentRequest("t", 0, target)), allowFactorChange);
        ReassignmentResult result = decision.reply().get(0);
        assertThat(result.message() == null).isEqualTo(result.error() == Errors.NONE);
        assertThat(decision.facts().isEmpty() || result.error() == Errors.NONE).isTrue();
        cluster.apply(decision.facts());
        return result.error();
    }

    private Errors to(Integer... target) {
        return ask(true, Arrays.asList(target));
    }

    private Errors cancel() {
        return ask(true, null);
    }

    private void expect(String replicas, String adding, String removing) {
        PartitionState state = cluster.state();
        assertThat(state.replicas()).hasToString(replicas);
        assertThat(state.addingReplicas()).hasToString(adding);
        assertThat(state.removingReplicas()).hasToString(removing);
    }

    @Test
    void addsFirstAndRemovesInTheBatchThatBringsTheLastOneIn() {
        assertThat(to(4, 5, 3)).isEqualTo(Errors.NONE);
        expect("[4, 5, 3, 1, 2]", "[4, 5]", "[1, 2]");
        assertThat(cluster.describe()).startsWith("leader 1 epoch 0 isr [1, 2, 3] elr [] lastKnownIsr []");
        assertThat(cluster.image.partitionsOn(4)).containsExactly(ClusterFixture.PARTITION);

        assertThat(cluster.changeIsr(1, 2, 3, 4)).isEqualTo(Errors.NONE);
        expect("[4, 5, 3, 1, 2]", "[4, 5]", "[1, 2]");
        assertThat(cluster.state().leaderEpoch()).isZero();

        assertThat(cluster.changeIsr(1, 2, 3, 4, 5))
                .as("the leader that asks is not among the targets")
                .isEqualTo(Errors.NEW_LEADER_ELECTED);
        expect("[4, 5, 3]", "[]", "[]");
        assertThat(cluster.describe()).isEqualTo("leader 4 epoch 1 isr [3, 4, 5] elr [] lastKnownIsr []");
        assertThat(cluster.image.partitionsOn(1)).isEmpty();
    }

    @Test
    void aLeaderThatStaysGetsANewEpochWhenAReplicaGoes() {
        to(1, 2, 4);
        assertThat(cluster.changeIsr(1, 2, 3, 4)).isEqualTo(Errors.NONE);
        expect("[1, 2, 4]", "[]", "[]");
        assertThat(cluster.describe()).isEqualTo("leader 1 epoch 1 isr [1, 2, 4] elr [] lastKnownIsr []");
    }

    @Test
    void anotherOrderAndFewerReplicasTakeEffectAtOnce() {
        assertThat(to(3, 2, 1)).isEqualTo(Errors.NONE);
        expect("[3, 2, 1]", "[]", "[]");
        assertThat(cluster.describe()).isEqualTo("leader 1 epoch 0 isr [1, 2, 3] elr [] lastKnownIsr []");
        assertThat(to(3, 2)).isEqualTo(Errors.NONE);
        expect("[3, 2]", "[]", "[]");
        assertThat(cluster.describe()).isEqualTo("leader 3 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
        int epoch = cluster.state().partitionEpoch();
        assertThat(to(3, 2)).as("there already").isEqualTo(Errors.NONE);
        assertThat(cluster.state().partitionEpoch()).isEqualTo(epoch);
    }

    @Test
    void neverGoesBelowTheMinIsrToRemove() {
        cluster.fence(1, 2);
        assertThat(cluster.state().isr()).containsExactly(3);
        to(1, 2, 4);
        cluster.changeIsr(3, 4);
        expect("[1, 2, 4, 3]", "[4]", "[3]");
        cluster.unfence(2);
        assertThat(cluster.changeIsr(2, 3, 4)).isEqualTo(Errors.NEW_LEADER_ELECTED);
        expect("[1, 2, 4]", "[]", "[]");
        assertThat(cluster.state().isr()).containsExactly(2, 4);
    }

    @Test
    void aLowerMinIsrCompletesWhatWaitedForIt() {
        cluster.fence(2);
        to(1, 2);
        expect("[1, 2, 3]", "[]", "[3]");
        List<MetadataFact> lower =
                List.of(new ConfigChanged(ConfigResourceType.TOPIC, "t", "min.insync.replicas", "1"));
        List<MetadataFact> settled = new MinIsrSettlement(-1).facts(cluster.image, lower);
        cluster.apply(lower);
        cluster.apply(settled);
        expect("[1, 2]", "[]", "[]");
        assertThat(cluster.state().isr()).containsExactly(1);
    }

    @Test
    void replicasBeingAddedDoNotRaiseTheMinIsr() {
        to(1);
        to(1, 4, 5);
        assertThat(cluster.describe()).startsWith("leader 1 epoch 1 isr [1] elr [] lastKnownIsr []");
        cluster.changeIsr(1, 4);
        cluster.fence(4);
        assertThat(cluster.state().elr())
                .as("one replica counts: the leader goes on without 4")
                .isEmpty();
        cluster.unfence(4);
        cluster.changeIsr(1, 4, 5);
        expect("[1, 4, 5]", "[]", "[]");
        cluster.fence(4, 5);
        assertThat(cluster.state().elr()).containsExactly(4, 5);
    }

    @Test
    void aCancelledReassignmentLeavesWhatWasThere() {
        to(4, 5, 6);
        cluster.changeIsr(1, 2, 3, 4);
        assertThat(cancel()).isEqualTo(Errors.NONE);
        expect("[1, 2, 3]", "[]", "[]");
        assertThat(cluster.describe()).isEqualTo("leader 1 epoch 1 isr [1, 2, 3] elr [] lastKnownIsr []");
        assertThat(cancel()).isEqualTo(Errors.NO_REASSIGNMENT_IN_PROGRESS);
    }

    @Test
    void aCancelledReassignmentTakesTheLeaderBack() {
        to(4, 2, 3);
        cluster.fence(1);
        cluster.fence(2);
        // Only 3 is left of the old ones, and 4 leads when that one stops.
        cluster.unfence(2);
        cluster.changeIsr(2, 3);
        assertThat(cluster.state().leader()).isEqualTo(3);
        to(5, 6);
        cluster.changeIsr(2, 3, 5);
        cluster.fence(3);
        assertThat(cluster.state().leader()).isEqualTo(5);
        assertThat(cancel()).isEqualTo(Errors.NONE);
        assertThat(cluster.state().leader()).isEqualTo(2);
        assertThat(cluster.state().replicas()).doesNotContain(5, 6);
    }

    @Test
    void isNotCancelledWhenOnlyTheNewOnesHaveEverything() {
        to(4, 5, 6);
        cluster.changeIsr(1, 4, 5);
        cluster.fence(1);
        PartitionState before = cluster.state();
        assertThat(before.isr()).containsExactly(4, 5);
        assertThat(cancel()).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(cluster.state()).isEqualTo(before);
        cluster.fence(4, 5);
        assertThat(cancel()).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
    }

    @Test
    void isNotCancelledWhenOneThatWasAddedMayHaveMostOfTheLastKnown() {
        to(1);
        to(1, 4, 5);
        cluster.changeIsr(1, 4);
        cluster.fence(1, 4);
        cluster.startUnclean(1);
        cluster.startUnclean(4);
        assertThat(cluster.describe()).startsWith("leader -1 epoch 4 isr [] elr [] lastKnownIsr [1, 4]");
        assertThat(cancel()).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        cluster.unfence(1);
        cluster.unfence(4);
        assertThat(cluster.recover(Map.of(1, new long[] {0, 5}, 4, new long[] {0, 6})))
                .isTrue();
        assertThat(cluster.state().leader()).isEqualTo(4);
    }

    @Test
    void aNewReassignmentTakesTheRunningOnesPlace() {
        to(4, 5, 6);
        cluster.changeIsr(1, 2, 3, 4);
        assertThat(to(1, 2, 6)).isEqualTo(Errors.NONE);
        expect("[1, 2, 6, 3, 4]", "[6]", "[3, 4]");
        assertThat(cluster.state().leaderEpoch())
                .as("5 has gone: it was added in vain and nobody leans on it")
                .isEqualTo(1);
        cluster.changeIsr(1, 2, 3, 4, 6);
        expect("[1, 2, 6]", "[]", "[]");
        assertThat(cluster.state().isr()).containsExactly(1, 2, 6);
    }

    @Test
    void theOldReplicasAsTargetEndTheReassignment() {
        to(4, 5, 6);
        assertThat(to(1, 2, 3)).isEqualTo(Errors.NONE);
        expect("[1, 2, 3]", "[]", "[]");
        to(4, 5, 6);
        cluster.changeIsr(1, 2, 3, 4);
        to(1, 2, 3);
        expect("[1, 2, 3]", "[]", "[]");
        assertThat(cluster.state().isr()).containsExactly(1, 2, 3);
    }

    @Test
    void logDirsStayWithTheirReplicas() {
        Uuid directory = new Uuid(5, 102);
        Decision<DirectoryRule.Answer> told = new DirectoryRule(cluster.elector)
                .assign(
                        cluster.image,
                        2,
                        cluster.epoch(2),
                        List.of(new DirectoryAssignment(ClusterFixture.PARTITION, directory)));
        cluster.apply(told.facts());
        to(4, 2);
        assertThat(cluster.state().directories())
                .as("4 has one log dir, so that is where the replica will be")
                .containsExactly(new Uuid(5, 104), directory, Uuid.ZERO_UUID, Uuid.ZERO_UUID);
        cluster.changeIsr(1, 2, 3, 4);
        assertThat(cluster.state().directories()).containsExactly(new Uuid(5, 104), directory);
    }

    @Test
    void aFencedBrokerGetsNoReplicaThatItDoesNotHave() {
        cluster.fence(4);
        PartitionState before = cluster.state();
        assertThat(to(4, 2, 3)).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(cluster.state()).isEqualTo(before);
        cluster.fence(3);
        assertThat(to(1, 3)).as("one that has it").isEqualTo(Errors.NONE);
    }

    @Test
    void aTargetThatIsFencedMeanwhileMayCatchUpLater() {
        assertThat(to(4, 2, 3)).isEqualTo(Errors.NONE);
        cluster.fence(4);
        assertThat(to(4, 2, 3)).as("the same again").isEqualTo(Errors.NONE);
        assertThat(cluster.changeIsr(1, 2, 3, 4)).isEqualTo(Errors.INELIGIBLE_REPLICA);
        cluster.unfence(4);
        assertThat(cluster.changeIsr(1, 2, 3, 4)).isEqualTo(Errors.NEW_LEADER_ELECTED);
        expect("[4, 2, 3]", "[]", "[]");
    }

    @Test
    void aDeadLeaderIsReplacedAmongAllAndTheReassignmentGoesOn() {
        to(4, 5, 6);
        cluster.changeIsr(1, 2, 3, 4);
        cluster.fence(1);
        assertThat(cluster.state().leader()).as("the targets come first").isEqualTo(4);
        cluster.startUnclean(1);
        assertThat(cluster.state().reassigning()).isTrue();
        assertThat(cluster.changeIsr(2, 3, 4, 5, 6)).isEqualTo(Errors.NONE);
        expect("[4, 5, 6]", "[]", "[]");
    }

    @Test
    void aPartitionWithoutLeaderCompletesWhenItHasOne() {
        to(1);
        cluster.fence(1);
        assertThat(cluster.state().hasLeader()).isFalse();
        assertThat(to(1, 2)).isEqualTo(Errors.NONE);
        cluster.unfence(1);
        expect("[1, 2]", "[2]", "[]");
        cluster.changeIsr(1, 2);
        expect("[1, 2]", "[]", "[]");
    }

    @Test
    void refusesWhatMakesNoSenseAndChangesNothing() {
        PartitionState before = cluster.state();
        assertThat(to()).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(to(1, 1)).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(to(1, 9)).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(to(1, -1)).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(cancel()).isEqualTo(Errors.NO_REASSIGNMENT_IN_PROGRESS);
        assertThat(ask(false, List.of(1, 2))).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(cluster.state()).isEqualTo(before);
        List<ReassignmentResult> unknown = reassigner
                .reassign(
                        cluster.image,
                        List.of(
                                new ReassignmentRequest("nowhere", 0, List.of(1)),
                                new ReassignmentRequest("t", 7, List.of(1)),
                                new ReassignmentRequest("t", -1, null)),
                        true)
                .reply();
        assertThat(unknown).extracting(ReassignmentResult::error).containsOnly(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void aCordonedBrokerGetsNoReplicaThatItDoesNotHave() {
        cluster.apply(List.of(
                new ConfigChanged(ConfigResourceType.BROKER, "4", "cordoned.log.dirs", "*"),
                new ConfigChanged(ConfigResourceType.BROKER, "3", "cordoned.log.dirs", "*")));
        assertThat(to(1, 2, 4)).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(to(3, 1, 5)).isEqualTo(Errors.NONE);
    }

    @Test
    void theFactorIsComparedWithWhereThePartitionIsGoing() {
        to(4, 5);
        assertThat(ask(false, List.of(4, 5, 6))).isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(ask(false, List.of(4, 6))).isEqualTo(Errors.NONE);
    }

    @Test
    void nobodyGoesForTheSakeOfOneThatIsFencedAndStillInTheIsr() {
        long epoch = cluster.image.broker(1).brokerEpoch();
        cluster.apply(List.of(new BrokerFenced(1, epoch))); // its partitions follow in a later batch

        to(1);

        assertThat(cluster.state().replicas()).contains(2, 3);
        assertThat(cluster.state().removingReplicas()).containsExactly(2, 3);
    }
}
