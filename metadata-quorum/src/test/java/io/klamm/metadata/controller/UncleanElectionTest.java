/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Topic "t" is on brokers 1, 2, 3 with a min ISR of 1; the one that is in sync alone dies. */
@NullUnmarked // what is missing fails the test
class UncleanElectionTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private final ControllerWorld world = new ControllerWorld(21).withBrokers(1, 2, 3);
    private int last;

    @BeforeEach
    void onlyOneIsInSync() {
        world.create("t", 1, 3);
        configure(ConfigResourceType.TOPIC, "t", "min.insync.replicas", "1");
        last = world.state("t").leader();
        world.brokers.logs.put(last, new long[] {0, 100});
        int longest = 50;
        for (int node : others()) {
            world.brokers.logs.put(node, new long[] {0, longest--});
        }
        var change = new IsrChange(
                new PartitionId(world.quorum.image.topic("t").id(), 0),
                world.state("t").leaderEpoch(),
                world.state("t").partitionEpoch(),
                List.of(new IsrChange.Member(last, epoch(last))));
        assertThat(world.get(world.controller().changeIsr(last, epoch(last), List.of(change)))
                        .get(0)
                        .error())
                .isEqualTo(Errors.NONE);
    }

    private List<Integer> others() {
        return world.state("t").replicas().stream().filter(node -> node != last).toList();
    }

    private long epoch(int node) {
        return world.quorum.image.broker(node).brokerEpoch();
    }

    private void configure(ConfigResourceType type, String name, String key, @Nullable String value) {
        world.get(world.controller()
                .decide(
                        "test",
                        "configure",
                        10_000,
                        image -> new Decision<>(List.of(new ConfigChanged(type, name, key, value)), true)));
    }

    private void kill(int node) {
        world.brokers.refusing.add(node);
        world.controller().connectionLost(node, epoch(node));
        world.executor.advance(200);
    }

    private CompletableFuture<List<LeaderElectionResult>> electUncleanly() {
        return world.controller().electUncleanly("User:operator", List.of(PARTITION), 10_000);
    }

    @Test
    void nobodyIsElectedUncleanlyByItself() {
        kill(last);
        world.beat(30_000);
        assertThat(world.state("t").hasLeader()).isFalse();
        assertThat(world.brokers.asked).as("nobody was asked").isZero();
    }

    @Test
    void whereItIsAllowedTheLongestLogOfThoseThatAreThereLeads() {
        configure(ConfigResourceType.TOPIC, "t", "unclean.leader.election.enable", "true");
        int epochBefore = world.state("t").leaderEpoch();
        kill(last);
        world.beat(RecoveryRounds.UNCLEAN_GRACE_MS + 400);
        assertThat(world.state("t").leader()).isEqualTo(others().get(0));
        assertThat(world.state("t").isr()).containsExactly(others().get(0));
        assertThat(world.state("t").elr()).isEmpty();
        assertThat(world.state("t").lastKnownIsr()).isEmpty();
        assertThat(world.state("t").leaderEpoch()).isGreaterThan(epochBefore);
    }

    @Test
    void theReplicaThatHasEverythingLeadsWhenItIsBackWithinTheGrace() {
        configure(ConfigResourceType.BROKER, "", "unclean.leader.election.enable", "true");
        long before = epoch(last);
        kill(last);
        world.beat(300);
        world.brokers.refusing.clear();
        world.register(last, before);
        world.heartbeat(last);
        world.beat(3_000);
        assertThat(world.state("t").leader()).isEqualTo(last);
    }

    @Test
    void allowedLaterItHappensThenAndATopicMaySayNo() {
        kill(last);
        configure(ConfigResourceType.TOPIC, "t", "unclean.leader.election.enable", "false");
        configure(ConfigResourceType.BROKER, "", "unclean.leader.election.enable", "true");
        world.beat(5_000);
        assertThat(world.state("t").hasLeader()).isFalse();
        configure(ConfigResourceType.TOPIC, "t", "unclean.leader.election.enable", null);
        world.beat(RecoveryRounds.UNCLEAN_GRACE_MS + 400);
        assertThat(world.state("t").leader()).isEqualTo(others().get(0));
    }

    @Test
    void whoDoesNotAnswerIsNotWaitedForForEver() {
        configure(ConfigResourceType.TOPIC, "t", "unclean.leader.election.enable", "true");
        world.brokers.logs.remove(others().get(0));
        kill(last);
        world.beat(RecoveryRounds.UNCLEAN_PATIENCE_MS - 500);
        assertThat(world.state("t").hasLeader()).isFalse();
        world.beat(1_000);
        assertThat(world.state("t").leader()).isEqualTo(others().get(1));
    }

    @Test
    void anOperatorMayAskForIt() {
        assertThat(world.get(electUncleanly()).get(0).error()).isEqualTo(Errors.ELECTION_NOT_NEEDED);
        kill(last);
        assertThat(world.get(electUncleanly()).get(0).error()).isEqualTo(Errors.NONE);
        assertThat(world.state("t").leader()).isEqualTo(others().get(0));
        world.beat(1_000);
        assertThat(world.get(world.controller().awaitingRecovery())).isEmpty();
    }

    @Test
    void theOperatorIsToldWhenNobodyIsThereOrAnswers() {
        List<Integer> others = others();
        world.brokers.logs.clear();
        kill(last);
        CompletableFuture<List<LeaderElectionResult>> waiting = electUncleanly();
        world.beat(9_000);
        assertThat(waiting).isNotDone();
        world.beat(2_000);
        assertThat(waiting.join().get(0).error()).isEqualTo(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
        world.brokers.logs.put(others.get(0), new long[] {0, 1});
        world.beat(10_000);
        assertThat(world.state("t").hasLeader())
                .as("the wish has ended with the answer")
                .isFalse();
        others.forEach(this::kill);
        assertThat(world.get(electUncleanly()).get(0).error()).isEqualTo(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    }

    @Test
    void aFallenControllerAnswersAtOnce() {
        world.brokers.logs.clear();
        kill(last);
        CompletableFuture<List<LeaderElectionResult>> waiting = electUncleanly();
        world.beat(500);
        world.elect(1);
        assertThat(waiting).isCompletedExceptionally();
    }

    @Test
    void whatTheOldLeaderHadMoreIsGivenUp() {
        configure(ConfigResourceType.TOPIC, "t", "unclean.leader.election.enable", "true");
        long before = epoch(last);
        kill(last);
        world.beat(RecoveryRounds.UNCLEAN_GRACE_MS + 400);
        int leader = world.state("t").leader();
        configure(ConfigResourceType.TOPIC, "t", "unclean.leader.election.enable", "false");
        world.brokers.refusing.clear();
        world.register(last, before);
        world.heartbeat(last);
        kill(leader);
        world.beat(3_000);
        assertThat(world.state("t").hasLeader())
                .as("only %d has everything now", leader)
                .isFalse();
        assertThat(world.state("t").isr()).containsExactly(leader);
    }
}
