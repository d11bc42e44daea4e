/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who reads what.
 *
 * @param members partitions by member id; every member of the group has an entry
 */
public record GroupAssignment(SortedMap<String, PartitionSet> members) {
    public GroupAssignment {
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    /** Nothing when the member is not known. */
    public PartitionSet of(String memberId) {
        return members.getOrDefault(memberId, PartitionSet.EMPTY);
    }
}
