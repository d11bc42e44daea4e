/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param error NONE, ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE,
 *     UNKNOWN_TOPIC_OR_PARTITION
 * @param message what is wrong; null without error
 */
public record LeaderElectionResult(
        TopicPartition partition, Errors error, @Nullable String message) {}
