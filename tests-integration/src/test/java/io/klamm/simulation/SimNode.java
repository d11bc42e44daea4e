/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.partition.LocalReplica;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine: its disk stays, its processes come and go. */
final class SimNode {
    private static final Logger LOG = LoggerFactory.getLogger(SimNode.class);

    private final int id;
    private final World world;
    private final SimCluster cluster;
    private final SimDisk disk;
    private Map<PartitionId, Long> savedHighWatermarks = Map.of();
    /** It has lost records that were not synced, and no in-sync replica has given them back yet. */
    private boolean tainted;

    private int incarnations;
    private @Nullable SimProcess process;

    SimNode(int id, World world, SimCluster cluster) {
        this.id = id;
        this.world = world;
        this.cluster = cluster;
        this.disk = new SimDisk(id, cluster.settings().dirs());
    }

    int id() {
        return id;
    }

    /** The process that runs here, null when there is none. */
    @Nullable
    SimProcess process() {
        SimProcess now = process;
        return now != null && now.isRunning() ? now : null;
    }

    SimDisk disk() {
        return disk;
    }

    @Nullable
    InMemoryLog log(PartitionId partition) {
        PartitionState state = cluster.newest().partition(partition);
        boolean assigned = state != null && state.replicas().contains(id);
        return disk.log(partition, assigned ? state.directory(id) : Uuid.ZERO_UUID);
    }

    @Nullable
    LocalReplica replica(PartitionId partition) {
        SimProcess now = process();
        return now == null ? null : now.replica(partition);
    }

    boolean tainted() {
        return tainted;
    }

    /** Its present process is in sync everywhere; but what is lost may come to light only with the next one. */
    void untaint() {
        tainted = disk.isLosing() && !cluster.settings().durable();
    }

    Map<PartitionId, Long> savedHighWatermarks() {
        return savedHighWatermarks;
    }

    void saveHighWatermarks(Map<PartitionId, Long> offsets) {
        savedHighWatermarks = offsets;
    }

    /** A new process on what the last one has left. */
    void start() {
        if (process() != null) {
            return;
        }
        if (world.isCalm() || disk.online().isEmpty() || world.below(2) == 0) {
            disk.repair();
        }
        disk.reopen();
        incarnations++;
        world.trace(10, id, incarnations);
        LOG.info(
                "{} ms: node {} starts incarnation {}, clean mark {}",
                world.time.nowMs(),
                id,
                incarnations,
                disk.cleanEpoch());
        process = new SimProcess(this, world, cluster, new Uuid(id, incarnations));
        process.start();
    }

    /** kill -9: the page cache lives on. */
    void kill() {
        SimProcess now = process();
        if (now != null) {
            world.trace(11, id, incarnations);
            LOG.info("{} ms: node {} is killed", world.time.nowMs(), id);
            now.die();
            cluster.operations().died(now);
            cluster.nodes().forEach(other -> other.connectionsLostFrom(now));
        }
    }

    /**
     * The process has learnt that another one under its id was registered after it, and ends; somebody starts it again. A request of its
     * predecessor that was under way for long can do that.
     */
    void endedByItself() {
        world.trace(13, id, incarnations);
        world.time.scheduleMs(1, this::kill);
        world.time.scheduleMs(500, this::start);
    }

    /** The power goes: what was not synced is gone. */
    void losePower() {
        kill();
        disk.losePower();
        taint();
    }

    /** Where everything is synced before it counts, nothing that counts is lost. */
    private void taint() {
        tainted |= !cluster.settings().durable();
    }

    /**
     * I/O errors in one of its log dirs.
     *
     * @param loses whether the dir comes back without what was not synced
     */
    void failDirectory(boolean loses) {
        SimProcess now = process();
        if (now == null) {
            return;
        }
        Uuid failed = disk.fail(world.below(8), loses);
        if (loses) {
            taint();
        }
        LOG.info("{} ms: log dir {} of node {} fails", world.time.nowMs(), failed, id);
        if (disk.online().isEmpty()) {
            kill();
        } else {
            now.directoryFailed(failed);
        }
    }

    /** A clean stop: leaders moved, logs closed, the mark written. */
    CompletableFuture<Void> stop() {
        SimProcess now = process();
        if (now == null) {
            return CompletableFuture.completedFuture(null);
        }
        return now.shutDown().thenAccept(epoch -> {
            if (process == now) {
                world.trace(12, id, epoch);
                disk.closeCleanly(epoch);
                cluster.operations().stopped(now);
                cluster.nodes().forEach(other -> other.connectionsLostFrom(now));
            }
        });
    }

    @Override
    public String toString() {
        SimProcess now = process();
        return "node " + id
                + (now == null
                        ? " is down"
                        : " runs incarnation " + incarnations + ", "
                                + now.lifecycle().state() + " in epoch "
                                + now.lifecycle().brokerEpoch() + ", metadata up to "
                                + now.image().endOffset() + " of "
                                + cluster.newest().endOffset());
    }

    /** The network tells, when it can, that a connection has ended. */
    private void connectionsLostFrom(SimProcess gone) {
        world.time.scheduleMs(world.delayMs(), () -> {
            SimProcess here = process();
            if (here != null && world.connected(gone.nodeId(), id)) {
                here.connectionClosed(gone.connectionId());
            }
        });
    }
}
