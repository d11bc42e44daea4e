/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * A partition read whole. The last of a partition, read after all faults are healed, is what the sends are judged by.
 *
 * @param start offset the partition begins with
 * @param end offset behind its last one, when reading began
 */
public record Contents(
        Span span, String process, TopicPartition partition, long start, long end, List<ReadRecord> records)
        implements Event {}
