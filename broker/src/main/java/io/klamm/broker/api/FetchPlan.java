/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What one fetch request reads.
 *
 * @param error NONE, or why the request is refused as a whole
 * @param session the session that the answer belongs to, null without one
 * @param incremental whether the answer holds only what is news to the client
 * @param slots partitions in the order of reading
 */
record FetchPlan(Errors error, @Nullable FetchSession session, boolean incremental, List<FetchSlot> slots) {
    static FetchPlan refused(Errors error) {
        return new FetchPlan(error, null, false, List.of());
    }

    static FetchPlan sessionless(List<FetchSlot> slots) {
        return new FetchPlan(Errors.NONE, null, false, slots);
    }

    static FetchPlan full(FetchSession session, List<FetchSlot> slots) {
        return new FetchPlan(Errors.NONE, session, false, slots);
    }

    static FetchPlan incremental(FetchSession session, List<FetchSlot> slots) {
        return new FetchPlan(Errors.NONE, session, true, slots);
    }
}
