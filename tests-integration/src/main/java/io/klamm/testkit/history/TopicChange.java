/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Somebody changes the topics of the cluster; each topic by one process only, and no name comes twice.
 *
 * @param partitions number of them afterwards; 0 after a deletion
 * @param error why it is not {@link Outcome#OK}, as the client says; null when it is, or when nothing was told
 */
public record TopicChange(
        Span span,
        String process,
        String topic,
        Change change,
        int partitions,
        Outcome outcome,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String error)
        implements Event {
    /** One of which no error was told. */
    public TopicChange(Span span, String process, String topic, Change change, int partitions, Outcome outcome) {
        this(span, process, topic, change, partitions, outcome, null);
    }

    /** What is done. */
    public enum Change {
        CREATE,
        GROW,
        DELETE
    }
}
