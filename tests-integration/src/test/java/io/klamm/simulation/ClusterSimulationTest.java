/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The promises of design D5 under faults, one schedule for each seed. */
class ClusterSimulationTest {
    private static final long SEEDS = Long.getLong("klamm.simulation.seeds", 1_000);
    private static final long FIRST_SEED = Long.getLong("klamm.simulation.seed", 1);

    @Test
    void nothingAcknowledgedIsLostAndReplicasConverge() {
        Coverage total = new Coverage(() -> 0);
        long events = 0;
        long acknowledged = 0;
        long fewestEvents = Long.MAX_VALUE;
        int fewestFaults = Integer.MAX_VALUE;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            SimulationRun.Result result = play(seed);
            result.coverage().addTo(total);
            events += result.events();
            acknowledged += result.acknowledged();
            fewestEvents = Math.min(fewestEvents, result.events());
            fewestFaults = Math.min(fewestFaults, result.coverage().faultsThatBit());
        }
        System.out.printf(
                "%d seeds from %d: %d events (at least %d each), %d records acknowledged, at least %d faults that bit each%n%s%n",
                SEEDS, FIRST_SEED, events, fewestEvents, acknowledged, fewestFaults, total);
        assertThat(fewestEvents).as("events of a run").isGreaterThanOrEqualTo(2_000);
        assertThat(fewestFaults).as("faults of a run that bit").isGreaterThanOrEqualTo(3);
    }

    @Test
    void aSeedReplaysIdentically() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + Math.min(SEEDS, 5); seed++) {
            assertThat(play(seed).hash())
                    .as("hash of seed %s", seed)
                    .isEqualTo(play(seed).hash());
        }
    }

    private static SimulationRun.Result play(long seed) {
        try {
            return new SimulationRun(seed).play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " (-Dklamm.simulation.seed=" + seed + " -Dklamm.simulation.seeds=1): "
                            + e.getMessage(),
                    e);
        }
    }
}
