/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is missing fails the test
class LeaderBalancerTest {
    private static final long INTERVAL_MS = 20_000;

    private ControllerWorld world(boolean enabled, int partitions) {
        ControllerWorld world = new ControllerWorld(
                        31,
                        new ControllerConfig(
                                ControllerWorld.SESSION_MS,
                                1,
                                (short) -1,
                                -1,
                                10_000,
                                new ElectionSettings(-1, false, enabled, INTERVAL_MS, 10)))
                .withBrokers(1, 2, 3);
        world.create("t", partitions, 3);
        return world;
    }

    /** Broker 1 stops, comes back and catches up: everything that it led is led by others. */
    private static void restartBroker1(ControllerWorld world) {
        long epoch = world.quorum.image.broker(1).brokerEpoch();
        world.brokers.refusing.add(1);
        world.controller().connectionLost(1, epoch);
        world.executor.advance(200);
        world.brokers.refusing.clear();
        world.register(1, epoch);
        world.heartbeat(1);
        for (int node : List.of(2, 3)) {
            List<IsrChange> changes = new ArrayList<>();
            var topic = world.quorum.image.topic("t");
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                PartitionState state = topic.partition(partition);
                if (state.leader() == node) {
                    changes.add(new IsrChange(
                            new PartitionId(topic.id(), partition),
                            state.leaderEpoch(),
                            state.partitionEpoch(),
                            state.replicas().stream()
                                    .map(member -> new IsrChange.Member(
                                            member,
                                            world.quorum.image.broker(member).brokerEpoch()))
                                    .toList()));
                }
            }
            long leaderEpoch = world.quorum.image.broker(node).brokerEpoch();
            assertThat(world.get(world.controller().changeIsr(node, leaderEpoch, changes)))
                    .allMatch(result -> result.error() == Errors.NONE);
        }
        assertThat(ledBy1(world)).isZero();
    }

    private static int ledBy1(ControllerWorld world) {
        return (int) world.quorum.image.topic("t").partitions().stream()
                .filter(state -> state.leader() == 1)
                .count();
    }

    @Test
    void leadershipComesBackAfterTheInterval() {
        ControllerWorld world = world(true, 6);
        restartBroker1(world);
        world.beat(INTERVAL_MS - 5_000);
        assertThat(ledBy1(world)).isZero();
        world.beat(6_000);
        assertThat(ledBy1(world)).isEqualTo(2);
    }

    @Test
    void manyLeadersMoveInBoundedDecisionsUntilAllAreBack() {
        ControllerWorld world = world(true, 3 * PreferredLeaders.MAX_MOVES + 30);
        restartBroker1(world);
        world.beat(INTERVAL_MS + 2_000);
        assertThat(ledBy1(world)).isEqualTo(PreferredLeaders.MAX_MOVES + 10);
    }

    @Test
    void itIsSwitchedWhileTheControllerRuns() {
        ControllerWorld world = world(false, 6);
        restartBroker1(world);
        world.beat(2 * INTERVAL_MS);
        assertThat(ledBy1(world)).isZero();
        for (ConfigChanged fact : List.of(
                new ConfigChanged(ConfigResourceType.BROKER, "", ElectionSettings.CHECK_INTERVAL_SECONDS, "1"),
                new ConfigChanged(ConfigResourceType.BROKER, "", ElectionSettings.REBALANCE, "true"))) {
            world.get(world.controller()
                    .decide("test", "configure", 10_000, image -> new Decision<>(List.of(fact), true)));
        }
        world.beat(2_000);
        assertThat(ledBy1(world)).isEqualTo(2);
    }

    @Test
    void aNewControllerGivesBrokersAWholeInterval() {
        ControllerWorld world = world(true, 6);
        restartBroker1(world);
        world.beat(INTERVAL_MS - 3_000);
        world.elect(1);
        world.beat(INTERVAL_MS - 3_000);
        assertThat(ledBy1(world)).isZero();
        world.beat(5_000);
        assertThat(ledBy1(world)).isEqualTo(2);
    }
}
