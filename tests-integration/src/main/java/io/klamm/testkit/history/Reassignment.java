/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Somebody had a partition's replicas moved, or began it and took it back, and looked afterwards.
 *
 * @param before replicas when it began
 * @param to where they were to go
 * @param cancelled whether it was taken back; it may have been done before
 * @param found replicas that it had when it was over
 */
public record Reassignment(
        Span span,
        String process,
        TopicPartition partition,
        List<Integer> before,
        List<Integer> to,
        boolean cancelled,
        List<Integer> found)
        implements Event {}
