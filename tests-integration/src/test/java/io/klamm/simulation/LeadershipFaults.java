/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.controller.Decision;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Faults that move a leadership between replicas in sync at a moment that suits them ill. Each says whether it has begun. */
final class LeadershipFaults {
    private final World world;
    private final SimCluster cluster;
    private final GroupWorkload groups;
    private final BooleanSupplier resting;

    /** @param resting whether there are to be no more faults: what has begun goes no further */
    LeadershipFaults(World world, SimCluster cluster, GroupWorkload groups, BooleanSupplier resting) {
        this.world = world;
        this.cluster = cluster;
        this.groups = groups;
        this.resting = resting;
    }

    /** {@link Fault#COORDINATOR_LEFT_BEHIND}. */
    boolean leaveCoordinatorBehind() {
        PartitionState state = cluster.newest().partition(SimCluster.GROUPS_HOME);
        SimProcess leader = state.hasLeader() ? cluster.node(state.leader()).process() : null;
        if (leader == null || state.isr().size() < 2) {
            return false;
        }
        int from = state.leader();
        int to = state.isr().get(state.isr().get(0) == from ? 1 : 0);
        leader.leaveCoordinatorsBehind(700L + world.below(900));
        lead(SimCluster.GROUPS_HOME, to);
        inAWhile(100L + world.below(500), () -> lead(SimCluster.GROUPS_HOME, from));
        return true;
    }

    /** {@link Fault#COORDINATOR_CUT_SHORT}. */
    boolean cutCoordinatorShort() {
        List<Integer> inSync = inSync(SimCluster.GROUPS_HOME);
        if (inSync.size() < 3) {
            return false;
        }
        int second = inSync.get(1);
        int third = inSync.get(2);
        long ms = 50L + world.below(120);
        long nextMs = ms + 100 + world.below(150);
        world.holdFetches(inSync.get(0), third, nextMs + 100);
        world.holdFetches(second, third, nextMs + 100);
        inAWhile(ms, () -> {
            lead(SimCluster.GROUPS_HOME, second);
            groups.observe(1_500);
        });
        inAWhile(nextMs, () -> lead(SimCluster.GROUPS_HOME, third));
        return true;
    }

    /** {@link Fault#RECORDS_OVERWRITTEN}. */
    boolean overwriteRecords() {
        List<PartitionId> partitions = new ArrayList<>(cluster.used());
        Collections.shuffle(partitions, world.random);
        return partitions.stream().anyMatch(this::overwriteRecords);
    }

    private boolean overwriteRecords(PartitionId id) {
        List<Integer> inSync = inSync(id);
        if (inSync.size() < 3) {
            return false;
        }
        int leader = inSync.get(0);
        long ms = 20L + world.below(80);
        world.holdFetches(leader, inSync.get(2), ms + 100);
        inAWhile(ms, () -> overwriteRecords(id, leader, inSync.get(1), inSync.get(2)));
        return true;
    }

    /** Of two followers, the one that has more gets the next records late, and the other one takes the lead. */
    private void overwriteRecords(PartitionId id, int leader, int one, int other) {
        long ofOne = logEnd(one, id);
        long ofOther = logEnd(other, id);
        int late = ofOne > ofOther ? one : other;
        int next = ofOne > ofOther ? other : one;
        if (ofOne == ofOther || late == cluster.quorum().leaderNode()) {
            return;
        }
        world.holdMetadata(late, 1_500);
        world.holdRecords(leader, late, id, 400 + world.below(600));
        for (int attempt = 1; attempt <= 3; attempt++) { // a controller may lose its office meanwhile
            inAWhile(attempt * (20L + world.below(40)), () -> lead(id, next));
        }
    }

    private long logEnd(int node, PartitionId id) {
        InMemoryLog log = cluster.node(node).log(id);
        return log == null ? 0 : log.logEndOffset();
    }

    /** The leader, then the others in any order; nobody when there is no leader. */
    private List<Integer> inSync(PartitionId id) {
        PartitionState state = cluster.newest().partition(id);
        if (state == null || !state.hasLeader()) {
            return List.of();
        }
        List<Integer> others = new ArrayList<>(state.isr());
        others.remove((Integer) state.leader());
        Collections.shuffle(others, world.random);
        others.add(0, state.leader());
        return others;
    }

    private void inAWhile(long ms, Runnable action) {
        world.time.scheduleMs(ms, () -> {
            if (!resting.getAsBoolean()) {
                action.run();
            }
        });
    }

    /** Somebody else in sync is to lead. */
    private void lead(PartitionId id, int node) {
        cluster.decide("another leader", image -> {
            PartitionState state = image.partition(id);
            BrokerImage broker = image.broker(node);
            boolean can = state != null
                    && broker != null
                    && broker.available()
                    && state.hasLeader()
                    && state.leader() != node
                    && state.isr().contains(node)
                    && broker.hasOnline(state.directory(node));
            return can
                    ? new Decision<>(
                            List.of(new PartitionChanged(
                                    id.topicId(),
                                    id.partition(),
                                    state.changed(
                                            state.isr(),
                                            state.elr(),
                                            state.lastKnownIsr(),
                                            node,
                                            state.leaderEpoch() + 1))),
                            true)
                    : Decision.replyOnly(false);
        });
    }
}
