/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;

/**
 * A fault, from its injection until it was healed.
 *
 * @param act what it was a part of
 * @param kind what was done
 * @param nodes ids of those it hit
 * @param evidence that it bit, in words
 */
public record Fault(Span span, String process, String act, String kind, List<Integer> nodes, String evidence)
        implements Event {
    /** Act and kind, for tables. */
    public String name() {
        return act + ": " + kind;
    }
}
