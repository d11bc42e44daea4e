/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.MetadataImage;
import java.util.function.BooleanSupplier;

/** One seed: a cluster is disturbed while it works, then healed and judged. */
final class SimulationRun {
    private static final long START_MS = 30_000;
    private static final long DISTURBED_MS = 12_000;
    private static final long UNDER_WAY_MS = 1_000;
    /** After the last fault everything is in sync and every client has what it wants within this time. */
    private static final long HEALING_MS = 20_000;

    private final World world;
    private final SimCluster cluster;
    private final Invariants invariants;
    private final Workload workload;
    private final Nemesis nemesis;
    private final Coverage coverage;
    private boolean ready;

    /**
     * @param events how many there were
     * @param hash of everything that happened
     * @param healedMs how long it took after the last fault until all was well
     */
    record Result(long events, long hash, int acknowledged, long healedMs, Coverage coverage) {}

    SimulationRun(long seed) {
        this.world = new World(seed);
        this.coverage = new Coverage(world.time::nowMs);
        boolean durable = Math.floorMod(seed, 4) == 0;
        int nodes = Math.floorMod(seed, 5) == 0 ? 5 : 3;
        int dirs = Math.floorMod(seed, 3) == 0 ? 1 : 2;
        boolean deletes = Math.floorMod(seed, 7) < 3;
        this.cluster = new SimCluster(world, nodes, new SimSettings(durable, dirs), this::onMetadata);
        this.invariants = new Invariants(world, cluster, coverage);
        this.workload = new Workload(world, cluster, invariants, deletes);
        this.nemesis = new Nemesis(world, cluster, invariants, coverage);
        this.ready = true;
    }

    private void onMetadata(MetadataImage before, MetadataImage after) {
        if (ready) {
            invariants.onMetadata(before, after);
        }
    }

    /** @throws AssertionError when a promise was broken */
    Result play() {
        try {
            return playOut();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "after event " + world.events() + " at " + world.time.nowMs() + " ms: " + e.getMessage(), e);
        }
    }

    private Result playOut() {
        cluster.create(SimCluster.TOPIC, SimCluster.TOPIC_ID, 2, 3);
        runUntil(START_MS, () -> !invariants.partitions().isEmpty());
        if (invariants.partitions().isEmpty()) {
            throw Broken.promise("the topic was not created within %s ms", START_MS);
        }
        invariants.partitions().forEach(workload::use);
        cluster.watchProposals(nemesis::onProposal);
        workload.begin();
        nemesis.begin();
        runUntil(DISTURBED_MS, () -> false);
        long healed = world.time.nowMs();
        nemesis.rest();
        workload.stop();
        // What was sent is still under way; then everything has to come together.
        runUntil(UNDER_WAY_MS, () -> false);
        runUntil(HEALING_MS, this::allWell);
        if (!allWell()) {
            throw Broken.promise(
                    "healed, and not well within %s ms:%n%s%s", HEALING_MS, workload, invariants.describe());
        }
        invariants.atTheEnd();
        return new Result(
                world.events(), world.hash(), invariants.acknowledgedCount(), world.time.nowMs() - healed, coverage);
    }

    private boolean allWell() {
        return invariants.converged()
                && invariants.partitions().stream().allMatch(id -> workload.isDone(invariants.history(id), id));
    }

    private void runUntil(long ms, BooleanSupplier done) {
        long end = world.time.nowMs() + ms;
        while (world.time.nowMs() < end && !done.getAsBoolean() && world.step()) {
            invariants.afterEvent();
        }
    }
}
