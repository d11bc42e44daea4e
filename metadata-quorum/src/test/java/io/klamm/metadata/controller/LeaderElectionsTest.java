/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Topic "t" has partition 0 on brokers 1, 2, 3; 1 is preferred. */
@NullUnmarked // what is missing fails the test
class LeaderElectionsTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private final ClusterFixture cluster = ClusterFixture.withBrokers(1, 2, 3).withPartition(2, 1, 2, 3);

    private Errors prefer() {
        Decision<List<LeaderElectionResult>> decision = LeaderElections.preferred(cluster.image, List.of(PARTITION));
        cluster.apply(decision.facts());
        return decision.reply().get(0).error();
    }

    private void oneComesBack() {
        cluster.fence(1);
        cluster.startClean(1);
        cluster.unfence(1);
        assertThat(cluster.state().leader()).isEqualTo(2);
    }

    @Test
    void leadershipGoesBackOnceThePreferredReplicaIsInSync() {
        oneComesBack();
        assertThat(prefer()).isEqualTo(Errors.PREFERRED_LEADER_NOT_AVAILABLE);
        int epoch = cluster.state().leaderEpoch();
        assertThat(cluster.changeIsr(1, 2, 3)).isEqualTo(Errors.NONE);
        assertThat(prefer()).isEqualTo(Errors.NONE);
        assertThat(cluster.state().leader()).isEqualTo(1);
        assertThat(cluster.state().leaderEpoch()).isEqualTo(epoch + 1);
        assertThat(cluster.state().isr()).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(prefer()).isEqualTo(Errors.ELECTION_NOT_NEEDED);
    }

    @Test
    void neverToAReplicaThatIsFencedOrShuttingDownOrWhoseDirIsOffline() {
        oneComesBack();
        cluster.changeIsr(1, 2, 3);
        PartitionState state = cluster.state();
        MetadataImage whole = cluster.image;
        cluster.fence(1);
        assertThat(prefer()).isEqualTo(Errors.PREFERRED_LEADER_NOT_AVAILABLE);
        // As it is while a bulk decision is half done: fenced, and still in the ISR.
        for (MetadataFact fact :
                List.of(new BrokerFenced(1, cluster.epoch(1)), new BrokerShutdownStarted(1, cluster.epoch(1)))) {
            assertThat(PreferredLeaders.elect(whole.apply(List.of(fact)), state))
                    .isNull();
        }
        PartitionState elsewhere = state.withDirectory(1, new Uuid(77, 77));
        assertThat(PreferredLeaders.elect(whole, elsewhere)).isNull();
        assertThat(PreferredLeaders.elect(whole, state)).isNotNull();
    }

    @Test
    void allMeansThoseThatAreLedByOthers() {
        assertThat(LeaderElections.ledByOthers(cluster.image)).isEmpty();
        oneComesBack();
        assertThat(LeaderElections.ledByOthers(cluster.image)).containsExactly(PARTITION);
    }

    @Test
    void unknownPartitionsAreSaidToBeUnknown() {
        List<TopicPartition> asked =
                List.of(new TopicPartition("t", 1), new TopicPartition("t", -1), new TopicPartition("nowhere", 0));
        Decision<List<LeaderElectionResult>> decision = LeaderElections.preferred(cluster.image, asked);
        assertThat(decision.reply())
                .extracting(LeaderElectionResult::error)
                .containsOnly(Errors.UNKNOWN_TOPIC_OR_PARTITION)
                .hasSize(3);
        assertThat(decision.facts()).isEmpty();
        LeaderElections.Unclean unclean = LeaderElections.unclean(cluster.image, asked);
        assertThat(unclean.settled()).hasSize(3);
        assertThat(unclean.open()).isEmpty();
    }

    @Test
    void uncleanElectionsAreForPartitionsWithoutALeader() {
        assertThat(unclean().settled().get(0).error()).isEqualTo(Errors.ELECTION_NOT_NEEDED);
        assertThat(LeaderElections.unclean(cluster.image, null).settled()).isEmpty();
        cluster.apply(List.of(new ConfigChanged(ConfigResourceType.TOPIC, "t", "min.insync.replicas", "1")));
        cluster.changeIsr(1);
        cluster.fence(1);
        assertThat(unclean().open()).as("2 and 3 are there").hasSize(1);
        cluster.fence(2, 3);
        assertThat(unclean().settled().get(0).error()).isEqualTo(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    }

    private LeaderElections.Unclean unclean() {
        return LeaderElections.unclean(cluster.image, List.of(PARTITION));
    }

    @Test
    void balanceMovesLeadersOfBrokersThatLeadTooFewOfTheirOwn() {
        ClusterFixture big = ClusterFixture.withBrokers(1, 2, 3);
        TopicPlanner planner = new TopicPlanner(
                new ControllerConfig(3_000, 1, (short) -1, -1, 1_000, ElectionSettings.STRICT), configs -> null);
        big.apply(planner.plan(
                        big.image,
                        List.of(new NewTopic("big", 30, (short) 3, Map.of(), Map.of())),
                        List.of(ClusterFixture.TOPIC),
                        false)
                .facts());
        assertThat(PreferredLeaders.balance(big.image, 0, 100)).isEmpty();

        List<MetadataFact> away = new ArrayList<>();
        for (int partition = 0; partition < 30 && away.size() < 2; partition++) {
            PartitionState state = big.image.topic("big").partition(partition);
            if (state.replicas().get(0) == 1) {
                int other = state.replicas().get(1);
                away.add(new PartitionChanged(
                        ClusterFixture.TOPIC,
                        partition,
                        state.changed(state.isr(), List.of(), List.of(), other, state.leaderEpoch() + 1)));
            }
        }
        big.apply(away);
        assertThat(PreferredLeaders.balance(big.image, 20, 100)).as("2 of 10").isEmpty();
        assertThat(PreferredLeaders.balance(big.image, 19, 1)).as("bounded").hasSize(1);
        big.apply(PreferredLeaders.balance(big.image, 19, 100));
        assertThat(PreferredLeaders.balance(big.image, 0, 100)).isEmpty();
        assertThat(big.image.topic("big").partitions())
                .allMatch(state -> state.leader() == state.replicas().get(0));
    }
}
