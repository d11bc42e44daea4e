/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.partition.LocalReplica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What must be true after every event, whatever has gone wrong before: of the replicas, and of what clients were told. */
final class Invariants implements Clients {
    private final World world;
    private final SimCluster cluster;
    private final Coverage coverage;
    private final PartitionStates states;
    private final Map<PartitionId, History> histories = new HashMap<>();
    private final Map<PartitionId, LogMatching> logs = new HashMap<>();
    private final Map<PartitionId, TreeMap<Integer, Integer>> leaderOfEpoch = new HashMap<>();
    private final Map<SimProcess, Map<PartitionId, Seen>> seen = new HashMap<>();
    private List<PartitionId> partitions = List.of();
    private final Set<PartitionId> deleted = new TreeSet<>();
    /** Acknowledged in the event at hand. */
    private final List<Told> told = new ArrayList<>();

    private static final class Told {
        private final PartitionId id;
        private final long baseOffset;
        private final long[] values;

        Told(PartitionId id, long baseOffset, long[] values) {
            this.id = id;
            this.baseOffset = baseOffset;
            this.values = values;
        }
    }

    /** How far one replica of one process was, the last time. */
    private static final class Seen {
        private @Nullable InMemoryLog log;
        private long highWatermark;
        private long lastStable;
        private long logStart;
        private long logEnd;
        private int leaderEpoch = -1;
        private boolean offline;
    }

    Invariants(World world, SimCluster cluster, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.coverage = coverage;
        this.states = new PartitionStates(world, cluster, coverage, this::history);
    }

    List<PartitionId> partitions() {
        return partitions;
    }

    History history(PartitionId id) {
        return histories.computeIfAbsent(
                id, any -> new History("partition " + id, cluster.settings().compacted()));
    }

    int acknowledgedCount() {
        return histories.values().stream().mapToInt(History::acknowledgedCount).sum();
    }

    // ---- clients

    @Override
    public Operations operations() {
        return cluster.operations();
    }

    @Override
    public void acknowledged(PartitionId id, long baseOffset, long[] values) {
        if (promiseHolds(id)) {
            history(id).acknowledged(baseOffset, values);
            told.add(new Told(id, baseOffset, values));
        }
        world.trace(30, baseOffset, values[0]);
    }

    @Override
    public void acknowledgedSomewhere(PartitionId id, long[] values) {
        if (promiseHolds(id)) {
            history(id).acknowledgedSomewhere(values);
        }
        coverage.happened(Coverage.Rule.DUPLICATE);
    }

    @Override
    public void read(PartitionId id, long offset, long value) {
        if (promiseHolds(id)) {
            history(id).read(offset, value);
        }
    }

    @Override
    public void skipped(PartitionId id, long from, long to) {
        if (promiseHolds(id)) {
            history(id).skipped(from, to);
        }
    }

    @Override
    public void tooFewInSync() {
        coverage.happened(Coverage.Rule.TOO_FEW_IN_SYNC);
    }

    @Override
    public void readFromFollower() {
        coverage.happened(Coverage.Rule.READ_FROM_FOLLOWER);
    }

    @Override
    public void deleting(PartitionId id, long beforeOffset) {
        history(id).deleting(beforeOffset);
    }

    @Override
    public long deletedBelow(PartitionId id) {
        return history(id).deletedBelow();
    }

    @Override
    public boolean promiseHolds(PartitionId id) {
        return !cluster.mayLose(id) && !deleted.contains(id);
    }

    // ---- after each event

    void afterEvent() {
        for (SimNode node : cluster.nodes()) {
            SimProcess process = node.process();
            if (process != null && process.wasStirred()) {
                for (PartitionId id : partitions) {
                    LocalReplica replica = process.replica(id);
                    InMemoryLog log = replica == null ? null : (InMemoryLog) replica.log();
                    if (log != null) {
                        check(id, process, replica, log);
                    } else if (replica != null) {
                        checkOffline(id, process, replica);
                    } else {
                        gone(process, id);
                    }
                }
            }
        }
        for (Told one : told) {
            if (promiseHolds(one.id)) {
                history(one.id).mustBeCommitted(one.baseOffset, one.values);
            }
        }
        told.clear();
    }

