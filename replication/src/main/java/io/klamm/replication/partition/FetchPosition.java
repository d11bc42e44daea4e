/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

/**
 * Where a follower stands: what it asks its leader.
 *
 * @param fetchOffset its log end offset
 * @param lastFetchedEpoch leader epoch at the end of its log, -1 when it has none
 * @param logStartOffset its log start
 */
public record FetchPosition(long fetchOffset, int lastFetchedEpoch, long logStartOffset) {}
