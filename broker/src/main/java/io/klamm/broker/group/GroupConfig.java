/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.List;

/**
 * Settings of the coordinator.
 *
 * @param maxMetadataBytes offset.metadata.max.bytes
 * @param offsetsRetentionMs offsets.retention.minutes
 * @param commitTimeoutMs offsets.commit.timeout.ms: how long an answer waits for the replicas
 */
public record GroupConfig(
        Classic classic, Consumer consumer, int maxMetadataBytes, long offsetsRetentionMs, long commitTimeoutMs) {
    /**
     * Groups of the classic protocol.
     *
     * @param minSessionTimeoutMs group.min.session.timeout.ms
     * @param maxSessionTimeoutMs group.max.session.timeout.ms
     * @param initialRebalanceDelayMs group.initial.rebalance.delay.ms: how long a new group waits for more members
     * @param maxSize group.max.size
     */
    public record Classic(int minSessionTimeoutMs, int maxSessionTimeoutMs, int initialRebalanceDelayMs, int maxSize) {}

    /**
     * Groups of the consumer protocol (KIP-848).
     *
     * @param sessionTimeoutMs group.consumer.session.timeout.ms
     * @param heartbeatIntervalMs group.consumer.heartbeat.interval.ms
     * @param maxSize group.consumer.max.size
     * @param patternRefreshMs group.consumer.regex.refresh.interval.ms
     * @param migration group.consumer.migration.policy
     * @param assignors group.consumer.assignors: what members may ask for; the first is for groups whose members ask for none
     */
    public record Consumer(
            int sessionTimeoutMs,
            int heartbeatIntervalMs,
            int maxSize,
            long patternRefreshMs,
            MigrationPolicy migration,
            List<String> assignors) {
        public Consumer {
            assignors = List.copyOf(assignors);
        }
    }
}
