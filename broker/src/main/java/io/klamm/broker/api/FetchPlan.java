/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What one fetch request reads.
 *
 * @param error NONE, or why the request is refused as a whole
 * @param session the session that the answer belongs to, null without one
 * @param incremental whether the answer holds only what is news to the client
 * @param due partitions to look at, in the order of reading; those with news join
 * @param news where they come from
 */
record FetchPlan(
        Errors error, @Nullable FetchSession session, boolean incremental, Set<FetchSlot> due, FetchNews news) {
    static FetchPlan refused(Errors error) {
        return new FetchPlan(error, null, false, Set.of(), new FetchNews());
    }

    static FetchPlan sessionless(Collection<FetchSlot> slots, FetchNews news) {
        return new FetchPlan(Errors.NONE, null, false, new LinkedHashSet<>(slots), news);
    }

    static FetchPlan full(FetchSession session) {
        return new FetchPlan(Errors.NONE, session, false, session.due(), session.news());
    }

    static FetchPlan incremental(FetchSession session) {
        return new FetchPlan(Errors.NONE, session, true, session.due(), session.news());
    }

    /** Whether the client will come back for what it is not given now. */
    boolean continues() {
        return session != null && !session.closed();
    }

    /** The partitions that have got news since the last call; they are due now. */
    List<FetchSlot> takeNews() {
        List<FetchSlot> taken = new ArrayList<>(4);
        for (FetchSlot slot = news.poll(); slot != null; slot = news.poll()) {
            if (session == null || session.holds(slot)) {
                due.add(slot);
                taken.add(slot);
            }
        }
        return taken;
    }
}
