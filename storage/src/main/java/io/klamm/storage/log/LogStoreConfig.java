/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.file.Path;
import java.util.List;

/**
 * @param nodeId the node that owns the directories
 * @param clusterId the cluster it belongs to
 * @param logDirs at least one (log.dirs)
 * @param recoveryThreadsPerDir num.recovery.threads.per.data.dir
 * @param producerIdExpirationMs producer.id.expiration.ms
 * @param maxProducersPerPartition bound of remembered producers of one partition
 * @param reserveBytes log.dir.reserve.bytes: what to keep free on each disk, -1 for a choice by its size
 */
public record LogStoreConfig(
        int nodeId,
        String clusterId,
        List<Path> logDirs,
        int recoveryThreadsPerDir,
        long producerIdExpirationMs,
        int maxProducersPerPartition,
        long reserveBytes) {
    public LogStoreConfig {
        logDirs = List.copyOf(logDirs);
    }
}
