/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * @param timestampMs timestamp of the record found
 * @param offset its offset
 * @param leaderEpoch leader epoch of its batch
 */
public record TimestampOffset(long timestampMs, long offset, int leaderEpoch) {}