    private Seen seen(SimProcess process, PartitionId id) {
        return seen.computeIfAbsent(process, any -> new HashMap<>()).computeIfAbsent(id, any -> new Seen());
    }

    /** When it comes again, it is another one. */
    private void gone(SimProcess process, PartitionId id) {
        Map<PartitionId, Seen> known = seen.get(process);
        if (known != null) {
            known.remove(id);
        }
    }

    private void replicaDeleted(PartitionId id) {
        for (Map<PartitionId, Seen> known : seen.values()) {
            if (known.remove(id) != null) {
                coverage.happened(Coverage.Rule.REPLICA_DELETED);
            }
        }
    }

    private void checkOffline(PartitionId id, SimProcess process, LocalReplica replica) {
        Seen last = seen(process, id);
        if (!last.offline) {
            last.offline = true;
            if (last.log != null) { // it may have got on in the very event that took its dir
                checkCommitted(id, process.nodeId(), last, replica.highWatermark(), last.log);
            }
            coverage.happened(Coverage.Rule.DIR_OFFLINE);
        }
    }

    private void check(PartitionId id, SimProcess process, LocalReplica replica, InMemoryLog log) {
        Seen last = seen(process, id);
        long highWatermark = replica.highWatermark();
        long start = log.logStartOffset();
        long end = log.logEndOffset();
        int epoch = replica.leaderEpoch();
        int node = process.nodeId();
        if (promiseHolds(id)) {
            notBack("high watermark", id, node, last.highWatermark, highWatermark);
            notBack("last stable offset", id, node, last.lastStable, replica.lastStableOffset());
            notBack("log start", id, node, last.logStart, start);
        }
        notBack("leader epoch", id, node, last.leaderEpoch, epoch);
        if (end < highWatermark || start > highWatermark) {
            throw Broken.promise(
                    "log [%s, %s) of %s on node %s, high watermark %s", start, end, id, node, highWatermark);
        }
        if (start > last.logStart) {
            coverage.happened(Coverage.Rule.LOG_START_MOVED);
            if (start > history(id).deletedBelow()) {
                throw Broken.promise("node %s lets %s start at %s, which nobody has asked for", node, id, start);
            }
        }
        if (end != last.logEnd) {
            moved(id, last, log);
        }
        checkCommitted(id, node, last, highWatermark, log);
        if (replica.isLeader()) {
            Integer other =
                    leaderOfEpoch.computeIfAbsent(id, any -> new TreeMap<>()).putIfAbsent(epoch, node);
            if (other != null && other != node) {
                throw Broken.promise("nodes %s and %s lead %s in epoch %s", other, node, id, epoch);
            }
        }
        last.log = log;
        last.highWatermark = highWatermark;
        last.lastStable = replica.lastStableOffset();
        last.logStart = start;
        last.logEnd = end;
        last.leaderEpoch = epoch;
    }

    private void checkCommitted(PartitionId id, int node, Seen last, long highWatermark, InMemoryLog log) {
        if (highWatermark > last.highWatermark && promiseHolds(id)) {
            History history = history(id);
            log.visit(
                    Math.max(log.logStartOffset(), last.highWatermark),
                    highWatermark,
                    (offset, of, value) -> history.committed(node, offset, of, value));
        }
    }

    private static void notBack(String what, PartitionId id, int node, long before, long now) {
        if (now < before) {
            throw Broken.promise("the %s of %s on node %s went back from %s to %s", what, id, node, before, now);
        }
    }

