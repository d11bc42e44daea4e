/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.partition.ReplicaSettings;
import io.klamm.storage.log.LogConfig;

/**
 * Settings of the replicas of a run.
 *
 * @param durable whether every append is flushed before it counts (flush.messages=1)
 * @param dirs log dirs of each node
 * @param unclean whether the topic that comes and goes prefers availability to its records
 * @param compacted whether logs are cleaned
 */
record SimSettings(boolean durable, int dirs, boolean unclean, boolean compacted) implements ReplicaSettings {
    private static final LogConfig FLUSHED = flushed();

    private static LogConfig flushed() {
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
        return durable ? FLUSHED : LogConfig.DEFAULT;
    }

    @Override
    public int minInsyncReplicas(MetadataImage image, String topic) {
        return EffectiveMinIsr.of(image, topic, Integer.MAX_VALUE, -1);
    }

    @Override
    public long replicaLagTimeMaxMs() {
        return 400;
    }

    @Override
    public int fetchWaitMaxMs() {
        return 150;
    }

    @Override
    public long highWatermarkCheckpointMs() {
        return 700;
    }

    @Override
    public int openingParallelism() {
        return 1;
    }
}
