/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * What a consumer got of one partition in one poll.
 *
 * @param session changes whenever the consumer may begin elsewhere: after an assignment or a seek
 * @param position offset it asked for
 * @param records in the order in which they came
 */
public record Poll(
        Span span, String process, int session, TopicPartition partition, long position, List<ReadRecord> records)
        implements Event {}
