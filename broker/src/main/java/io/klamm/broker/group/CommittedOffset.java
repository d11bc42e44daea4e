/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import org.apache.kafka.common.Uuid;

/**
 * How far a group has read a partition.
 *
 * @param offset of the next record to read
 * @param leaderEpoch of the last record read, -1 when not told
 * @param metadata the client's own words
 * @param commitTimestampMs when it was committed
 * @param expireTimestampMs when it expires, -1 when the retention of the cluster decides (clients before KIP-211 chose it)
 * @param topicId of the topic, zero when not known
 */
record CommittedOffset(
        long offset, int leaderEpoch, String metadata, long commitTimestampMs, long expireTimestampMs, Uuid topicId) {}
