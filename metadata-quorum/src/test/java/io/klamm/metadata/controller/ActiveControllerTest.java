/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is missing fails the test
class ActiveControllerTest {
    @Test
    void brokersRegisterAreUnfencedAndGetTopics() {
        ControllerWorld world = new ControllerWorld(1);
        RegistrationReply reply = world.register(1, -1);
        assertThat(reply.brokerEpoch()).as("the offset of the fact").isEqualTo(2);
        assertThat(world.get(world.controller().heartbeat(new BrokerHeartbeat(1, 2, 2, false, false))))
                .as("has not published its own registration")
                .isEqualTo(new HeartbeatReply(Errors.NONE, false, true, false));
        assertThat(world.heartbeat(1)).isEqualTo(new HeartbeatReply(Errors.NONE, true, false, false));
        assertThat(world.create("t", 3, 1).error()).isEqualTo(Errors.NONE);
        assertThat(world.create("t", 3, 1).error()).isEqualTo(Errors.TOPIC_ALREADY_EXISTS);
        assertThat(world.quorum.image.topic("t").partitions()).hasSize(3);
        assertThat(world.get(world.controller().heartbeat(new BrokerHeartbeat(1, 7, 9, false, false)))
                        .error())
                .isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(world.get(world.controller().heartbeat(new BrokerHeartbeat(4, 7, 9, false, false)))
                        .error())
                .isEqualTo(Errors.BROKER_ID_NOT_REGISTERED);
    }

    @Test
    void requestsGatherWhileAnEntryIsInFlight() {
        ControllerWorld world = new ControllerWorld(2).withBrokers(1);
        int entries = world.quorum.log.size();
        List<CompletableFuture<ProducerIdBlock>> blocks = IntStream.range(0, 500)
                .mapToObj(i -> world.controller()
                        .allocateProducerIds(1, world.quorum.image.broker(1).brokerEpoch()))
                .toList();
        Set<Long> first = new HashSet<>();
        blocks.forEach(block -> first.add(world.get(block).firstProducerId()));
        assertThat(first).hasSize(500);
        assertThat(world.quorum.log.size() - entries).isLessThanOrEqualTo(2);
    }

    @Test
    void largeWorkIsSplitOverEntriesAndFencingFollowsThroughAll() {
        ControllerWorld world = new ControllerWorld(3).withBrokers(1, 2);
        for (int i = 0; i < 3; i++) {
            assertThat(world.create("t" + i, 5_000, 2).error()).isEqualTo(Errors.NONE);
        }
        int entries = world.quorum.log.size();
        world.brokers.refusing.add(1);
        world.controller().connectionLost(1, world.quorum.image.broker(1).brokerEpoch());
        world.executor.advance(500);
        assertThat(PartitionElector.leads(world.quorum.image, 1)).isFalse();
        assertThat(world.quorum.image.broker(1).fenced()).isTrue();
        List<FactBatch> fencing = world.quorum.log.subList(entries, world.quorum.log.size());
        assertThat(fencing.size()).isGreaterThan(1);
        assertThat(fencing).allSatisfy(batch -> assertThat(
                        io.klamm.metadata.fact.FactCodec.encode(batch).remaining())
                .isLessThanOrEqualTo(FactSize.MAX_ENTRY_BYTES));
    }

    @Test
    void electionsOfAllPreferredLeadersAreManyDecisions() {
        ControllerWorld world = new ControllerWorld(3).withBrokers(1, 2);
        world.create("t", 500, 2);
        List<MetadataFact> moves = new ArrayList<>();
        TopicImage topic = world.quorum.image.topic("t");
        for (int partition = 0; partition < 500; partition++) {
            PartitionState state = topic.partition(partition);
            int second = state.replicas().get(1);
            moves.add(new PartitionChanged(
                    topic.id(),
                    partition,
                    state.changed(state.isr(), List.of(), List.of(), second, state.leaderEpoch() + 1)));
        }
        world.quorum.image = world.quorum.image.apply(moves);
        world.elect(1);
        int entries = world.quorum.log.size();

        List<LeaderElectionResult> results =
                world.get(world.controller().electPreferredLeaders("User:test", null, 30_000));

        assertThat(results).hasSize(500).allMatch(result -> result.error() == Errors.NONE);
        assertThat(world.quorum.image.topic("t").partitions()).allMatch(PreferredLeaders::isPreferred);
        assertThat(world.quorum.log.subList(entries, world.quorum.log.size()))
                .hasSize(3)
                .allMatch(batch -> batch.facts().size() <= PreferredLeaders.MAX_MOVES);
        assertThat(world.get(world.controller().electPreferredLeaders("User:test", null, 30_000)))
                .isEmpty();
        TopicPartition named = new TopicPartition("t", 7);
        assertThat(world.get(world.controller().electPreferredLeaders("User:test", List.of(named, named), 30_000)))
                .extracting(LeaderElectionResult::error)
                .containsExactly(Errors.ELECTION_NOT_NEEDED);
    }

