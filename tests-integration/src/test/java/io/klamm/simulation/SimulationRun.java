/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;

/** One seed: a cluster is disturbed while it works, then healed and judged. */
final class SimulationRun {
    private static final long START_MS = 30_000;
    private static final long DISTURBED_MS = 12_000;
    private static final long UNDER_WAY_MS = 1_000;
    /** After the last fault everything is in sync and every client has what it wants within this time. */
    private static final long HEALING_MS = 20_000;
    /** Longer than a session lasts. */
    private static final long SESSIONS_MS = 1_200;
    /** Another coordinator has taken over within this time, when nothing else happens. */
    private static final long MOVING_MS = 8_000;

    private final World world;
    private final SimCluster cluster;
    private final Invariants invariants;
    private final Workload workload;
    private final GroupWorkload groups;
    private final Nemesis nemesis;
    private final Coverage coverage;
    /** Whether there is a topic that comes and goes. */
    private final boolean passing;

    private List<PartitionId> following = List.of();
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
        this.passing = Math.floorMod(seed, 3) == 1;
        boolean deletes = Math.floorMod(seed, 7) < 3;
        boolean unclean = passing && Math.floorMod(seed, 2) == 0;
        boolean compacted = Math.floorMod(seed, 11) < 4;
        this.cluster =
                new SimCluster(world, nodes, new SimSettings(durable, dirs, unclean, compacted), this::onMetadata);
        this.invariants = new Invariants(world, cluster, coverage);
        this.workload = new Workload(world, cluster, invariants, deletes);
        this.groups = new GroupWorkload(world, cluster, coverage);
        this.nemesis = new Nemesis(world, cluster, invariants, groups, coverage);
        this.ready = true;
    }

    private void onMetadata(MetadataImage before, MetadataImage after) {
        if (ready) {
            invariants.onMetadata(before, after);
            if (!before.topicIds().equals(after.topicIds()) || !cluster.used().equals(following)) {
                following = cluster.used();
                world.time.scheduleMs(0, () -> workload.follow(following));
            }
        }
    }

    /** @throws AssertionError when a promise was broken */
    Result play() {
        try {
            return playOut();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    String.format(
                            "after event %d at %d ms, trace hash %016x: %s",
                            world.events(), world.time.nowMs(), world.hash(), e.getMessage()),
                    e);
        }
    }

    private Result playOut() {
        cluster.create(SimCluster.TOPIC, SimCluster.TOPIC_ID, 2, 3);
        cluster.create(Topic.GROUP_METADATA_TOPIC_NAME, SimCluster.GROUPS_ID, 1, 3);
        if (passing) {
            cluster.create(SimCluster.PASSING, new Uuid(7, 7), 1, 3);
        }
        int partitions = passing ? 4 : 3;
        runUntil(START_MS, () -> invariants.partitions().size() == partitions);
        if (invariants.partitions().size() < partitions) {
            throw Broken.promise("the topics were not created within %s ms", START_MS);
        }
        workload.follow(cluster.used());
        cluster.watchProposals(nemesis::onProposal);
        workload.begin();
        groups.begin();
        nemesis.begin();
        runUntil(DISTURBED_MS, () -> false);
        long healed = world.time.nowMs();
        nemesis.rest();
        workload.stop();
        groups.stop();
        // What was sent is still under way; then everything has to come together.
        runUntil(UNDER_WAY_MS, () -> false);
        runUntil(HEALING_MS, this::allWell);
        if (!allWell()) {
            throw Broken.promise(
                    "healed, and not well within %s ms:%n%s%s%s", HEALING_MS, workload, groups, invariants.describe());
        }
        long healing = world.time.nowMs() - healed;
        invariants.atTheEnd();
        moveCoordinator();
        return new Result(world.events(), world.hash(), invariants.acknowledgedCount(), healing, coverage);
    }

    /** The last coordinator dies; what the next one reads from the log is what it knew. */
    private void moveCoordinator() {
        // Members that were killed of late are still waited for: what changes by itself between the two looks proves
        // nothing.
        runUntil(SESSIONS_MS, () -> false);
        runUntil(HEALING_MS, groups::settled);
        groups.freeze();
        runUntil(MOVING_MS, groups::isQuiet);
        GroupWorkload.Look before = look();
        SimNode leader =
                cluster.node(cluster.newest().partition(SimCluster.GROUPS_HOME).leader());
        leader.kill();
        world.time.scheduleMs(200, leader::start); // the others alone may be fewer than min ISR
        look().mustEqual(before);
    }

    private GroupWorkload.Look look() {
        GroupWorkload.Look look = groups.look();
        runUntil(MOVING_MS, look::isComplete);
        if (!look.isComplete()) {
            throw Broken.promise("no coordinator answers within %s ms:%n%s", MOVING_MS, invariants.describe());
        }
        return look;
    }

    private boolean allWell() {
        return invariants.converged()
                && groups.settled()
                && invariants.partitions().stream().allMatch(id -> workload.isDone(invariants.history(id), id));
    }

    private void runUntil(long ms, BooleanSupplier done) {
        long end = world.time.nowMs() + ms;
        while (world.time.nowMs() < end && !done.getAsBoolean() && world.step()) {
            invariants.afterEvent();
        }
    }
}
