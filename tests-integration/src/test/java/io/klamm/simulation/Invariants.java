/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.partition.LocalReplica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must be true after every event, whatever has gone wrong before. */
@SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency of its own
final class Invariants {
    private static final Logger LOG = LoggerFactory.getLogger(Invariants.class);

    private final World world;
    private final SimCluster cluster;
    private final Coverage coverage;
    /** What each partition was seen to hold below a high watermark, for ever: "offset:epoch:value". */
    private final Map<PartitionId, TreeMap<Long, String>> committed = new HashMap<>();

    private final Map<PartitionId, TreeMap<Long, Long>> acknowledged = new HashMap<>();
    private final Map<PartitionId, TreeMap<Integer, Integer>> leaderOfEpoch = new HashMap<>();
    private final Map<SimProcess, Map<PartitionId, Seen>> seen = new HashMap<>();
    private List<PartitionId> partitions = List.of();

    /** How far one replica of one process was, the last time. */
    private static final class Seen {
        private long highWatermark;
        private long logStart;
        private long logEnd;
        private int leaderEpoch = -1;
    }

    Invariants(World world, SimCluster cluster, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.coverage = coverage;
    }

    void acknowledged(PartitionId id, long baseOffset, long[] values) {
        for (int i = 0; i < values.length; i++) {
            Long other =
                    acknowledged.computeIfAbsent(id, any -> new TreeMap<>()).put(baseOffset + i, values[i]);
            if (other != null && other != values[i]) {
                fail("%s and %s are both acknowledged at offset %s of %s", other, values[i], baseOffset + i, id);
            }
        }
        world.trace(30, baseOffset, values[0]);
    }

    int acknowledgedCount() {
        return acknowledged.values().stream().mapToInt(Map::size).sum();
    }

    void read(PartitionId id, long offset, long value) {
        String entry = committed.getOrDefault(id, new TreeMap<>()).get(offset);
        if (entry == null || !entry.endsWith(":" + value)) {
            fail("a consumer read %s at %s of %s, committed is %s", value, offset, id, entry);
        }
    }

    void afterEvent() {
        for (PartitionId id : partitions) {
            for (SimNode node : cluster.nodes()) {
                SimProcess process = node.process();
                LocalReplica replica = process == null ? null : process.replica(id);
                InMemoryLog log = node.log(id);
                if (process != null && replica != null && log != null) {
                    check(id, process, replica, log);
                }
            }
        }
    }

    private void check(PartitionId id, SimProcess process, LocalReplica replica, InMemoryLog log) {
        Seen last = seen.computeIfAbsent(process, any -> new HashMap<>()).computeIfAbsent(id, any -> new Seen());
        long highWatermark = replica.highWatermark();
        if (highWatermark < last.highWatermark) {
            fail(
                    "high watermark of %s on node %s: %s after %s",
                    id, process.nodeId(), highWatermark, last.highWatermark);
        }
        if (log.logStartOffset() < last.logStart) {
            fail("log start of %s on node %s went back", id, process.nodeId());
        }
        if (replica.leaderEpoch() < last.leaderEpoch) {
            fail("leader epoch of %s on node %s went back", id, process.nodeId());
        }
        if (log.logEndOffset() < highWatermark) {
            fail(
                    "%s on node %s ends at %s, below its high watermark %s",
                    id, process.nodeId(), log.logEndOffset(), highWatermark);
        }
        if (log.logEndOffset() < last.logEnd) {
            coverage.happened(Coverage.Rule.TRUNCATED);
        }
        if (highWatermark > last.highWatermark) {
            commit(id, process, log.describe(last.highWatermark, highWatermark));
        }
        if (replica.isLeader()) {
            Integer other = leaderOfEpoch
                    .computeIfAbsent(id, any -> new TreeMap<>())
                    .putIfAbsent(replica.leaderEpoch(), process.nodeId());
            if (other != null && other != process.nodeId()) {
                fail("nodes %s and %s lead %s in epoch %s", other, process.nodeId(), id, replica.leaderEpoch());
            }
        }
        last.highWatermark = highWatermark;
        last.logStart = log.logStartOffset();
        last.logEnd = log.logEndOffset();
        last.leaderEpoch = replica.leaderEpoch();
    }

    private void commit(PartitionId id, SimProcess process, List<String> entries) {
        TreeMap<Long, String> known = committed.computeIfAbsent(id, any -> new TreeMap<>());
        for (String entry : entries) {
            long offset = Long.parseLong(entry.substring(0, entry.indexOf(':')));
            String before = known.putIfAbsent(offset, entry);
            if (before != null && !before.equals(entry)) {
                fail("node %s has committed %s in %s where %s was committed", process.nodeId(), entry, id, before);
            }
        }
    }