    /** No order by chance: one seed of a simulation has one course. */
    @Test
    void whatWaitsWhenLeadershipGoesFailsInTheOrderInWhichItCame() {
        int[] nodes = IntStream.rangeClosed(1, 30).toArray();
        ControllerWorld world = new ControllerWorld(17).withBrokers(nodes);
        world.brokers.hanging = true;
        List<Integer> failed = new ArrayList<>();
        for (int node : nodes) {
            assertThat(world.controller()
                            .register(world.registration(node, -1))
                            .whenComplete((reply, error) -> failed.add(node)))
                    .as("waits for the dial of its predecessor")
                    .isNotDone();
        }
        world.executor.runDue();
        assertThat(failed).isEmpty();
        world.elect(1);
        assertThat(failed).containsExactly(Arrays.stream(nodes).boxed().toArray(Integer[]::new));
    }

    @Test
    void aDecisionBeyondTheLimitIsRefusedAsPolicyViolation() {
        ControllerWorld world = new ControllerWorld(4).withBrokers(1);
        NewTopic huge = new NewTopic("huge", 1, (short) 1, Map.of(), Map.of("comment", "x".repeat(9 << 20)));
        assertThat(world.get(world.controller().createTopics("a", List.of(huge), false, 1_000))
                        .get(0)
                        .error())
                .isEqualTo(Errors.POLICY_VIOLATION);
        assertThat(world.create("small", 1, 1).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void aRequestOutlivesNeitherItsDeadlineNorLeadershipNorTheController() {
        ControllerWorld world = new ControllerWorld(16).withBrokers(1);
        world.quorum.lostEntry = 100;
        CompletableFuture<?> late =
                world.controller().createTopics("a", List.of(ControllerWorld.topic("x", 1, 1)), false, 500);
        world.executor.advance(700);
        assertThat(late).isCompletedExceptionally();
        assertThat(late.handle((r, e) -> e).join()).isInstanceOf(TimeoutException.class);

        CompletableFuture<?> orphan =
                world.controller().createTopics("a", List.of(ControllerWorld.topic("y", 1, 1)), false, 60_000);
        CompletableFuture<?> unseen = world.controller().awaitingRecovery();
        world.elect(1);
        assertThat(orphan.handle((r, e) -> e).join()).isInstanceOf(NotActiveControllerException.class);
        assertThat(unseen).isDone();
        assertThat(world.controllers.get(0).isActive()).isFalse();
        assertThat(world.controllers.get(0).awaitingRecovery()).isCompletedExceptionally();

        CompletableFuture<?> waiting =
                world.controller().createTopics("a", List.of(ControllerWorld.topic("z", 1, 1)), false, 60_000);
        world.executor.advance(1);
        world.executor.shutdown();
        world.controller().close();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(world.controller().awaitingRecovery()).isCompletedExceptionally();
    }

    @Test
    void tooManyWaitingRequestsAreRejected() {
        ControllerWorld world = new ControllerWorld(17).withBrokers(1);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 5_100; i++) {
            futures.add(
                    world.controller().createTopics("a", List.of(ControllerWorld.topic("t" + i, 1, 1)), true, 60_000));
        }
        assertThat(futures.stream()
                        .filter(CompletableFuture::isCompletedExceptionally)
                        .count())
                .isEqualTo(100);
        assertThat(futures.get(5_099).handle((r, e) -> e).join()).isInstanceOf(RejectedExecutionException.class);
        assertThat(world.heartbeat(1).error())
                .as("brokers are not in the same queue")
                .isEqualTo(Errors.NONE);
    }

    @Test
    void aDeciderThatThrowsHurtsNobodyElse() {
        ControllerWorld world = new ControllerWorld(18).withBrokers(1);
        CompletableFuture<Object> bad = world.controller().decide("a", "bad", 1_000, image -> {
            throw new IllegalArgumentException("bad");
        });
        CompletableFuture<Object> senseless = world.controller()
                .decide(
                        "a",
                        "senseless",
                        1_000,
                        image -> new Decision<>(
                                List.of(new io.klamm.metadata.fact.TopicDeleted(new Uuid(4, 4))), "deleted"));
        assertThat(world.create("t", 1, 1).error()).isEqualTo(Errors.NONE);
        assertThat(bad).isCompletedExceptionally();
        assertThat(senseless).isCompletedExceptionally();
    }

    /** Whatever breaks in the controller itself, the log still has everything: it starts again from there. */
    @Test
    void aFaultOfItsOwnMakesItStartAgain() {
        ControllerWorld world = new ControllerWorld(19).withBrokers(1);
        world.brokers.faulty = true;
        world.controller().connectionLost(1, world.quorum.image.broker(1).brokerEpoch());
        CompletableFuture<?> waiting =
                world.controller().createTopics("a", List.of(ControllerWorld.topic("x", 1, 1)), false, 60_000);
        world.executor.advance(2);
        assertThat(waiting).isCompletedExceptionally();
        assertThat(world.controller().isActive()).isFalse();
        world.brokers.faulty = false;
        world.beat(2_000);
        assertThat(world.create("t", 1, 1).error()).isEqualTo(Errors.NONE);
    }
}
