/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.ReplicaSettings;
import io.klamm.storage.log.LogConfig;

/** The replicas' settings, from the node's configuration and the topics' dynamic one. */
final class NodeReplicaSettings implements ReplicaSettings {
    private final NodeConfig config;

    NodeReplicaSettings(NodeConfig config) {
        this.config = config;
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
