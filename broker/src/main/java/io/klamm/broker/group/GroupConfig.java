/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

/**
 * Settings of the coordinator.
 *
 * @param minSessionTimeoutMs group.min.session.timeout.ms
 * @param maxSessionTimeoutMs group.max.session.timeout.ms
 * @param initialRebalanceDelayMs group.initial.rebalance.delay.ms: how long a new group waits for more members
 * @param maxSize group.max.size
 * @param maxMetadataBytes offset.metadata.max.bytes
 * @param offsetsRetentionMs offsets.retention.minutes
 * @param commitTimeoutMs offsets.commit.timeout.ms: how long an answer waits for the replicas
 */
public record GroupConfig(
        int minSessionTimeoutMs,
        int maxSessionTimeoutMs,
        int initialRebalanceDelayMs,
        int maxSize,
        int maxMetadataBytes,
        long offsetsRetentionMs,
        long commitTimeoutMs) {}
