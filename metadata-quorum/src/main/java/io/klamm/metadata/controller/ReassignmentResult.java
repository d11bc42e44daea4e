/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param request what was asked
 * @param error NONE, UNKNOWN_TOPIC_OR_PARTITION, INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR, NO_REASSIGNMENT_IN_PROGRESS
 * @param message in words, null without an error
 */
public record ReassignmentResult(
        ReassignmentRequest request, Errors error, @Nullable String message) {}
