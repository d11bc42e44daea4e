/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionState;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three replicas, min ISR 2, and only the leader is left in the ISR: 2 is in the ELR, 3 is remembered in lastKnownIsr. */
@NullUnmarked // what is missing fails the test
class MinIsrSettlementTest {
    private final ClusterFixture cluster = ClusterFixture.withBrokers(1, 2, 3).withPartition(3, 1, 2, 3);
    private final MinIsrSettlement settlement = new MinIsrSettlement(-1);

    @BeforeEach
    void fallBelowMinIsr() {
        cluster.startUnclean(3);
        cluster.fence(2);
        assertThat(cluster.state().isr()).containsExactly(1);
        assertThat(cluster.state().elr()).containsExactly(2);
        assertThat(cluster.state().lastKnownIsr()).containsExactly(3);
    }

    @Test
    void aLowerMinIsrOfTheTopicEmptiesElrAndLastKnownIsrInTheSameBatch() {
        PartitionState before = cluster.state();
        decide(topicConfig("min.insync.replicas", "1"));
        assertThat(cluster.state())
                .isEqualTo(before.changed(before.isr(), List.of(), List.of(), before.leader(), before.leaderEpoch()));
        assertThat(cluster.state().partitionEpoch()).isEqualTo(before.partitionEpoch() + 1);

        // Killed and back: who lacks what was committed meanwhile must not lead.
        cluster.unfence(2);
        cluster.fence(1);
        assertThat(cluster.state().hasLeader()).isFalse();
    }

    @Test
    void aValueThatIsStillAboveTheIsrChangesNothing() {
        PartitionState before = cluster.state();
        decide(topicConfig("min.insync.replicas", "2"));
        decide(topicConfig("retention.ms", "1"));
        assertThat(cluster.state()).isEqualTo(before);
    }

    @Test
    void theDefaultOfTheClusterCountsWhereTheTopicHasNoValueAndThatOfABrokerNever() {
        decide(topicConfig("min.insync.replicas", null)); // back to the static default, which is 2
        PartitionState before = cluster.state();
        decide(new ConfigChanged(ConfigResourceType.BROKER, "1", "min.insync.replicas", "1"));
        assertThat(cluster.state()).isEqualTo(before);
        decide(new ConfigChanged(ConfigResourceType.BROKER, "", "min.insync.replicas", "1"));
        assertThat(cluster.state().elr()).isEmpty();
        assertThat(cluster.state().lastKnownIsr()).isEmpty();
    }

    @Test
    void withoutALeaderNothingWasCommittedSoWhoIsEligibleStaysSo() {
        cluster.fence(1);
        assertThat(cluster.state().hasLeader()).isFalse();
        PartitionState before = cluster.state();
        decide(topicConfig("min.insync.replicas", "1"));
        assertThat(cluster.state()).isEqualTo(before);
    }

    @Test
    void theReplyOfTheDecisionStays() {
        Decision<Errors> decision = settlement
                .<Errors>settling(
                        pending -> new Decision<>(List.of(topicConfig("min.insync.replicas", "1")), Errors.NONE))
                .decide(cluster.image);
        assertThat(decision.reply()).isEqualTo(Errors.NONE);
        assertThat(decision.facts()).hasSize(2);
    }

    private static ConfigChanged topicConfig(String key, String value) {
        return new ConfigChanged(ConfigResourceType.TOPIC, "t", key, value);
    }

    private void decide(MetadataFact fact) {
        List<MetadataFact> batch = new ArrayList<>(List.of(fact));
        batch.addAll(settlement.facts(cluster.image, List.of(fact)));
        cluster.apply(batch);
    }
}
