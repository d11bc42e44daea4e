/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import org.apache.kafka.common.TopicPartition;

/**
 * Where a partition began and ended, as a leader said. One that does not know yet that it leads no more answers from its past: the leader
 * epoch tells.
 *
 * @param highWatermark offset behind the last committed record
 * @param lastStable last stable offset
 */
public record Bounds(
        Span span,
        String process,
        TopicPartition partition,
        int leaderEpoch,
        long logStart,
        long highWatermark,
        long lastStable)
        implements Event {}
