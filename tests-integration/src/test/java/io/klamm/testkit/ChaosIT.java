/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.chaos.ChaosRun;
import io.klamm.testkit.chaos.ChaosScenario;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.nemesis.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Clients at work while a seeded nemesis does harm; then the history is judged. The seed is -Dchaos.seed, else a new one. History and
 * report stay in the cluster's folder.
 */
class ChaosIT {
    private static final long FAULTS_MILLIS = 10_000;

    private final long seed = Long.getLong("chaos.seed", System.nanoTime() & 0xFFFF_FFFFL);

    @Test
    void whatIsPromisedHoldsWhileNodesAreKilledAndFrozen() throws Exception {
        assertLookedAt(play(ChaosScenario.NODES), Commit.class, TopicChange.class);
    }

    @Test
    @EnabledIf("io.klamm.testkit.Namespaces#available")
    void whatIsPromisedHoldsWhileLinksAreHarmed() throws Exception {
        assertLookedAt(play(ChaosScenario.LINKS), Commit.class, TopicChange.class);
    }

    @Test
    @EnabledIf("io.klamm.testkit.LoopDisk#available")
    void whatIsForcedToTheDiskOutlivesPowerLoss() throws Exception {
        play(ChaosScenario.DISKS);
    }

    @Test
    @EnabledIf("io.klamm.testkit.LoopDisk#available")
    void whatIsReplicatedOutlivesThePowerLossOfANode() throws Exception {
        assertLookedAt(play(ChaosScenario.POWER), Commit.class);
    }

    @Test
    @EnabledIf("io.klamm.testkit.FakeClocks#available")
    void whatIsPromisedHoldsWhileClocksJump() throws Exception {
        assertLookedAt(play(ChaosScenario.CLOCKS), Commit.class, TopicChange.class);
    }

    @Test
    @EnabledIf("io.klamm.testkit.Containers#available")
    void whatIsPromisedHoldsInContainers() throws Exception {
        assertLookedAt(play(ChaosScenario.CONTAINERS), Commit.class, TopicChange.class);
    }

    private History play(ChaosScenario scenario) throws Exception {
        try (Ground ground = scenario.ground(seed)) {
            Schedule schedule =
                    Schedule.generate(seed, scenario.about(), ground.nodes().size(), FAULTS_MILLIS);
            ChaosRun.Result result = ChaosRun.run(ground, schedule, scenario.workloads(seed));
            assertThat(result.violations())
                    .as("%s; report in %s", schedule, result.page())
                    .isEmpty();
            History history = result.history();
            assertThat(history.of(Fault.class)).as("%s", schedule).hasSize(schedule.faults());
            assertLookedAt(
                    history,
                    Send.class,
                    Poll.class,
                    Bounds.class,
                    Leadership.class,
                    ReplicaLog.class,
                    MetadataDigest.class);
            return history;
        }
    }

    /** What has not been looked at cannot be wrong. */
    @SafeVarargs
    private static void assertLookedAt(History history, Class<? extends Event>... kinds) {
        for (Class<? extends Event> kind : kinds) {
            assertThat(history.of(kind)).as("%s", kind).isNotEmpty();
        }
    }
}
