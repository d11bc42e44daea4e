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
 * @param offset where it was written, {@link #NO_OFFSET} when the producer was not told
 */
public record SendRecord(String value, int producer, long sequence, int partition, Outcome outcome, long offset) {
    /** Not acknowledged; or acknowledged as a duplicate that is older than what the leader remembers of its producer. */
    public static final long NO_OFFSET = -1;

    public enum Outcome {
        /** Acknowledged: it must be there, exactly once, at its offset if one was told. */
        ACKED,
        /** Failed or never answered: it may be there, at most once. */
        UNKNOWN
    }
}
