/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param topic the topic asked for
 * @param error NONE, UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR,
 *     INVALID_REQUEST, POLICY_VIOLATION
 * @param message what is wrong and what to do; null without error
 */
public record NewPartitionsResult(
        String topic, Errors error, @Nullable String message) {}
