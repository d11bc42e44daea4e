/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.chaos.ChaosRun;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LoopbackGround;
import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.nemesis.Schedule;
import io.klamm.testkit.workload.LogWorkload;
import io.klamm.testkit.workload.Workload;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Clients at work while a seeded nemesis does harm; then the history is judged. The seed is -Dchaos.seed, else a new one. History and
 * report stay in the cluster's folder.
 */
class ChaosIT {
    private static final long FAULTS_MILLIS = 30_000;

    private final long seed = Long.getLong("chaos.seed", System.nanoTime() & 0xFFFF_FFFFL);

    @Test
    void whatIsPromisedHoldsWhileNodesAreKilledAndFrozen() throws Exception {
        KlammCluster cluster = KlammCluster.define("chaos-loopback-" + seed, 3, ChaosRun.SETTINGS);
        try (Ground ground = new LoopbackGround(cluster)) {
            play(ground, List.of(LogWorkload.strict("log", 3)));
        }
    }

    private void play(Ground ground, List<Workload> workloads) throws Exception {
        Schedule schedule = Schedule.generate(seed, ground.abilities(), FAULTS_MILLIS);
        ChaosRun.Result result = ChaosRun.run(ground, schedule, workloads);
        assertThat(result.violations())
                .as("%s; report in %s", schedule, result.page())
                .isEmpty();
        // What has not been looked at cannot be wrong.
        History history = result.history();
        assertThat(history.of(Fault.class)).as("%s", schedule).hasSize(schedule.faults());
        for (Class<? extends Event> kind : List.of(
                Send.class, Poll.class, Bounds.class, Leadership.class, ReplicaLog.class, MetadataDigest.class)) {
            assertThat(history.of(kind)).as("%s", kind).isNotEmpty();
        }
    }
}
