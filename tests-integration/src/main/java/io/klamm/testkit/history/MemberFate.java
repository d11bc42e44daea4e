/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * What was done to a member of a group from outside, and has been seen to be so.
 *
 * @param process the member
 */
public record MemberFate(Span span, String process, String group, Fate fate) implements Event {
    /** In which way. */
    public enum Fate {
        /** Was told to go, said so to the group, and has ended. */
        LEFT,
        /** Was told to fall silent, and has ended without a word. */
        SILENT,
        /** Its process was killed, and ended so. */
        KILLED,
        /** Its process was stopped from the beginning of the span to its end, and then went on as if nothing had been. */
        FROZEN
    }
}
