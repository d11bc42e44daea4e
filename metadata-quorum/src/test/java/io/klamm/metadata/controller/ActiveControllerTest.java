/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // what is missing fails the test
class ActiveControllerTest {
    private static final long SESSION_MS = 3_000;
    private static final MetadataImage FORMED = MetadataImage.EMPTY.apply(
            List.of(new ClusterCreated(ClusterFixture.CLUSTER, List.of()), new MetadataVersionFinalized((short) 1)));

    /** The brokers of a test: which answer a dial, and what their logs hold. */
    private static final class Brokers implements ControllerPorts {
        final Set<Integer> refusing = new HashSet<>();
        final Set<Integer> silent = new HashSet<>();
        final Map<Integer, long[]> logs = new HashMap<>();
        boolean faulty;
        boolean hanging;
        int asked;

        @Override
        public CompletableFuture<Boolean> dial(BrokerImage broker) {
            if (faulty) {
                return null;
            }
            if (hanging) {
                return new CompletableFuture<>();
            }
            return silent.contains(broker.nodeId())
                    ? CompletableFuture.failedFuture(new TimeoutException())
                    : CompletableFuture.completedFuture(!refusing.contains(broker.nodeId()));
        }

        @Override
        public CompletableFuture<List<ReplicaLogInfo>> replicaLogInfo(
                BrokerImage broker, List<PartitionId> partitions) {
            asked++;
            long[] log = logs.get(broker.nodeId());
            return log == null
                    ? CompletableFuture.failedFuture(new TimeoutException("not recovered yet"))
                    : CompletableFuture.completedFuture(partitions.stream()
                            .map(id -> new ReplicaLogInfo(id, (int) log[0], log[1]))
                            .toList());
        }

        @Override
        public String validateTopicConfig(Map<String, String> configs) {
            return configs.containsKey("wrong") ? "unknown configuration 'wrong'" : null;
        }
    }

    private static final class World {
        final VirtualExecutor executor = new VirtualExecutor();
        final Brokers brokers = new Brokers();
        final ModelQuorum quorum;
        final List<ModelQuorum.ModelLog> nodes = new ArrayList<>();
        final List<ActiveController> controllers = new ArrayList<>();
        int leader;
        private long incarnations;

        World(long seed) {
            this(seed, new ControllerConfig(SESSION_MS, 1, (short) -1, -1, 10_000, -1));
        }

        World(long seed, ControllerConfig config) {
            quorum = new ModelQuorum(FORMED, executor, new Random(seed));
            for (int i = 0; i < 2; i++) {
                ModelQuorum.ModelLog log = quorum.node();
                ActiveController controller =
                        new ActiveController(config, log, brokers, executor, Clock.systemUTC(), executor::nanoTime);
                log.listener = controller;
                nodes.add(log);
                controllers.add(controller);
            }
            elect(0);
        }

        void elect(int node) {
            leader = node;
            quorum.elect(nodes.get(node));
            executor.runDue();
        }

        ActiveController controller() {
            return controllers.get(leader);
        }

        <R> R get(CompletableFuture<R> future) {
            for (int i = 0; i < 1_000 && !future.isDone(); i++) {
                executor.advance(10);
            }
            return future.join();
        }

        RegistrationReply register(int node, long previousEpoch) {
            return get(controller().register(registration(node, previousEpoch)));
        }

        BrokerRegistration registration(int node, long previousEpoch) {
            return ClusterFixture.registration(node, new Uuid(3, ++incarnations), previousEpoch, null);
        }

        HeartbeatReply heartbeat(int node) {
            return heartbeat(node, false);
        }

        HeartbeatReply heartbeat(int node, boolean wantShutDown) {
            long epoch = quorum.image.broker(node).brokerEpoch();
            return get(controller()
                    .heartbeat(new BrokerHeartbeat(node, epoch, quorum.image.endOffset(), false, wantShutDown)));
        }

        World withBrokers(int... nodes) {
            for (int node : nodes) {
                assertThat(register(node, -1).error()).isEqualTo(Errors.NONE);
                assertThat(heartbeat(node).fenced()).isFalse();
            }
            return this;
        }

        NewTopicResult create(String name, int partitions, int replicas) {
            return get(controller()
                            .createTopics("User:test", List.of(topic(name, partitions, replicas)), false, 30_000))
                    .get(0);
        }

