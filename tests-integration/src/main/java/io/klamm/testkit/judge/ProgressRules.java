/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import java.util.LinkedHashMap;
import java.util.Map;

/** After the last heal everything goes on. A run must last long enough for it: some seconds beyond the heal. */
final class ProgressRules {
    private ProgressRules() {}

    static void judge(History history, Findings findings) {
        long healed = Long.MIN_VALUE;
        for (Fault fault : history.of(Fault.class)) {
            healed = Math.max(healed, fault.span().completedNanos());
        }
        if (healed == Long.MIN_VALUE || healed == Span.NEVER) {
            return;
        }
        Map<String, Event> lastDone = new LinkedHashMap<>();
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged()) {
                lastDone.merge(send.partition().toString(), send, ProgressRules::later);
            }
        }
        for (Commit commit : history.of(Commit.class)) {
            if (commit.outcome() == Outcome.OK) {
                lastDone.merge("group " + commit.group(), commit, ProgressRules::later);
            }
        }
        long since = healed;
        lastDone.forEach((where, last) -> {
            if (last.span().completedNanos() <= since) {
                findings.add(Anomaly.STUCK, where, "nothing was done any more after the last heal", last);
            }
        });
    }

    private static Event later(Event one, Event other) {
        return other.span().completedNanos() > one.span().completedNanos() ? other : one;
    }
}
