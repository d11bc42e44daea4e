/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

/**
 * @param sessionTimeoutMs a broker silent for this long is fenced (broker.session.timeout.ms)
 * @param defaultPartitions num.partitions
 * @param defaultReplicationFactor default.replication.factor; -1 means min(3, registered brokers)
 * @param defaultMinInsyncReplicas min.insync.replicas of the cluster; -1 means 2 when a topic has more than one replica
 * @param maxPartitionsPerRequest bound of one create request
 * @param uncleanRecoveryTimeoutMs unclean.recovery.timeout.ms: how long to wait for all of lastKnownIsr, -1 for ever
 */
public record ControllerConfig(
        long sessionTimeoutMs,
        int defaultPartitions,
        short defaultReplicationFactor,
        int defaultMinInsyncReplicas,
        int maxPartitionsPerRequest,
        long uncleanRecoveryTimeoutMs) {}
