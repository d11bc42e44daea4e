/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Everybody was killed (design D5.7). */
@NullUnmarked // what is missing fails the test
class LastKnownIsrRecoveryTest {
    private static ControllerConfig config(ElectionSettings elections) {
        return new ControllerConfig(ControllerWorld.SESSION_MS, 1, (short) -1, -1, 100, elections);
    }

    @Test
    void D5_7_allKilledAndRestartedTheLongestLogLeadsOnceAllHaveReported() {
        ControllerWorld world = new ControllerWorld(12).withBrokers(1, 2, 3);
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
        world.beat(2_000);
        assertThat(world.state("t").hasLeader())
                .as("3 is still recovering its log")
                .isFalse();
        assertThat(world.get(world.controller().awaitingRecovery())).hasSize(1);
        assertThat(world.brokers.asked).as("asked again, with pauses").isBetween(5, 20);
        world.brokers.logs.put(3, new long[] {0, 11});
        world.beat(400);
        assertThat(world.state("t").leader()).isEqualTo(2);
        assertThat(world.state("t").isr()).containsExactly(2);
        assertThat(world.get(world.controller().awaitingRecovery())).isEmpty();
    }

    @Test
    void D5_7_aNewControllerAsksEverybodyAgain() {
        ControllerWorld world = new ControllerWorld(13).withBrokers(1, 2);
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
        world.beat(1_000);
        world.brokers.logs.clear();
        world.elect(0);
        world.brokers.logs.put(2, new long[] {0, 9});
        world.beat(1_000);
        assertThat(world.state("t").hasLeader()).isFalse();
        assertThat(world.brokers.askedEpochs)
                .as("asked about the leader epoch of this very wait")
                .containsOnly(Map.entry(
                        new PartitionId(world.quorum.image.topic("t").id(), 0),
                        world.state("t").leaderEpoch()));
        world.brokers.logs.put(1, new long[] {0, 10});
        world.beat(1_000);
        assertThat(world.state("t").leader()).isEqualTo(1);
    }

    @Test
    void D5_7_theUncleanTimeoutDecidesWithoutTheMissing() {
        ControllerWorld world = new ControllerWorld(14, config(new ElectionSettings(5_000, false, false, 300_000, 10)))
                .withBrokers(1, 2);
        world.create("t", 1, 2);
        for (int node : List.of(1, 2)) {
            world.controller()
                    .connectionLost(node, world.quorum.image.broker(node).brokerEpoch());
            world.register(node, -1);
        }
        world.heartbeat(1);
        world.brokers.logs.put(1, new long[] {0, 10});
        world.beat(4_000);
        assertThat(world.state("t").hasLeader()).isFalse();
        world.beat(1_500);
        assertThat(world.state("t").leader()).isEqualTo(1);
    }
}
