/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Reassignment;
import java.util.Set;

/** Replicas end where they were to go, or where they were when the move was taken back. */
final class MoveRules {
    private MoveRules() {}

    static void judge(History history, Findings findings) {
        for (Reassignment move : history.of(Reassignment.class)) {
            Set<Integer> found = Set.copyOf(move.found());
            boolean done = found.equals(Set.copyOf(move.to()));
            boolean undone = move.cancelled() && found.equals(Set.copyOf(move.before()));
            if (!done && !undone) {
                findings.add(
                        Anomaly.REPLICAS_ASTRAY,
                        move.partition(),
                        "from " + move.before() + " to " + move.to() + (move.cancelled() ? ", taken back" : "")
                                + ": they are on " + move.found(),
                        move);
            }
        }
    }
}
