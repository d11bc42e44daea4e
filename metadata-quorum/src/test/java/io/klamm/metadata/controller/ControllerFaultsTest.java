/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seeded faults of the log and of leadership. */
@NullUnmarked // what is missing fails the test
class ControllerFaultsTest {
    /** Without a change of leadership every fault of the log heals by itself, and everything happens exactly once. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void faultsOfTheLogAreInvisible(long seed) {
        ControllerWorld world = new ControllerWorld(seed).withBrokers(1, 2);
        world.quorum.lostReply = 15;
        world.quorum.lostEntry = 15;
        world.quorum.lateEntry = 15;
        world.quorum.foreignEntry = 10;
        List<CompletableFuture<List<NewTopicResult>>> topics = new ArrayList<>();
        List<CompletableFuture<ProducerIdBlock>> blocks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            topics.add(world.controller()
                    .createTopics("a", List.of(ControllerWorld.topic("t" + i, 1, 1)), false, 600_000));
            blocks.add(world.controller()
                    .allocateProducerIds(1, world.quorum.image.broker(1).brokerEpoch()));
            world.beat(i % 7);
        }
        world.beat(5_000);
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
        ControllerWorld world = new ControllerWorld(seed).withBrokers(1, 2);
        world.quorum.lostReply = 10;
        world.quorum.lostEntry = 10;
        world.quorum.lateEntry = 10;
        world.quorum.foreignEntry = 5;
        Map<String, CompletableFuture<List<NewTopicResult>>> topics = new HashMap<>();
        List<CompletableFuture<ProducerIdBlock>> blocks = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            ActiveController controller = world.controllers.get(random.nextInt(2));
            topics.put(
                    "t" + i, controller.createTopics("a", List.of(ControllerWorld.topic("t" + i, 1, 1)), false, 5_000));
            blocks.add(controller.allocateProducerIds(
                    1, world.quorum.image.broker(1).brokerEpoch()));
            if (random.nextInt(20) == 0) {
                world.elect(random.nextInt(2));
            }
            world.beat(random.nextInt(10));
        }
        world.beat(15_000);
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
        MetadataImage replayed = ControllerWorld.FORMED;
        for (FactBatch batch : world.quorum.log) {
            replayed = replayed.apply(batch);
        }
        assertThat(replayed).isEqualTo(world.quorum.image);
    }

    private static void assertBlocksAreHandedOutOnce(
            ControllerWorld world, List<CompletableFuture<ProducerIdBlock>> blocks) {
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
}
