/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.model.InMemoryLogs;
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
    private InMemoryLogs logs;
    private Map<PartitionId, Long> savedHighWatermarks = Map.of();
    /** The broker epoch in the clean-shutdown mark, -1 without one. */
    private long cleanShutdownEpoch = -1;

    private boolean powerLost;
    /** It has lost records that were not synced, and no in-sync replica has given them back yet. */
    private boolean tainted;

    private int incarnations;
    private @Nullable SimProcess process;

    SimNode(int id, World world, SimCluster cluster) {
        this.id = id;
        this.world = world;
        this.cluster = cluster;
        this.logs = new InMemoryLogs(new Uuid(11, id));
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

    InMemoryLogs logs() {
        return logs;
    }

    @Nullable
    InMemoryLog log(PartitionId partition) {
        return logs.log(partition);
    }

    @Nullable
    LocalReplica replica(PartitionId partition) {
        SimProcess now = process();
        return now == null ? null : now.replica(partition);
    }

    boolean tainted() {
        return tainted;
    }

    void untaint() {
        tainted = false;
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
        logs = logs.reopen(powerLost);
        powerLost = false;
        long mark = cleanShutdownEpoch;
        cleanShutdownEpoch = -1;
        incarnations++;
        world.trace(10, id, incarnations);
        LOG.info("{} ms: node {} starts incarnation {}, clean mark {}", world.time.nowMs(), id, incarnations, mark);
        process = new SimProcess(this, world, cluster, new Uuid(id, incarnations), mark);
        process.start();
    }

    /** kill -9: the page cache lives on. */
    void kill() {
        SimProcess now = process();
        if (now != null) {
            world.trace(11, id, incarnations);
            LOG.info("{} ms: node {} is killed", world.time.nowMs(), id);
            now.die();
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
        powerLost = true;
        tainted = true;
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
                cleanShutdownEpoch = epoch;
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
