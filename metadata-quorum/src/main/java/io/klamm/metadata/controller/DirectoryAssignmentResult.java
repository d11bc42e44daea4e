/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;

/** @param error NONE, UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER when the broker has no replica of it */
public record DirectoryAssignmentResult(DirectoryAssignment assignment, Errors error) {}
