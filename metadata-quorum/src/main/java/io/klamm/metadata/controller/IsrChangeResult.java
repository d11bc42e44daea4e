/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param id the partition
 * @param error NONE, UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH,
 *     INVALID_UPDATE_VERSION, INELIGIBLE_REPLICA, INVALID_REQUEST, NEW_LEADER_ELECTED
 * @param state the state after the change, null on error
 */
public record IsrChangeResult(
        PartitionId id, Errors error, @Nullable PartitionState state) {}
