/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.Decision;
import io.klamm.metadata.controller.NewPartitions;
import io.klamm.metadata.controller.PartitionReassigner;
import io.klamm.metadata.controller.ReassignmentRequest;
import io.klamm.metadata.controller.ReassignmentResult;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.IsrChangeSender;
import io.klamm.replication.partition.IsrChangeSender.Proposal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Injects faults, one after another and several at once, until it is told to rest. */
@SuppressWarnings("FutureReturnValueIgnored") // a restart that fails shows at the end
final class Nemesis {
    private static final Logger LOG = LoggerFactory.getLogger(Nemesis.class);

    /** A change of min ISR is decided within this time, or never. */
    private static final long LOWERING_MS = 2_500;

    private static final ConfigKey MIN_ISR = new ConfigKey(ConfigResourceType.TOPIC, SimCluster.TOPIC);

    private static final PartitionReassigner REASSIGNER = new PartitionReassigner(-1);

    private static final List<Fault> FAULTS = faults();

    private final World world;
    private final SimCluster cluster;
    private final Invariants invariants;
    private final GroupWorkload groups;
    private final Coverage coverage;
    private final LeadershipFaults leadership;
    private boolean resting;
    /** How often a topic was replaced. */
    private int replaced;

    /** When min ISR was to become 1, the last time: from then on a single replica may hold what counts. */
    private long loweredMs = Long.MIN_VALUE / 2;

    Nemesis(World world, SimCluster cluster, Invariants invariants, GroupWorkload groups, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.invariants = invariants;
        this.groups = groups;
        this.coverage = coverage;
        this.leadership = new LeadershipFaults(world, cluster, groups, () -> resting);
    }

    /** What one draws from; twice what seldom succeeds. */
    private static List<Fault> faults() {
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        faults.add(Fault.RECORDS_OVERWRITTEN);
        return List.copyOf(faults);
    }

    void begin() {
        world.time.scheduleMs(50 + world.below(700), () -> {
            if (!resting) {
                disturb();
                begin();
            }
        });
    }

    /** No more faults; what is down comes up again, and what stands still goes on when its pause is over. */
    void rest() {
        resting = true;
        world.calmDown();
        cluster.nodes().forEach(node -> {
            if (node.disk().anyFailed()) {
                node.kill();
            }
            restartSoon(node, 1);
        });
    }

    private void disturb() {
        Fault fault = FAULTS.get(world.below(FAULTS.size()));
        SimNode node = cluster.node(1 + world.below(cluster.nodes().size()));
        if (inject(fault, node)) {
            injected(fault, node);
        }
    }

    /** Told of each ISR that a leader proposes. */
    void onProposal(int leader, Proposal proposal) {
        PartitionState state = cluster.newest().partition(proposal.id());
        if (resting || state == null) {
            return;
        }
        if (proposal.isr().size() < state.isr().size()) {
            raiseUnheard(leader);
            return;
        }
        if (!state.elr().isEmpty() && raiseWhileGrowing(proposal.id(), leader)) {
            return;
        }
        if (world.below(25) != 0) {
            return;
        }
        for (IsrChangeSender.Member member : proposal.isr()) {
            if (!state.isr().contains(member.nodeId())) {
                holdUp(leader, cluster.node(member.nodeId()));
                return;
            }
        }
    }

    private void holdUp(int leader, SimNode joining) {
        int controller = cluster.quorum().leaderNode();
        if (controller == leader || controller == joining.id() || !mayLosePower(joining)) {
            return;
        }
        long ms = 500L + world.below(900);
        world.holdProposals(leader, ms);
        world.cut(leader, joining.id(), ms + 300);
        world.cut(joining.id(), leader, ms + 300);
        world.time.scheduleMs(world.below(30), () -> {
            if (!resting && mayLosePower(joining)) {
                joining.losePower();
                restartSoon(joining, 1 + world.below(30));
            }
        });
        injected(Fault.STALE_PROPOSAL, joining);
    }

    private void raiseUnheard(int leader) {
        boolean one = "1".equals(cluster.newest().config(MIN_ISR).get(EffectiveMinIsr.KEY));
        if (!one || leader == cluster.quorum().leaderNode() || world.below(2) == 0) {
            return;
        }
        world.holdMetadata(leader, 800);
        setMinIsr(0);
        world.time.scheduleMs(300 + world.below(400), () -> {
            if (!resting) {
                kill(cluster.node(leader));
            }
        });
        injected(Fault.UNHEARD_MIN_ISR, cluster.node(leader));
    }

    /** The ISR that is proposed is too small by the time it is decided. */
    private boolean raiseWhileGrowing(PartitionId id, int leader) {
        if (!id.topicId().equals(SimCluster.TOPIC_ID)
                || leader == cluster.quorum().leaderNode()
                || world.below(4) != 0) {
            return false;
        }
        world.holdMetadata(leader, 600);
        setMinIsr(3);
        injected(Fault.UNHEARD_MIN_ISR, cluster.node(leader));
        return true;
    }

    private boolean mayLosePower(SimNode node) {
        return cluster.settings().durable()
                || (world.time.nowMs() > loweredMs + LOWERING_MS && invariants.mayLosePower(node));
    }

