/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

/**
 * What became of one send.
 *
 * @param value the value, unique in its topic
 * @param producer number of the producer
 * @param sequence number of the send within the producer and partition, from 0
 * @param partition where it was sent
 * @param outcome what the producer was told
 * @param offset where it was written, -1 when not acknowledged
 */
public record SendRecord(String value, int producer, long sequence, int partition, Outcome outcome, long offset) {
    public enum Outcome {
        /** Acknowledged: it must be there, exactly once, at its offset. */
        ACKED,
        /** Failed or never answered: it may be there, at most once. */
        UNKNOWN
    }
}
