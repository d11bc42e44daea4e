/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.ByteRate;
import io.klamm.replication.partition.ReplicaSettings;
import io.klamm.replication.partition.ReplicaThrottles;
import io.klamm.replication.partition.ReplicationThrottle;
import io.klamm.storage.log.LogConfig;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The replicas' settings, from the node's configuration and the topics' dynamic one. */
final class NodeReplicaSettings implements ReplicaSettings {
    private final NodeConfig config;
    private final ReplicaThrottles throttles;

    /**
     * @param image the newest image
     * @param nanoTime monotonic time
     */
    NodeReplicaSettings(NodeConfig config, Supplier<MetadataImage> image, LongSupplier nanoTime) {
        this.config = config;
        this.throttles = new ReplicaThrottles(
                new ReplicationThrottle(
                        ReplicationThrottle.LEADER_KEY,
                        config.nodeId(),
                        image,
                        now -> config.get(now, NodeSettings.LEADER_REPLICATION_THROTTLED_RATE),
                        nanoTime),
                new ReplicationThrottle(
                        ReplicationThrottle.FOLLOWER_KEY,
                        config.nodeId(),
                        image,
                        now -> config.get(now, NodeSettings.FOLLOWER_REPLICATION_THROTTLED_RATE),
                        nanoTime),
                new ByteRate(nanoTime),
                now -> config.get(now, NodeSettings.REPLICA_ALTER_LOG_DIRS_IO_MAX_BYTES_PER_SECOND));
    }

    @Override
    public ReplicaThrottles throttles() {
        return throttles;
    }

    @Override
    public LogConfig logConfig(MetadataImage image, String topic) {
        return config.topics().logConfig(image, topic);
    }

    @Override
    public int minInsyncReplicas(MetadataImage image, String topic) {
        return config.topics().minInsyncReplicas(image, topic, Integer.MAX_VALUE);
    }

    @Override
    public long replicaLagTimeMaxMs() {
        return config.get(NodeSettings.REPLICA_LAG_TIME_MAX_MS);
    }

    /** At least what recovery may use; each log dir bounds its own scans. */
    @Override
    public int openingParallelism() {
        int recovering = config.get(NodeSettings.RECOVERY_THREADS_PER_DATA_DIR)
                * config.logDirs().size();
        return Math.max(recovering, ReplicaSettings.super.openingParallelism());
    }

    @Override
    public int replicaFetchers() {
        return config.get(NodeSettings.NUM_REPLICA_FETCHERS);
    }

    @Override
    public int fetchWaitMaxMs() {
        return config.get(NodeSettings.REPLICA_FETCH_WAIT_MAX_MS);
    }

    @Override
    public int fetchMinBytes() {
        return config.get(NodeSettings.REPLICA_FETCH_MIN_BYTES);
    }

    @Override
    public int fetchResponseMaxBytes() {
        return config.get(NodeSettings.REPLICA_FETCH_RESPONSE_MAX_BYTES);
    }

    @Override
    public int fetchPartitionMaxBytes() {
        return config.get(NodeSettings.REPLICA_FETCH_MAX_BYTES);
    }

    @Override
    public long fetchBackoffMaxMs() {
        return config.get(NodeSettings.REPLICA_FETCH_BACKOFF_MS);
    }
}
