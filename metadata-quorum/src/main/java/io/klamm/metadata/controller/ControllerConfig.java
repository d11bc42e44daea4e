/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

/**
 * @param sessionTimeoutMs a broker silent for this long is fenced (broker.session.timeout.ms)
 * @param defaultPartitions num.partitions
 * @param defaultReplicationFactor default.replication.factor; -1 means min(3, registered brokers)
 * @param defaultMinInsyncReplicas min.insync.replicas of the cluster; -1 means 2 when a topic has more than one replica
 * @param maxPartitionsPerRequest bound of one create request
 * @param elections how leaders are elected
 */
public record ControllerConfig(
        long sessionTimeoutMs,
        int defaultPartitions,
        short defaultReplicationFactor,
        int defaultMinInsyncReplicas,
        int maxPartitionsPerRequest,
        ElectionSettings elections) {}