    /** The metadata has changed. */
    void onMetadata(MetadataImage before, MetadataImage after) {
        partitions = cluster.partitions();
        for (PartitionId id : partitions) {
            PartitionState old = before.partition(id);
            PartitionState now = after.partition(id);
            if (old != null && now != null && !old.equals(now)) {
                transition(id, old, now);
            }
            if (now != null) {
                legal(id, now);
            }
        }
        untaint(after);
    }

    private void transition(PartitionId id, PartitionState old, PartitionState now) {
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
            fail("an epoch of %s went back: %s after %s", id, now, old);
        }
        if (now.leader() != old.leader() && now.leaderEpoch() == old.leaderEpoch()) {
            fail("the leader of %s changed within an epoch: %s after %s", id, now, old);
        }
        coverage.transition(old, now);
    }

    private void legal(PartitionId id, PartitionState now) {
        if (!now.replicas().containsAll(now.isr())
                || !now.replicas().containsAll(now.elr())
                || new HashSet<>(now.isr()).size() != now.isr().size()
                || (now.hasLeader() && !now.isr().contains(now.leader()))) {
            fail("%s is not a legal state of %s", now, id);
        }
        TreeMap<Long, String> known = committed.get(id);
        if (known == null || known.isEmpty()) {
            return;
        }
        TreeSet<Integer> trusted = new TreeSet<>(now.isr());
        trusted.addAll(now.elr());
        for (int member : trusted) {
            SimNode node = cluster.node(member);
            InMemoryLog log = node.log(id);
            if (!node.tainted() && log != null) {
                List<String> last = log.describe(known.lastKey(), known.lastKey() + 1);
                if (!last.equals(List.of(known.lastEntry().getValue()))) {
                    fail(
                            "node %s is in ISR or ELR of %s (%s) and has %s, end %s, where %s is committed",
                            member, id, now, last, log.logEndOffset(), known.lastEntry());
                }
            }
        }
    }

    /** A node that has lost records is whole again when its present process is in sync everywhere. */
    private void untaint(MetadataImage image) {
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

    /** The power of this node may go without breaking what was promised: for every partition somebody else has it all. */
    boolean mayLosePower(SimNode node) {
        for (PartitionId id : partitions) {
            PartitionState state = cluster.newest().partition(id);
            if (state == null || !state.replicas().contains(node.id())) {
                continue;
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

    /** Whether every replica is in sync, complete and equal. */
    boolean converged() {
        for (PartitionId id : partitions) {
            PartitionState state = cluster.newest().partition(id);
            if (state == null || state.isr().size() != state.replicas().size() || !state.hasLeader()) {
                return false;
            }
            for (int nodeId : state.replicas()) {
                LocalReplica replica = cluster.node(nodeId).replica(id);
                InMemoryLog log = cluster.node(nodeId).log(id);
                if (replica == null || log == null || replica.highWatermark() != log.logEndOffset()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** After healing: all replicas equal, everything acknowledged there. */
    void atTheEnd() {
        if (!converged()) {
            List<String> states = new ArrayList<>();
            for (PartitionId id : partitions) {
                states.add(id + ": " + cluster.newest().partition(id));
                for (SimNode node : cluster.nodes()) {
                    LocalReplica replica = node.replica(id);
                    InMemoryLog log = node.log(id);
                    states.add("  node " + node.id() + " end " + (log == null ? "-" : "" + log.logEndOffset()) + " hw "
                            + (replica == null ? "-" : replica.highWatermark() + " epoch " + replica.leaderEpoch()));
                }
            }
            cluster.newest().brokers().values().forEach(broker -> states.add(broker.toString()));
            cluster.nodes().forEach(node -> states.add(node.toString()));
            fail("healed and not in sync:%n%s", String.join("\n", states));
        }
        for (PartitionId id : partitions) {
            List<String> first = null;
            for (int nodeId : cluster.newest().partition(id).replicas()) {
                InMemoryLog log = cluster.node(nodeId).log(id);
                List<String> content = log.describe(0, log.logEndOffset());
                if (first != null && !content.equals(first)) {
                    fail("the replicas of %s differ", id);
                }
                first = content;
            }
            Map<Long, Long> values = new HashMap<>();
            for (String entry : first == null ? List.<String>of() : first) {
                String[] parts = entry.split(":", -1);
                values.put(Long.parseLong(parts[0]), Long.parseLong(parts[2]));
            }
            acknowledged.getOrDefault(id, new TreeMap<>()).forEach((offset, value) -> {
                if (!value.equals(values.get(offset))) {
                    fail("acknowledged %s at %s of %s; there is %s", value, offset, id, values.get(offset));
                }
            });
        }
    }

    private void fail(String format, Object... args) {
        throw new AssertionError(
                "after event " + world.events() + " at " + world.time.nowMs() + " ms: " + String.format(format, args));
    }
}
