/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.ReplicaSettings;
import io.klamm.replication.partition.ReplicaThrottles;
import io.klamm.storage.log.LogConfig;

/** Settings of a test. */
public final class FixedSettings implements ReplicaSettings {
    public int minInsyncReplicas = 2;
    public LogConfig logConfig = LogConfig.DEFAULT;
    public int maxParkedAppends = 1_000;
    public long replicaLagTimeMaxMs = 30_000;
    public int fetchWaitMaxMs = 500;
    public int replicaFetchers = 1;
    public ReplicaThrottles throttles = ReplicaThrottles.NONE;

    /** The log's settings with flush.messages=1. */
    public static LogConfig durable() {
        LogConfig base = LogConfig.DEFAULT;
        return new LogConfig(
                base.segmentBytes(),
                base.segmentMs(),
                base.segmentJitterMs(),
                base.indexIntervalBytes(),
                base.indexMaxBytes(),
                new LogConfig.Flush(1, Long.MAX_VALUE),
                base.validation(),
                base.retention());
    }

    @Override
    public LogConfig logConfig(MetadataImage image, String topic) {
        return logConfig;
    }

    @Override
    public int minInsyncReplicas(MetadataImage image, String topic) {
        return minInsyncReplicas;
    }

    @Override
    public int maxParkedAppends() {
        return maxParkedAppends;
    }

    @Override
    public long replicaLagTimeMaxMs() {
        return replicaLagTimeMaxMs;
    }

    @Override
    public ReplicaThrottles throttles() {
        return throttles;
    }

    @Override
    public int fetchWaitMaxMs() {
        return fetchWaitMaxMs;
    }

    @Override
    public int replicaFetchers() {
        return replicaFetchers;
    }
}