    private void injected(Fault fault, SimNode node) {
        world.trace(40, FAULTS.indexOf(fault), node.id());
        LOG.info("{} ms: {} (node {})", world.time.nowMs(), fault, node.id());
        coverage.injected(fault);
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
                if (!mayLosePower(node)) {
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
            case LOG_DIR -> {
                if (cluster.settings().dirs() < 2 || node.process() == null) {
                    return false;
                }
                node.failDirectory(world.below(2) == 0 && mayLosePower(node));
                restartWithFailedDirectory(node, 500 + world.below(3_000));
                return true;
            }
            case MIN_ISR -> {
                return setMinIsr(world.below(4));
            }
            case REASSIGN -> {
                List<PartitionId> partitions = cluster.partitions();
                reassign(partitions.get(world.below(partitions.size())), world.below(6) == 0);
                return true;
            }
            case PREFERRED_ELECTION -> {
                return ask(controller -> controller.electPreferredLeaders("test", null, 2_000));
            }
            case UNCLEAN_ELECTION -> {
                TopicImage topic = cluster.newest().topic(SimCluster.PASSING);
                return topic != null
                        && cluster.settings().unclean()
                        && ask(controller -> controller.electUncleanly(
                                "test", List.of(new TopicPartition(SimCluster.PASSING, 0)), 2_000));
            }
            case TOPIC_REPLACED -> {
                return replaceTopic();
            }
            case MORE_PARTITIONS -> {
                TopicImage topic = cluster.newest().topic(SimCluster.PASSING);
                return topic != null
                        && topic.partitions().size() < 2
                        && ask(controller -> controller.addPartitions(
                                "test",
                                List.of(new NewPartitions(
                                        SimCluster.PASSING, topic.partitions().size() + 1, List.of())),
                                false,
                                2_000));
            }
            case COORDINATOR_LEFT_BEHIND -> {
                return leadership.leaveCoordinatorBehind();
            }
            case COORDINATOR_CUT_SHORT -> {
                return leadership.cutCoordinatorShort();
            }
            case RECORDS_OVERWRITTEN -> {
                return leadership.overwriteRecords();
            }
            case CONSUMER_CRASH -> {
                groups.any().crash(shortMs);
                return true;
            }
            case CONSUMER_LEAVES -> {
                groups.any().leave();
                return true;
            }
            case CONSUMER_PAUSE -> {
                groups.any().standStill(shortMs);
                return true;
            }
            case STALE_PROPOSAL, UNHEARD_MIN_ISR -> {
                return false; // when there is a proposal for it
            }
            default -> throw new IllegalStateException(fault.toString());
        }
    }

    /** @param value 0 removes it, which means 2 */
    private boolean setMinIsr(int value) {
        if (value == 1) {
            if (anyTainted()) {
                return false;
            }
            loweredMs = world.time.nowMs();
        }
        ConfigChanged change = new ConfigChanged(
                ConfigResourceType.TOPIC,
                SimCluster.TOPIC,
                EffectiveMinIsr.KEY,
                value == 0 ? null : Integer.toString(value));
        cluster.decide("min ISR", image -> new Decision<>(List.of(change), true));
        return true;
    }

    /** @param givenUp whether the partition is to stay where it was */
    private void reassign(PartitionId partition, boolean givenUp) {
        List<Integer> nodes = new ArrayList<>();
        cluster.nodes().forEach(node -> nodes.add(node.id()));
        Collections.shuffle(nodes, world.random);
        List<Integer> target = List.copyOf(nodes.subList(0, 2 + world.below(2)));
        cluster.decide("reassign", image -> {
            ReassignmentRequest request = new ReassignmentRequest(
                    image.topic(partition.topicId()).name(), partition.partition(), givenUp ? null : target);
            Decision<List<ReassignmentResult>> decision = REASSIGNER.reassign(image, List.of(request), true);
            return new Decision<>(decision.facts(), true);
        });
    }

    private boolean ask(Consumer<ActiveController> question) {
        int leader = cluster.quorum().leaderNode();
        SimProcess process = leader == 0 ? null : cluster.node(leader).process();
        if (process == null || !process.controller().isActive()) {
            return false;
        }
        question.accept(process.controller());
        return true;
    }

    private boolean replaceTopic() {
        if (cluster.newest().topic(SimCluster.PASSING) == null) {
            return false;
        }
        boolean asked =
                ask(controller -> controller.deleteTopics("test", List.of(SimCluster.PASSING), List.of(), 2_000));
        if (asked) {
            Uuid next = new Uuid(8, ++replaced);
            world.time.scheduleMs(world.below(1_000), () -> cluster.create(SimCluster.PASSING, next, 1, 3));
        }
        return asked;
    }

    private boolean anyTainted() {
        return cluster.nodes().stream().anyMatch(SimNode::tainted);
    }

    /** A failed dir works again when another process finds it repaired. */
    private void restartWithFailedDirectory(SimNode node, long ms) {
        world.time.scheduleMs(ms, () -> {
            SimProcess process = node.process();
            if (process == null) {
                restartSoon(node, 1);
            } else if (node.disk().anyFailed()) {
                if (world.below(2) == 0) {
                    kill(node);
                } else {
                    node.stop().thenRun(() -> restartSoon(node, 1 + world.below(500)));
                }
            }
        });
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
