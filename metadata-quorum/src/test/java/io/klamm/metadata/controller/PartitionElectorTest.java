/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of leaders, ISR, ELR and last known ISR, one scenario each, read as a script. */
@NullUnmarked // what is missing fails the test
class PartitionElectorTest {
    private static final Map<Integer, long[]> LOGS =
            Map.of(1, new long[] {4, 90}, 2, new long[] {5, 70}, 3, new long[] {5, 80});

    private ClusterFixture three(int minIsr) {
        return ClusterFixture.withBrokers(1, 2, 3).withPartition(minIsr, 1, 2, 3);
    }

    @Test
    void aDeadLeaderIsReplacedByTheFirstLivingReplicaOfTheIsr() {
        ClusterFixture c = three(2);
        c.fence(1);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
        c.fence(1);
        assertThat(c.state().partitionEpoch())
                .as("deciding again changes nothing")
                .isEqualTo(1);
    }

    @Test
    void aDeadFollowerLeavesTheIsrAndTheLeaderStays() {
        ClusterFixture c = three(2);
        c.fence(3);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1, 2] elr [] lastKnownIsr []");
    }

    @Test
    void belowMinIsrWhoLeavesCleanlyIsEligibleAndLeadsWhenTheIsrIsDead() {
        ClusterFixture c = three(2);
        c.fence(3);
        c.fence(2);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1] elr [2] lastKnownIsr []");
        c.fence(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 1 isr [1] elr [2] lastKnownIsr []");
        c.startClean(3);
        c.unfence(3);
        assertThat(c.describe()).as("3 is in neither").isEqualTo("leader -1 epoch 1 isr [1] elr [2] lastKnownIsr []");
        c.startClean(2);
        c.unfence(2);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 2 isr [2] elr [1] lastKnownIsr []");
    }

    @Test
    void withMinIsrOneNobodyIsEligibleButTheLastOne() {
        ClusterFixture c = three(1);
        c.fence(3);
        c.fence(2);
        c.fence(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 1 isr [1] elr [] lastKnownIsr []");
        c.startClean(1);
        assertThat(c.state().hasLeader()).isFalse();
        c.unfence(1);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 2 isr [1] elr [] lastKnownIsr []");
    }

    @Test
    void allDeadAtOnceKeepTheIsrAndAnyOfThemMayLead() {
        ClusterFixture c = three(2);
        c.fence(1, 2, 3);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 1 isr [1, 2, 3] elr [] lastKnownIsr []");
        c.startClean(3);
        c.unfence(3);
        assertThat(c.describe()).isEqualTo("leader 3 epoch 2 isr [3] elr [1, 2] lastKnownIsr []");
    }

    @ParameterizedTest(name = "restart order {0} {1} {2}")
    @CsvSource({"1,2,3", "1,3,2", "2,1,3", "2,3,1", "3,1,2", "3,2,1"})
    void D5_7_allKilledAndRestartedInAnyOrderTheLongestLogWins(int first, int second, int third) {
        for (boolean fencedBefore : List.of(true, false)) {
            ClusterFixture c = three(2);
            if (fencedBefore) {
                c.fence(1, 2, 3);
            }
            for (int node : List.of(first, second, third)) {
                assertThat(c.recover(LOGS)).isFalse();
                c.startUnclean(node);
                assertThat(c.recover(LOGS)).as("registered, but fenced").isFalse();
            }
            assertThat(c.state().isr()).isEmpty();
            assertThat(c.state().elr()).isEmpty();
            assertThat(c.state().hasLeader()).isFalse();
            assertThat(c.state().lastKnownIsr()).containsExactlyInAnyOrder(1, 2, 3);
            for (int node : List.of(first, second, third)) {
                assertThat(c.recover(LOGS)).isFalse();
                c.unfence(node);
                assertThat(c.state().hasLeader()).isFalse();
            }
            int epoch = c.state().leaderEpoch();
            assertThat(c.recover(LOGS)).isTrue();
            assertThat(c.state().leader())
                    .as("the highest last epoch, then the longest")
                    .isEqualTo(3);
            assertThat(c.state().isr()).containsExactly(3);
            assertThat(c.state().leaderEpoch()).isEqualTo(epoch + 1);
            assertThat(c.state().lastKnownIsr())
                    .as("until the ISR is large enough")
                    .containsExactlyInAnyOrder(1, 2);

            assertThat(c.changeIsr(3, 1)).isEqualTo(Errors.NONE);
            assertThat(c.state().isr()).containsExactly(3, 1);
            assertThat(c.state().lastKnownIsr()).isEmpty();
        }
    }

    @Test
    void D5_7_oneCleanOneUncleanTheCleanOneLeads() {
        ClusterFixture c = ClusterFixture.withBrokers(1, 2).withPartition(2, 1, 2);
        c.fence(1, 2);
        c.startUnclean(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 2 isr [2] elr [] lastKnownIsr [1]");
        c.unfence(1);
        assertThat(c.recover(LOGS)).as("2 is still trusted, and waited for").isFalse();
        c.startClean(2);
        c.unfence(2);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 3 isr [2] elr [] lastKnownIsr [1]");
    }

    @Test
    void D5_7_anUncleanRestartThatIsFasterThanTheFenceLeavesIsrAndBumpsTheEpoch() {
        ClusterFixture c = three(2);
        c.startUnclean(2);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 1 isr [1, 3] elr [] lastKnownIsr [2]");
        c.startUnclean(1);
        assertThat(c.describe()).isEqualTo("leader 3 epoch 2 isr [3] elr [] lastKnownIsr [2, 1]");
    }

    @Test
    void aCleanRestartThatIsFasterThanTheFenceIsAFence() {
        ClusterFixture c = three(2);
        c.startClean(1);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
    }

    @Test
    void D5_7_anUncleanRestartLeavesTheElrToo() {
        ClusterFixture c = three(2);
        c.fence(3);
        c.fence(2);
        c.startUnclean(2);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 1 isr [1] elr [] lastKnownIsr [2]");
        c.unfence(2);
        c.fence(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 2 isr [1] elr [] lastKnownIsr [2]");
        c.startUnclean(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 3 isr [] elr [] lastKnownIsr [2, 1]");
        assertThat(c.recover(LOGS)).isFalse();
        c.unfence(1);
        assertThat(c.recover(LOGS)).isTrue();
        assertThat(c.describe()).isEqualTo("leader 2 epoch 4 isr [2] elr [] lastKnownIsr [1]");
    }

    @Test
    void aSingleReplicaComesBackByItself() {
        ClusterFixture c = ClusterFixture.withBrokers(1).withPartition(2, 1);
        c.startUnclean(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 1 isr [] elr [] lastKnownIsr [1]");
        c.unfence(1);
        assertThat(c.recover(LOGS)).isTrue();
        assertThat(c.describe()).isEqualTo("leader 1 epoch 2 isr [1] elr [] lastKnownIsr []");
        c.fence(1);
        c.startClean(1);
        c.unfence(1);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 4 isr [1] elr [] lastKnownIsr []");
    }

    @Test
    void D5_7_lastKnownIsrAndElrStayUntilALeaderCommitsEnough() {
        ClusterFixture c = three(2);
        c.startUnclean(2);
        c.fence(3);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 1 isr [1] elr [3] lastKnownIsr [2]");
        c.startClean(3);
        c.unfence(3);
        assertThat(c.describe())
                .as("coming back is not enough")
                .isEqualTo("leader 1 epoch 1 isr [1] elr [3] lastKnownIsr [2]");
        assertThat(c.changeIsr(1, 3)).isEqualTo(Errors.NONE);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 1 isr [1, 3] elr [] lastKnownIsr []");
    }

    @Test
    void D5_7_anIsrThatGrowsButIsStillTooSmallForgetsNobody() {
        ClusterFixture c = three(3);
        for (int node : List.of(1, 2, 3)) {
            c.startUnclean(node);
            c.unfence(node);
        }
        assertThat(c.recover(LOGS)).isTrue();
        assertThat(c.changeIsr(3, 1)).isEqualTo(Errors.NONE);
        assertThat(c.state().isr()).containsExactly(3, 1);
        assertThat(c.state().lastKnownIsr()).containsExactly(2);
        assertThat(c.changeIsr(3, 1, 2)).isEqualTo(Errors.NONE);
        assertThat(c.state().lastKnownIsr()).isEmpty();
    }

    @Test
    void aShrinkBelowMinIsrByTheLeaderMakesEligible() {
        ClusterFixture c = three(2);
        assertThat(c.changeIsr(1)).isEqualTo(Errors.NONE);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1] elr [2, 3] lastKnownIsr []");
        assertThat(c.changeIsr(1, 3)).isEqualTo(Errors.NONE);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1, 3] elr [] lastKnownIsr []");
    }

    @Test
    void aControlledShutdownMovesLeadersAndKeepsTheLastReplica() {
        ClusterFixture c = three(2);
        c.shutDown(1);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
        c.shutDown(2);
        assertThat(c.describe()).isEqualTo("leader 3 epoch 2 isr [3] elr [2] lastKnownIsr []");
        c.shutDown(3);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 3 isr [3] elr [2] lastKnownIsr []");
        assertThat(PartitionElector.leads(c.image, 3)).isFalse();
        c.startClean(2);
        c.unfence(2);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 4 isr [2] elr [3] lastKnownIsr []");
    }

    @Test
    void whoIsShuttingDownGetsNoLeadership() {
        ClusterFixture c = three(2);
        c.apply(c.elector.startShutdown(c.image, c.broker(2), FactSize.MAX_BULK_BYTES));
        c.fence(1);
        assertThat(c.describe()).isEqualTo("leader 3 epoch 1 isr [3] elr [1] lastKnownIsr []");
    }

    @Test
    void tiesOfRecoveryGoToThePreferredReplica() {
        ClusterFixture c = three(2);
        for (int node : List.of(3, 2, 1)) {
            c.startUnclean(node);
            c.unfence(node);
        }
        long[] same = {3, 33};
        assertThat(c.recover(Map.of(1, same, 2, same, 3, same))).isTrue();
        assertThat(c.state().leader()).isEqualTo(1);
    }

    /** The high watermark has moved without the eligible ones since the minimum was lowered. */
    @Test
    void loweringMinIsrMakesNobodyEligibleAnyMore() {
        ClusterFixture c = three(2);
        c.fence(3);
        c.fence(2);
        c.apply(List.of(new io.klamm.metadata.fact.ConfigChanged(
                io.klamm.metadata.fact.ConfigResourceType.TOPIC, "t", "min.insync.replicas", "1")));
        c.fence(1);
        assertThat(c.describe()).isEqualTo("leader -1 epoch 1 isr [1] elr [] lastKnownIsr []");
    }
}
