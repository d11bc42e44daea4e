/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import org.jspecify.annotations.Nullable;

/** What a record of {@code __consumer_offsets} says. A value of null is a tombstone. */
sealed interface GroupRecord {
    String groupId();

    /** How far the group has read a partition. */
    record OffsetCommitted(
            String groupId,
            String topic,
            int partition,
            @Nullable CommittedOffset offset) implements GroupRecord {}

    /** The members of a classic group and what each was given. */
    record ClassicGroupStored(String groupId, @Nullable StoredGroup group) implements GroupRecord {}
}
