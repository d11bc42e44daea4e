/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who is in the group.
 *
 * @param members by member id
 */
public record GroupSubscription(SortedMap<String, MemberSubscription> members) {
    public GroupSubscription {
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    /** Whether all members subscribe to the same topics. */
    public boolean isHomogeneous() {
        return members.values().stream()
                        .map(MemberSubscription::topics)
                        .distinct()
                        .limit(2)
                        .count()
                < 2;
    }
}