    private void moved(PartitionId id, Seen last, InMemoryLog log) {
        if (log.logEndOffset() < last.logEnd) {
            coverage.happened(Coverage.Rule.TRUNCATED);
        } else if (log.logStartOffset() > last.logEnd && last.logEnd > 0) {
            coverage.happened(Coverage.Rule.STARTED_ANEW);
        }
        logs.computeIfAbsent(id, any -> new LogMatching(id)).appended(log, last.logEnd);
    }

    // ---- after each change of the metadata

    void onMetadata(MetadataImage before, MetadataImage after) {
        List<PartitionId> known = partitions;
        partitions = cluster.partitions();
        for (PartitionId id : known) {
            if (after.partition(id) == null && deleted.add(id)) {
                replicaDeleted(id);
            }
        }
        states.onMetadata(partitions, before, after);
    }

    /** The power of this node may go without breaking what was promised: for every partition somebody else has it all. */
    boolean mayLosePower(SimNode node) {
        return states.mayLosePower(partitions, node);
    }

    // ---- at the end

    /** Whether every replica is in sync, complete and equal. */
    boolean converged() {
        for (PartitionId id : deleted) {
            if (cluster.nodes().stream().anyMatch(node -> node.replica(id) != null || node.log(id) != null)) {
                return false;
            }
        }
        for (PartitionId id : partitions) {
            PartitionState state = cluster.newest().partition(id);
            if (state == null
                    || state.reassigning()
                    || state.isr().size() != state.replicas().size()
                    || !state.hasLeader()) {
                return false;
            }
            for (SimNode node : cluster.nodes()) {
                if (!state.replicas().contains(node.id()) && node.log(id) != null) {
                    return false; // what is no replica any more is deleted
                }
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
        for (PartitionId id : partitions) {
            PartitionState state = cluster.newest().partition(id);
            long leaderStart = cluster.node(state.leader()).log(id).logStartOffset();
            Map<Long, Long> present = null;
            long from = 0;
            for (int nodeId : state.replicas()) {
                InMemoryLog log = cluster.node(nodeId).log(id);
                if (log.logStartOffset() < leaderStart) {
                    throw Broken.promise(
                            "node %s keeps %s from %s on, the leader from %s",
                            nodeId, id, log.logStartOffset(), leaderStart);
                }
                from = Math.max(from, log.logStartOffset());
                Map<Long, Long> content = new TreeMap<>();
                log.visit(
                        log.logStartOffset(), log.logEndOffset(), (offset, epoch, value) -> content.put(offset, value));
                if (cluster.settings().compacted()) {
                    content.values().removeIf(Workload::isSuperseded); // some have cleaned it away, some have not
                }
                if (present == null) {
                    present = content;
                }
                present.keySet().removeIf(offset -> offset < log.logStartOffset());
                content.keySet().retainAll(present.keySet());
                if (!present.equals(content)) {
                    throw Broken.promise("the replicas of %s differ", id);
                }
            }
            if (promiseHolds(id)) {
                history(id).complete(present == null ? Map.of() : present, from);
            }
        }
    }

    /** What stands in the way, in words. */
    String describe() {
        StringBuilder out = new StringBuilder();
        for (PartitionId id : partitions) {
            out.append(id).append(": ").append(cluster.newest().partition(id)).append('\n');
            for (SimNode node : cluster.nodes()) {
                LocalReplica replica = node.replica(id);
                InMemoryLog log = node.log(id);
                out.append("  node ").append(node.id()).append(" log ");
                out.append(log == null ? "-" : "[" + log.logStartOffset() + ", " + log.logEndOffset() + ")");
                out.append(replica == null ? "" : " hw " + replica.highWatermark() + " epoch " + replica.leaderEpoch());
                out.append('\n');
            }
        }
        cluster.newest().brokers().values().forEach(broker -> out.append(broker).append('\n'));
        cluster.nodes().forEach(node -> out.append(node).append('\n'));
        return out.toString();
    }
}
