/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.ReplicaRegistry;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replicas by hand. */
final class TestReplicas implements ReplicaRegistry {
    private final Map<PartitionId, TestReplica> replicas = new HashMap<>();

    TestReplica add(String topic, PartitionId id) {
        TestReplica replica = new TestReplica(topic, id);
        replicas.put(id, replica);
        return replica;
    }

    TestReplica there(PartitionId id) {
        TestReplica replica = replicas.get(id);
        if (replica == null) {
            throw new AssertionError("no replica of " + id);
        }
        return replica;
    }

    void remove(PartitionId id) {
        replicas.remove(id);
    }

    @Override
    public @Nullable PartitionReplica replica(PartitionId id) {
        return replicas.get(id);
    }

    @Override
    public Collection<PartitionReplica> replicas() {
        return List.copyOf(replicas.values());
    }

    @Override
    public void onMetadata(MetadataDelta delta) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
