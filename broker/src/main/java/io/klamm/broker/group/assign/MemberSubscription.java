/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * One member as an assignor sees it.
 *
 * @param memberId unique in the group, also that of a static member's newest incarnation
 * @param instanceId group.instance.id of a static member, else null
 * @param rack client.rack of the member, null when it tells none
 * @param topics it subscribes to, by name or by regular expression; existing topics only
 * @param target what it was assigned last, empty when it is new; may hold what no longer exists or is no longer subscribed to
 */
public record MemberSubscription(
        String memberId,
        @Nullable String instanceId,
        @Nullable String rack,
        SortedSet<Uuid> topics,
        PartitionSet target) {
    public MemberSubscription {
        topics = Collections.unmodifiableSortedSet(new TreeSet<>(topics));
    }
}
