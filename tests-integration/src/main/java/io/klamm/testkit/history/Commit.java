/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import org.apache.kafka.common.TopicPartition;

/**
 * A member commits an offset. Members of the workload commit only what they have read, so that commits of a partition ascend.
 *
 * @param offset the one to go on with
 */
public record Commit(
        Span span, String process, String group, int generation, TopicPartition partition, long offset, Outcome outcome)
        implements Event {}
