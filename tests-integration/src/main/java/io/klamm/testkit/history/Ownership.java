/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * A member of a group owned partitions, from the assignment until it gave them up or was killed.
 *
 * @param generation generation of the group, or the member's epoch
 */
public record Ownership(Span span, String process, String group, int generation, List<TopicPartition> partitions)
        implements Event {}
