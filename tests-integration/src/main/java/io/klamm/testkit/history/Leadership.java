/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import org.apache.kafka.common.TopicPartition;

/** A partition's leader, as somebody was told; -1 when it had none. */
public record Leadership(Span span, String process, TopicPartition partition, int leader, int leaderEpoch)
        implements Event {
    public static final int NONE = -1;
}