        PartitionState state(String topic) {
            return quorum.image.topic(topic).partition(0);
        }
    }

    private static NewTopic topic(String name, int partitions, int replicas) {
        return new NewTopic(name, partitions, (short) replicas, Map.of(), Map.of());
    }

    @Test
    void brokersRegisterAreUnfencedAndGetTopics() {
        World world = new World(1);
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
        World world = new World(2).withBrokers(1);
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
        World world = new World(3).withBrokers(1, 2);
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
    void aDecisionBeyondTheLimitIsRefusedAsPolicyViolation() {
        World world = new World(4).withBrokers(1);
        NewTopic huge = new NewTopic("huge", 1, (short) 1, Map.of(), Map.of("comment", "x".repeat(9 << 20)));
        assertThat(world.get(world.controller().createTopics("a", List.of(huge), false, 1_000))
                        .get(0)
                        .error())
                .isEqualTo(Errors.POLICY_VIOLATION);
        assertThat(world.create("small", 1, 1).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void aSilentBrokerIsFencedAfterTheSessionTimeoutAndARefusingOneAtOnce() {
        World world = new World(5).withBrokers(1, 2, 3);
        world.create("t", 1, 3);
        world.brokers.refusing.add(2);
        world.controller().connectionLost(2, world.quorum.image.broker(2).brokerEpoch());
        world.executor.advance(50);
        assertThat(world.quorum.image.broker(2).fenced()).isTrue();
        for (int i = 0; i < 5; i++) {
            world.executor.advance(SESSION_MS / 5);
            world.heartbeat(1);
        }
        world.executor.advance(SESSION_MS / 5);
        assertThat(world.quorum.image.broker(3).fenced()).isTrue();
        assertThat(world.quorum.image.broker(1).fenced()).isFalse();
        assertThat(world.state("t").isr()).containsExactly(1);
    }

    @Test
    void aPauseOfTheControllerItselfFencesNobody() {
        World world = new World(6).withBrokers(1, 2);
        world.executor.pause(SESSION_MS * 2);
        world.executor.advance(100);
        assertThat(world.quorum.image.broker(1).fenced()).isFalse();
        assertThat(world.quorum.image.broker(2).fenced()).isFalse();
        world.executor.advance(SESSION_MS + 200);
        assertThat(world.quorum.image.broker(1).fenced()).isTrue();
    }

    @Test
    void aNewControllerFencesThoseThatRefuseTogetherAndGivesTheOthersASession() {
        World world = new World(7).withBrokers(1, 2, 3);
        world.create("t", 1, 3);
        world.brokers.refusing.addAll(Set.of(1, 2, 3));
        world.elect(1);
        world.executor.advance(200);
        assertThat(world.state("t").isr()).as("all died together, all stay").hasSize(3);
        assertThat(world.state("t").hasLeader()).isFalse();

        World silent = new World(8).withBrokers(1, 2);
        silent.brokers.silent.add(1);
        silent.brokers.refusing.add(2);
        silent.elect(1);
        silent.executor.advance(200);
        assertThat(silent.quorum.image.broker(2).fenced())
                .as("does not wait for the silent one")
                .isTrue();
        assertThat(silent.quorum.image.broker(1).fenced()).isFalse();
        silent.executor.advance(SESSION_MS);
        assertThat(silent.quorum.image.broker(1).fenced()).isTrue();
    }

    @Test
    void aSecondProcessUnderALivingNodeIdIsRefusedUntilTheFirstIsGone() {
        World world = new World(9).withBrokers(1);
        long epoch = world.quorum.image.broker(1).brokerEpoch();
        assertThat(world.register(1, -1).error()).isEqualTo(Errors.DUPLICATE_BROKER_REGISTRATION);
        world.controller().connectionLost(1, epoch);
        world.executor.runDue();
        assertThat(world.quorum.image.broker(1).fenced())
                .as("something listens there")
                .isFalse();
        RegistrationReply reply = world.register(1, -1);
        assertThat(reply.error()).isEqualTo(Errors.NONE);
        assertThat(reply.brokerEpoch()).isGreaterThan(epoch);
        assertThat(world.quorum.image.broker(1).registration().cleanShutdown()).isFalse();
    }

    @Test
    void theSameProcessMayRegisterAgain() {
        World world = new World(10);
        BrokerRegistration registration = world.registration(1, -1);
        RegistrationReply first = world.get(world.controller().register(registration));
        int entries = world.quorum.log.size();
        assertThat(world.get(world.controller().register(registration))).isEqualTo(first);
        assertThat(world.quorum.log).hasSize(entries);
    }

    @Test
    void registrationsThatDoNotFitAreRefused() {
        World world = new World(11);
        BrokerRegistration good = world.registration(1, -1);
        assertThat(world.get(world.controller()
                                .register(new BrokerRegistration(
                                        1,
                                        "other",
                                        good.incarnationId(),
                                        good.endpoints(),
                                        null,
                                        good.logDirs(),
                                        -1,
                                        (short) 1,
                                        (short) 1)))
                        .error())
                .isEqualTo(Errors.INCONSISTENT_CLUSTER_ID);
        assertThat(world.get(world.controller()
                                .register(new BrokerRegistration(
                                        1,
                                        good.clusterId(),
                                        good.incarnationId(),
                                        good.endpoints(),
                                        null,
                                        good.logDirs(),
                                        -1,
                                        (short) 2,
                                        (short) 3)))
                        .error())
                .isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(world.get(world.controller()
                                .register(new BrokerRegistration(
                                        1,
                                        good.clusterId(),
                                        good.incarnationId(),
                                        List.of(),
                                        null,
                                        good.logDirs(),
                                        -1,
                                        (short) 1,
                                        (short) 1)))
                        .error())
                .isEqualTo(Errors.INVALID_REGISTRATION);
    }

    @Test
    void allKilledAndRestartedTheLongestLogLeadsOnceAllHaveReported() {
        World world = new World(12).withBrokers(1, 2, 3);
        world.create("t", 1, 3);
        world.brokers.refusing.addAll(Set.of(1, 2, 3));
        world.elect(1);
        world.executor.advance(200);
        for (int node : List.of(2, 3, 1)) {
            world.brokers.refusing.remove(node);
            world.register(node, -1);
            world.heartbeat(node);
        }
        world.brokers.logs.put(1, new long[] {0, 10});
        world.brokers.logs.put(2, new long[] {0, 12});
        beat(world, 2_000);
        assertThat(world.state("t").hasLeader())
                .as("3 is still recovering its log")
                .isFalse();
        assertThat(world.get(world.controller().awaitingRecovery())).hasSize(1);
        assertThat(world.brokers.asked).as("asked again, with pauses").isBetween(5, 20);
        world.brokers.logs.put(3, new long[] {0, 11});
        beat(world, 400);
        assertThat(world.state("t").leader()).isEqualTo(2);
        assertThat(world.state("t").isr()).containsExactly(2);
        assertThat(world.get(world.controller().awaitingRecovery())).isEmpty();
    }

    @Test
    void aNewControllerAsksEverybodyAgain() {
        World world = new World(13).withBrokers(1, 2);
        world.create("t", 1, 2);
        world.brokers.refusing.addAll(Set.of(1, 2));
        world.elect(1);
        world.executor.advance(200);
        world.brokers.refusing.clear();
        for (int node : List.of(1, 2)) {
            world.register(node, -1);
            world.heartbeat(node);
        }
        world.brokers.logs.put(1, new long[] {0, 10});
        beat(world, 1_000);
        world.brokers.logs.clear();
        world.elect(0);
        world.brokers.logs.put(2, new long[] {0, 9});
        beat(world, 1_000);
        assertThat(world.state("t").hasLeader()).isFalse();
        world.brokers.logs.put(1, new long[] {0, 10});
        beat(world, 1_000);
        assertThat(world.state("t").leader()).isEqualTo(1);
    }

    @Test
    void theUncleanTimeoutDecidesWithoutTheMissing() {
        World world = new World(14, new ControllerConfig(SESSION_MS, 1, (short) -1, -1, 100, 5_000)).withBrokers(1, 2);
        world.create("t", 1, 2);
        for (int node : List.of(1, 2)) {
            world.controller()
                    .connectionLost(node, world.quorum.image.broker(node).brokerEpoch());
            world.register(node, -1);
        }
        world.heartbeat(1);
        world.brokers.logs.put(1, new long[] {0, 10});
        beat(world, 4_000);
        assertThat(world.state("t").hasLeader()).isFalse();
        beat(world, 1_500);
        assertThat(world.state("t").leader()).isEqualTo(1);
    }

    @Test
    void aControlledShutdownWaitsUntilTheOthersHaveTakenOver() {
        World world = new World(15).withBrokers(1, 2);
        world.create("t", 1, 2);
        int leader = world.state("t").leader();
        int other = 3 - leader;
        assertThat(world.heartbeat(leader, true).shouldShutDown()).isFalse();
        assertThat(world.state("t").leader()).isEqualTo(other);
        assertThat(world.heartbeat(leader, true).shouldShutDown())
                .as("the other has not published it")
                .isFalse();
        world.heartbeat(other);
        HeartbeatReply reply = world.heartbeat(leader, true);
        assertThat(reply.shouldShutDown()).isTrue();
        assertThat(world.quorum.image.broker(leader).fenced()).isTrue();
    }

    @Test
    void aRequestOutlivesNeitherItsDeadlineNorLeadershipNorTheController() {
        World world = new World(16).withBrokers(1);
        world.quorum.lostEntry = 100;
        CompletableFuture<?> late = world.controller().createTopics("a", List.of(topic("x", 1, 1)), false, 500);
        world.executor.advance(700);
        assertThat(late).isCompletedExceptionally();
        assertThat(late.handle((r, e) -> e).join()).isInstanceOf(TimeoutException.class);

        CompletableFuture<?> orphan = world.controller().createTopics("a", List.of(topic("y", 1, 1)), false, 60_000);
        CompletableFuture<?> unseen = world.controller().awaitingRecovery();
        world.elect(1);
        assertThat(orphan.handle((r, e) -> e).join()).isInstanceOf(NotActiveControllerException.class);
        assertThat(unseen).isDone();
        assertThat(world.controllers.get(0).isActive()).isFalse();
        assertThat(world.controllers.get(0).awaitingRecovery()).isCompletedExceptionally();

        CompletableFuture<?> waiting = world.controller().createTopics("a", List.of(topic("z", 1, 1)), false, 60_000);
        world.executor.advance(1);
        world.executor.shutdown();
        world.controller().close();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(world.controller().awaitingRecovery()).isCompletedExceptionally();
    }

    @Test
    void aRegistrationThatWaitsForADialFailsWithLeadership() {
        World world = new World(20).withBrokers(1);
        world.brokers.hanging = true;
        CompletableFuture<?> waiting = world.controller().register(world.registration(1, -1));
        world.executor.advance(100);
        assertThat(waiting).isNotDone();
        world.elect(1);
        assertThat(waiting).isCompletedExceptionally();
    }

    @Test
    void tooManyWaitingRequestsAreRejected() {
        World world = new World(17).withBrokers(1);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 5_100; i++) {
            futures.add(world.controller().createTopics("a", List.of(topic("t" + i, 1, 1)), true, 60_000));
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
        World world = new World(18).withBrokers(1);
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
        World world = new World(19).withBrokers(1);
        world.brokers.faulty = true;
        world.controller().connectionLost(1, world.quorum.image.broker(1).brokerEpoch());
        CompletableFuture<?> waiting = world.controller().createTopics("a", List.of(topic("x", 1, 1)), false, 60_000);
        world.executor.advance(2);
        assertThat(waiting).isCompletedExceptionally();
        assertThat(world.controller().isActive()).isFalse();
        world.brokers.faulty = false;
        beat(world, 2_000);
        assertThat(world.create("t", 1, 1).error()).isEqualTo(Errors.NONE);
    }

    /** Without a change of leadership every fault of the log heals by itself, and everything happens exactly once. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void faultsOfTheLogAreInvisible(long seed) {
        World world = new World(seed).withBrokers(1, 2);
        world.quorum.lostReply = 15;
        world.quorum.lostEntry = 15;
        world.quorum.lateEntry = 15;
        world.quorum.foreignEntry = 10;
        List<CompletableFuture<List<NewTopicResult>>> topics = new ArrayList<>();
        List<CompletableFuture<ProducerIdBlock>> blocks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            topics.add(world.controller().createTopics("a", List.of(topic("t" + i, 1, 1)), false, 600_000));
            blocks.add(world.controller()
                    .allocateProducerIds(1, world.quorum.image.broker(1).brokerEpoch()));
            beat(world, i % 7);
        }
        beat(world, 5_000);
        for (CompletableFuture<List<NewTopicResult>> topic : topics) {
            if (!isRefusedByLog(topic)) {
                assertThat(topic.join().get(0).error()).as("seed %s", seed).isEqualTo(Errors.NONE);
            }
        }
        assertBlocksAreHandedOutOnce(world, blocks);
    }

    /** A request that met five faults in a row gives up; it must not have happened then. */
    private static boolean isRefusedByLog(CompletableFuture<?> future) {
        assertThat(future).isDone();
        return future.isCompletedExceptionally();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32})
    void nothingIsLostOrDoneTwiceWhileLeadershipMoves(long seed) {
        Random random = new Random(seed);
        World world = new World(seed).withBrokers(1, 2);
        world.quorum.lostReply = 10;
        world.quorum.lostEntry = 10;
        world.quorum.lateEntry = 10;
        world.quorum.foreignEntry = 5;
        Map<String, CompletableFuture<List<NewTopicResult>>> topics = new HashMap<>();
        List<CompletableFuture<ProducerIdBlock>> blocks = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            ActiveController controller = world.controllers.get(random.nextInt(2));
            topics.put("t" + i, controller.createTopics("a", List.of(topic("t" + i, 1, 1)), false, 5_000));
            blocks.add(controller.allocateProducerIds(
                    1, world.quorum.image.broker(1).brokerEpoch()));
            if (random.nextInt(20) == 0) {
                world.elect(random.nextInt(2));
            }
            beat(world, random.nextInt(10));
        }
        beat(world, 15_000);
        int created = 0;
        for (Map.Entry<String, CompletableFuture<List<NewTopicResult>>> topic : topics.entrySet()) {
            assertThat(topic.getValue())
                    .as("seed %s: every future completes", seed)
                    .isDone();
            if (!topic.getValue().isCompletedExceptionally()) {
                NewTopicResult result = topic.getValue().join().get(0);
                assertThat(result.error()).isEqualTo(Errors.NONE);
                assertThat(world.quorum.image.topic(topic.getKey()).id()).isEqualTo(result.topicId());
                created++;
            }
        }
        assertThat(created).isGreaterThan(50);
        assertBlocksAreHandedOutOnce(world, blocks);
        MetadataImage replayed = FORMED;
        for (FactBatch batch : world.quorum.log) {
            replayed = replayed.apply(batch);
        }
        assertThat(replayed).isEqualTo(world.quorum.image);
    }

    private static void assertBlocksAreHandedOutOnce(World world, List<CompletableFuture<ProducerIdBlock>> blocks) {
        Set<Long> allocated = new HashSet<>();
        world.quorum.log.stream()
                .flatMap(batch -> batch.facts().stream())
                .filter(ProducerIdsAllocated.class::isInstance)
                .forEach(fact -> assertThat(allocated.add(((ProducerIdsAllocated) fact).nextProducerId()))
                        .isTrue());
        Set<Long> handedOut = new HashSet<>();
        for (CompletableFuture<ProducerIdBlock> block : blocks) {
            assertThat(block).isDone();
            if (!block.isCompletedExceptionally()) {
                ProducerIdBlock got = block.join();
                assertThat(got.error()).isEqualTo(Errors.NONE);
                assertThat(handedOut.add(got.firstProducerId())).as("once").isTrue();
                assertThat(allocated).contains(got.firstProducerId() + got.length());
            }
        }
        assertThat(handedOut).isNotEmpty();
    }

    /** Time passes while all unfenced brokers send heartbeats. */
    @SuppressWarnings("FutureReturnValueIgnored") // some go to a controller that is not active any more
    private static void beat(World world, long ms) {
        for (long left = ms; left > 0; left -= 100) {
            for (BrokerImage broker : world.quorum.image.brokers().values()) {
                world.controller()
                        .heartbeat(new BrokerHeartbeat(
                                broker.nodeId(),
                                broker.brokerEpoch(),
                                broker.fenced() ? -1 : world.quorum.image.endOffset(),
                                false,
                                false));
            }
            world.executor.advance(Math.min(left, 100));
        }
    }
}
