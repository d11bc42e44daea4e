/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must be true of the partitions' states in the metadata: legal, epochs that only grow, members that have what they are trusted with. */
final class PartitionStates {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionStates.class);

    private final World world;
    private final SimCluster cluster;
    private final Coverage coverage;
    private final Function<PartitionId, History> histories;

    PartitionStates(World world, SimCluster cluster, Coverage coverage, Function<PartitionId, History> histories) {
        this.world = world;
        this.cluster = cluster;
        this.coverage = coverage;
        this.histories = histories;
    }

    void onMetadata(List<PartitionId> partitions, MetadataImage before, MetadataImage after) {
        for (PartitionId id : partitions) {
            PartitionState old = before.partition(id);
            PartitionState now = after.partition(id);
            if (old != null && now != null && !old.equals(now)) {
                transition(id, old, now, after);
            }
            if (now != null) {
                legal(id, now, after);
                if (!cluster.mayLose(id)) {
                    trusted(id, now);
                }
            }
            if (old == null && before.topic(id.topicId()) != null) {
                coverage.happened(Coverage.Rule.PARTITION_ADDED);
            }
        }
        untaint(partitions, after);
    }

    private void transition(PartitionId id, PartitionState old, PartitionState now, MetadataImage image) {
        LOG.info(
                "{} ms: partition {}: leader {} epoch {}.{} ISR {} ELR {} last known ISR {}",
                world.time.nowMs(),
                id.partition(),
                now.leader(),
                now.leaderEpoch(),
                now.partitionEpoch(),
                now.isr(),
                now.elr(),
                now.lastKnownIsr());
        if (now.leaderEpoch() < old.leaderEpoch() || now.partitionEpoch() <= old.partitionEpoch()) {
            throw Broken.promise("an epoch of %s went back: %s after %s", id, now, old);
        }
        if (now.leader() != old.leader() && now.leaderEpoch() == old.leaderEpoch()) {
            throw Broken.promise("the leader of %s changed within an epoch: %s after %s", id, now, old);
        }
        if (now.leader() != old.leader() && now.hasLeader() && !available(image, now, now.leader())) {
            throw Broken.promise("a leader that cannot lead is elected for %s: %s", id, now);
        }
        for (int member : now.isr()) {
            if (!old.isr().contains(member)) {
                joined(id, now, member, image);
            }
        }
        // A leader lets nobody into the ISR of whom it has not heard that it is a replica.
        boolean atOnce = !old.reassigning()
                && !now.reassigning()
                && now.replicas().stream().anyMatch(node -> !old.replicas().contains(node));
        if (atOnce) {
            throw Broken.promise("replicas of %s were exchanged without a step between: %s after %s", id, now, old);
        }
        if (old.reassigning() && !now.reassigning() && now.replicas().equals(old.targetReplicas())) {
            boolean oneStep = now.partitionEpoch() == old.partitionEpoch() + 1; // a batch may hold several
            boolean inSync =
                    now.isr().size() >= minIsr(id, now, image) && now.isr().containsAll(old.addingReplicas());
            if (oneStep && !inSync) {
                throw Broken.promise("replicas of %s went before the others were in sync: %s after %s", id, now, old);
            }
            coverage.happened(Coverage.Rule.REASSIGNED);
        }
        coverage.transition(old, now);
    }

    private static boolean available(MetadataImage image, PartitionState state, int node) {
        BrokerImage broker = image.broker(node);
        return broker != null && broker.available() && broker.hasOnline(state.directory(node));
    }

    /** Whoever joins the ISR as the process that it is now has everything that is committed, whatever it had lost before. */
    private void joined(PartitionId id, PartitionState now, int member, MetadataImage image) {
        SimNode node = cluster.node(member);
        SimProcess process = node.process();
        BrokerImage broker = image.broker(member);
        if (process != null
                && broker != null
                && !cluster.mayLose(id)
                && broker.registration().incarnationId().equals(process.incarnationId())) {
            mustHaveEverything(id, now, node, "joins the ISR");
        }
    }

    private void legal(PartitionId id, PartitionState now, MetadataImage image) {
        int minIsr = minIsr(id, now, image);
        if (!now.replicas().containsAll(now.isr())
                || !now.replicas().containsAll(now.elr())
                || !now.replicas().containsAll(now.lastKnownIsr())
                || twice(now.isr())
                || twice(now.elr())
                || twice(now.lastKnownIsr())
                || !Collections.disjoint(now.isr(), now.elr())
                || !Collections.disjoint(now.isr(), now.lastKnownIsr())
                || (now.hasLeader() && !now.isr().contains(now.leader()))
                || (now.hasLeader() && now.isr().size() >= minIsr && !now.elr().isEmpty())
                || (now.isr().isEmpty()
                        && now.elr().isEmpty()
                        && now.lastKnownIsr().isEmpty())) {
            throw Broken.promise("%s is not a legal state of %s with min ISR %s", now, id, minIsr);
        }
    }

    private static int minIsr(PartitionId id, PartitionState state, MetadataImage image) {
        return EffectiveMinIsr.of(image, image.topic(id.topicId()).name(), state, -1);
    }

    private static boolean twice(Collection<Integer> members) {
        return new HashSet<>(members).size() != members.size();
    }

    private void trusted(PartitionId id, PartitionState now) {
        TreeSet<Integer> trusted = new TreeSet<>(now.isr());
        trusted.addAll(now.elr());
        for (int member : trusted) {
            SimNode node = cluster.node(member);
            if (!node.tainted()) {
                mustHaveEverything(id, now, node, "is in ISR or ELR");
            }
        }
    }

    private void mustHaveEverything(PartitionId id, PartitionState state, SimNode node, String why) {
        History history = histories.apply(id);
        InMemoryLog log = node.log(id);
        long last = history.end() - 1;
        if (last < 0 || (log != null && log.logStartOffset() > last)) {
            return;
        }
        if (log == null) {
            throw Broken.promise("node %s %s of %s (%s), and has no log", node.id(), why, id, state);
        }
        boolean[] has = new boolean[1];
        log.visit(last, last + 1, (offset, epoch, value) -> has[0] = history.is(offset, epoch, value));
        if (!has[0]) {
            throw Broken.promise(
                    "node %s %s of %s (%s), its log is [%s, %s), and committed at %s is %s",
                    node.id(), why, id, state, log.logStartOffset(), log.logEndOffset(), last, history.describe(last));
        }
    }

    /** A node that has lost records is whole again when its present process is in sync everywhere. */
    private void untaint(List<PartitionId> partitions, MetadataImage image) {
        for (SimNode node : cluster.nodes()) {
            SimProcess process = node.process();
            BrokerImage broker = image.broker(node.id());
            if (node.tainted()
                    && process != null
                    && broker != null
                    && broker.registration().incarnationId().equals(process.incarnationId())
                    && partitions.stream().allMatch(id -> inSync(image.partition(id), node.id()))) {
                node.untaint();
            }
        }
    }

    private static boolean inSync(PartitionState state, int nodeId) {
        return state == null
                || !state.replicas().contains(nodeId)
                || state.isr().contains(nodeId);
    }

    /**
     * For every partition of the node, somebody else has everything, and is not forgotten before all losses are known: min ISR bounds
     * how many replicas may lose something at the same time.
     */
    boolean mayLosePower(List<PartitionId> partitions, SimNode node) {
        for (PartitionId id : partitions) {
            PartitionState state = cluster.newest().partition(id);
            if (state == null || cluster.mayLose(id) || !state.replicas().contains(node.id())) {
                continue;
            }
            long losing = state.replicas().stream()
                    .filter(other -> other == node.id() || cluster.node(other).tainted())
                    .count();
            if (losing >= minIsr(id, state, cluster.newest())) {
                return false;
            }
            TreeSet<Integer> whole = new TreeSet<>(state.isr());
            whole.addAll(state.elr());
            whole.removeIf(other -> other == node.id() || cluster.node(other).tainted());
            if (whole.isEmpty()) {
                return false;
            }
        }
        return true;
    }
}
