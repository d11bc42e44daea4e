/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;

/** One seed: a cluster is disturbed while it works, then healed and judged. */
final class SimulationRun {
    private static final long START_MS = 30_000;
    private static final long DISTURBED_MS = 12_000;
    private static final long HEALING_MS = 40_000;
    private static final Uuid TOPIC = new Uuid(5, 5);

    private final World world;
    private final SimCluster cluster;
    private final Invariants invariants;
    private final Workload workload;
    private final Nemesis nemesis;
    private final Coverage coverage;
    private final List<Invariants> checks = new ArrayList<>(1);

    /**
     * @param events how many there were
     * @param hash of everything that happened
     */
    record Result(long events, long hash, int acknowledged, Coverage coverage) {}

    SimulationRun(long seed) {
        this.world = new World(seed);
        this.coverage = new Coverage(world.time::nowMs);
        boolean durable = Math.floorMod(seed, 4) == 0;
        int nodes = Math.floorMod(seed, 5) == 0 ? 5 : 3;
        this.cluster = new SimCluster(
                world,
                nodes,
                new SimSettings(durable),
                (before, after) -> checks.forEach(check -> check.onMetadata(before, after)));
        this.invariants = new Invariants(world, cluster, coverage);
        checks.add(invariants);
        this.workload = new Workload(world, cluster, invariants);
        this.nemesis = new Nemesis(world, cluster, invariants, coverage);
    }

    Result play() {
        cluster.create("t", TOPIC, 2, 3);
        runUntil(START_MS, () -> !cluster.partitions().isEmpty());
        if (cluster.partitions().isEmpty()) {
            throw new AssertionError("the topic was not created within " + START_MS + " ms");
        }
        workload.begin();
        nemesis.begin();
        runUntil(DISTURBED_MS, () -> false);
        workload.stop();
        nemesis.rest();
        // What was sent is still under way; then everything has to come together.
        runUntil(1_000, () -> false);
        runUntil(
                HEALING_MS,
                () -> cluster.nodes().stream().allMatch(node -> node.process() != null) && invariants.converged());
        invariants.atTheEnd();
        return new Result(world.events(), world.hash(), invariants.acknowledgedCount(), coverage);
    }

    private interface Done {
        boolean isDone();
    }

    private void runUntil(long ms, Done done) {
        long end = world.time.nowMs() + ms;
        while (world.time.nowMs() < end && !done.isDone() && world.step()) {
            invariants.afterEvent();
        }
    }
}
