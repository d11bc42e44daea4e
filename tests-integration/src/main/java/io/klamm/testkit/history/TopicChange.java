/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * Somebody changes the topics of the cluster; each topic by one process only, and no name comes twice.
 *
 * @param partitions number of them afterwards; 0 after a deletion
 */
public record TopicChange(Span span, String process, String topic, Change change, int partitions, Outcome outcome)
        implements Event {
    /** What is done. */
    public enum Change {
        CREATE,
        GROW,
        DELETE
    }
}
