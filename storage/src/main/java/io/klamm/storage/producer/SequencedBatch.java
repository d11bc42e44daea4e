/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

/**
 * What is remembered of an idempotent producer's batch.
 *
 * @param firstSequence of its first record
 * @param lastSequence of its last record, inclusive; below {@code firstSequence} when the sequence wrapped in it
 * @param firstOffset of its first record
 * @param lastOffset of its last record, inclusive
 * @param timestampMs maximum timestamp
 */
public record SequencedBatch(
        int firstSequence, int lastSequence, long firstOffset, long lastOffset, long timestampMs) {}
