/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A member commits an offset. Members of the workload commit only what they have read, so that commits of a partition ascend.
 *
 * @param offset the one to go on with
 * @param error why it is not {@link Outcome#OK}, as the client says; null when it is, or when nothing was told
 */
public record Commit(
        Span span,
        String process,
        String group,
        int generation,
        TopicPartition partition,
        long offset,
        Outcome outcome,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String error)
        implements Event {
    /** One of which no error was told. */
    public Commit(
            Span span,
            String process,
            String group,
            int generation,
            TopicPartition partition,
            long offset,
            Outcome outcome) {
        this(span, process, group, generation, partition, offset, outcome, null);
    }
}
