/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.controller.ControllerPorts;
import io.klamm.metadata.controller.ReplicaLogInfo;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.LocalReplica;
import io.klamm.replication.partition.PartitionReplica.EpochOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The active controller's eyes in the simulated network. */
final class SimPorts implements ControllerPorts {
    private static final long TIMEOUT_MS = 600;

    private final SimProcess process;
    private final World world;
    private final SimCluster cluster;

    SimPorts(SimProcess process, World world, SimCluster cluster) {
        this.process = process;
        this.world = world;
        this.cluster = cluster;
    }

    /** Refused where nobody listens: no process, or one that is not ready. A paused one's kernel accepts. */
    @Override
    public CompletableFuture<Boolean> dial(BrokerImage broker) {
        CompletableFuture<Boolean> result = bounded();
        int target = broker.nodeId();
        world.request(process.nodeId(), target, () -> {
            SimProcess there = cluster.node(target).process();
            boolean listens = there != null && there.listens();
            world.answer(target, process.nodeId(), () -> process.schedule(0, () -> result.complete(listens)));
        });
        return result;
    }

    @Override
    public CompletableFuture<List<ReplicaLogInfo>> replicaLogInfo(
            BrokerImage broker, Map<PartitionId, Integer> partitions) {
        CompletableFuture<List<ReplicaLogInfo>> result = bounded();
        int target = broker.nodeId();
        world.request(process.nodeId(), target, () -> {
            SimProcess asked = cluster.node(target).process();
            if (asked != null) {
                asked.schedule(0, () -> {
                    List<ReplicaLogInfo> infos = infos(asked, partitions);
                    world.answer(target, process.nodeId(), () -> process.schedule(0, () -> result.complete(infos)));
                });
            }
        });
        return result;
    }

    private static List<ReplicaLogInfo> infos(SimProcess asked, Map<PartitionId, Integer> partitions) {
        List<ReplicaLogInfo> infos = new ArrayList<>();
        for (PartitionId id : new TreeSet<>(partitions.keySet())) {
            LocalReplica replica = asked.replica(id);
            if (replica != null) {
                EpochOutcome end = replica.epochEnd(partitions.get(id), Integer.MAX_VALUE, -2);
                if (end.error() == Errors.NONE) {
                    infos.add(new ReplicaLogInfo(
                            id, end.end().epoch(), Math.max(0, end.end().endOffset())));
                }
            }
        }
        return infos;
    }

    private <T> CompletableFuture<T> bounded() {
        CompletableFuture<T> result = new CompletableFuture<>();
        process.schedule(
                TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS),
                () -> result.completeExceptionally(new TimeoutException("no answer")));
        return result;
    }

    @Override
    public @Nullable String validateTopicConfig(Map<String, String> configs) {
        return null;
    }
}
