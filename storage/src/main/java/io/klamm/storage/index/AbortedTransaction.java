/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

/**
 * A transaction that ended with an ABORT marker: what a read_committed consumer must leave out (KIP-98).
 *
 * @param firstOffset of its first record
 * @param lastOffset of its marker, inclusive
 * @param lastStableOffset the log's last stable offset once this transaction had ended: no transaction whose marker comes later
 *     begins below it
 */
public record AbortedTransaction(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
