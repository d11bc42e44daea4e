/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.storage.log.LogConfig;

/**
 * Settings of the replicas of a node, property names in brackets. The defaults are Kafka's. Values may change while the node runs;
 * each is read when it is needed.
 */
public interface ReplicaSettings {
    /** Settings of the logs of a topic, resolved against the dynamic configuration in {@code image}. */
    LogConfig logConfig(MetadataImage image, String topic);

    /** min.insync.replicas of a topic, at least 1; not yet bounded by the number of replicas. */
    int minInsyncReplicas(MetadataImage image, String topic);

    /** A follower that was not caught up for longer leaves the ISR (replica.lag.time.max.ms). */
    default long replicaLagTimeMaxMs() {
        return 30_000;
    }

    /** How long a proposal of an ISR whose outcome is not known, or that was refused, rests before the next try, in ms. */
    default long isrRetryBackoffMs() {
        return 50;
    }

    /** Bound of produce requests parked in one partition; above it appends are refused. */
    default int maxParkedAppends() {
        return 100_000;
    }

    /** How many partitions are opened and promoted at the same time. */
    default int openingParallelism() {
        return 2 * Runtime.getRuntime().availableProcessors();
    }

    /** Bounds of what is copied (leader./follower.replication.throttled.rate, replica.alter.log.dirs.io.max.bytes.per.second). */
    default ReplicaThrottles throttles() {
        return ReplicaThrottles.NONE;
    }

    /** How often high watermarks are written to disk (replica.high.watermark.checkpoint.interval.ms). */
    default long highWatermarkCheckpointMs() {
        return 5_000;
    }

    /** Fetch loops for each source node (num.replica.fetchers). */
    default int replicaFetchers() {
        return 1;
    }

    /** How long a source may hold a fetch that has nothing to return (replica.fetch.wait.max.ms). */
    default int fetchWaitMaxMs() {
        return 500;
    }

    /** Bytes a source waits for (replica.fetch.min.bytes). */
    default int fetchMinBytes() {
        return 1;
    }

    /** Bound of one fetch response (replica.fetch.response.max.bytes). */
    default int fetchResponseMaxBytes() {
        return 10 << 20;
    }

    /** Bound of one partition in a fetch response (replica.fetch.max.bytes). */
    default int fetchPartitionMaxBytes() {
        return 1 << 20;
    }

    /** Longest pause of a partition or a source after errors (replica.fetch.backoff.ms); pauses start small and double. */
    default long fetchBackoffMaxMs() {
        return 1_000;
    }
}
