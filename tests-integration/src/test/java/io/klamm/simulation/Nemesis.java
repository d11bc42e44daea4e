/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Injects faults, one after another and several at once, until it is told to rest. */
@SuppressWarnings("FutureReturnValueIgnored") // a restart that fails shows at the end
final class Nemesis {
    private static final Logger LOG = LoggerFactory.getLogger(Nemesis.class);

    private static final List<Fault> FAULTS = List.of(Fault.values());

    private final World world;
    private final SimCluster cluster;
    private final Invariants invariants;
    private final Coverage coverage;
    private boolean resting;

    Nemesis(World world, SimCluster cluster, Invariants invariants, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.invariants = invariants;
        this.coverage = coverage;
    }

    void begin() {
        world.time.scheduleMs(50 + world.below(700), () -> {
            if (!resting) {
                disturb();
                begin();
            }
        });
    }

    /** No more faults; what is down comes up again. */
    void rest() {
        resting = true;
        world.calmDown();
        cluster.nodes().forEach(node -> {
            SimProcess process = node.process();
            if (process != null) {
                process.pause(0);
            }
            restartSoon(node, 1);
        });
    }

    private void disturb() {
        Fault fault = FAULTS.get(world.below(FAULTS.size()));
        SimNode node = cluster.node(1 + world.below(cluster.nodes().size()));
        if (inject(fault, node)) {
            world.trace(40, FAULTS.indexOf(fault), node.id());
            LOG.info("{} ms: {} (node {})", world.time.nowMs(), fault, node.id());
            coverage.injected(fault);
        }
    }

    private boolean inject(Fault fault, SimNode node) {
        int shortMs = 100 + world.below(2_000);
        switch (fault) {
            case KILL -> {
                return kill(node);
            }
            case KILL_LEADER -> {
                List<PartitionId> partitions = cluster.partitions();
                PartitionState state = partitions.isEmpty()
                        ? null
                        : cluster.newest().partition(partitions.get(world.below(partitions.size())));
                return state != null && state.hasLeader() && kill(cluster.node(state.leader()));
            }
            case KILL_CONTROLLER -> {
                int leader = cluster.quorum().leaderNode();
                return leader != 0 && kill(cluster.node(leader));
            }
            case KILL_ALL -> {
                return world.below(3) == 0
                        && cluster.nodes().stream().filter(this::kill).count() > 1;
            }
            case POWER_LOSS -> {
                if (!cluster.settings().durable() && !invariants.mayLosePower(node)) {
                    return false;
                }
                losePower(node);
                return true;
            }
            case POWER_LOSS_OF_ALL -> {
                if (!cluster.settings().durable()) {
                    return false;
                }
                cluster.nodes().forEach(this::losePower);
                return true;
            }
            case CUT_ONE_WAY -> {
                world.cut(node.id(), 1 + world.below(cluster.nodes().size()), shortMs);
                return true;
            }
            case ISOLATE -> {
                for (SimNode other : cluster.nodes()) {
                    world.cut(node.id(), other.id(), shortMs);
                    world.cut(other.id(), node.id(), shortMs);
                }
                return true;
            }
            case PAUSE -> {
                SimProcess process = node.process();
                if (process != null) {
                    process.pause(shortMs);
                }
                return process != null;
            }
            case RESTART -> {
                if (node.process() == null) {
                    return false;
                }
                node.stop().thenRun(() -> restartSoon(node, 1 + world.below(500)));
                return true;
            }
            case NEW_CONTROLLER -> {
                cluster.quorum().depose();
                return true;
            }
            default -> throw new IllegalStateException(fault.toString());
        }
    }

    private boolean kill(SimNode node) {
        if (node.process() == null) {
            return false;
        }
        node.kill();
        restartSoon(node, 100 + world.below(2_500));
        return true;
    }

    private void losePower(SimNode node) {
        node.losePower();
        restartSoon(node, 100 + world.below(2_500));
    }

    private void restartSoon(SimNode node, long ms) {
        world.time.scheduleMs(ms, node::start);
    }
}
