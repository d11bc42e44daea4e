/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A record sent, and what became of it.
 *
 * @param outcome {@link Outcome#FAIL} only when it cannot have been written
 * @param offset where it was written, {@link #NO_OFFSET} when the producer was not told
 * @param error why it is not {@link Outcome#OK}, as the client says; null when it is, or when nothing was told
 */
public record Send(
        Span span,
        String process,
        TopicPartition partition,
        Payload payload,
        Acks acks,
        Outcome outcome,
        long offset,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String error)
        implements Event {
    /** Not acknowledged; or with acks=0; or acknowledged as a duplicate that is older than what the leader remembers of its producer. */
    public static final long NO_OFFSET = -1;

    /** One of which no error was told. */
    public Send(
            Span span,
            String process,
            TopicPartition partition,
            Payload payload,
            Acks acks,
            Outcome outcome,
            long offset) {
        this(span, process, partition, payload, acks, outcome, offset, null);
    }

    /**
     * What was sent.
     *
     * @param sequence number of the send within its process and partition, ascending
     * @param key name of the register, on a topic of registers
     * @param value unique in its topic
     */
    public record Payload(long sequence, @Nullable String key, String value) {}

    public long sequence() {
        return payload.sequence();
    }

    public String value() {
        return payload.value();
    }

    public boolean acknowledged() {
        return outcome == Outcome.OK;
    }

    public boolean hasOffset() {
        return offset != NO_OFFSET;
    }

    /** The same with another end. */
    public Send ended(long completedNanos, Outcome newOutcome, long newOffset, @Nullable String newError) {
        return new Send(
                new Span(span.invokedNanos(), completedNanos),
                process,
                partition,
                payload,
                acks,
                newOutcome,
                newOffset,
                newError);
    }
}
