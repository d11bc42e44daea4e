/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/** How far a run has come: what may be asked of it depends on it. */
public record Milestone(Span span, String process, Mark mark) implements Event {
    /** In the order in which a run passes them. */
    public enum Mark {
        /** All faults are over, all nodes serve, and all replicas are in sync: from now on everything must go on. */
        HEALED,
        /** Clients have been told to end. */
        ENDING,
        /** Everything that is to be looked at was looked at. */
        COMPLETE
    }
}
