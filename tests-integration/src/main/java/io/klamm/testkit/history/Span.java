/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * From the moment something began to the moment its end was known, in monotonic nanoseconds since the start of the run.
 *
 * @param completedNanos {@link #NEVER} when the end was never known
 */
public record Span(long invokedNanos, long completedNanos) {
    public static final long NEVER = Long.MAX_VALUE;

    /** Whether this was over before the other began: the order in which an outsider saw them. */
    public boolean before(Span other) {
        return completedNanos < other.invokedNanos;
    }

    /** Whether some moment of this lies no further than {@code slackNanos} from some moment of the other. */
    public boolean near(Span other, long slackNanos) {
        return invokedNanos <= later(other.completedNanos, slackNanos)
                && other.invokedNanos <= later(completedNanos, slackNanos);
    }

    private static long later(long nanos, long by) {
        return nanos > Long.MAX_VALUE - by ? Long.MAX_VALUE : nanos + by;
    }
}
