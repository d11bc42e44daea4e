/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import org.apache.kafka.common.TopicPartition;

/** A group's committed offset, as somebody was told; -1 when there is none. */
public record CommittedOffset(Span span, String process, String group, TopicPartition partition, long offset)
        implements Event {}
