/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param name the topic asked for
 * @param error NONE, TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR,
 *     INVALID_REPLICA_ASSIGNMENT, INVALID_CONFIG, INVALID_REQUEST, POLICY_VIOLATION
 * @param message what is wrong and what to do; null without error
 * @param topicId its id, ZERO_UUID on error or when only validated
 * @param partitions how many it has, -1 on error
 * @param replicationFactor replicas of partition 0, -1 on error
 */
public record NewTopicResult(
        String name, Errors error, @Nullable String message, Uuid topicId, int partitions, short replicationFactor) {}
