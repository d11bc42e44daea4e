/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;
import org.jspecify.annotations.Nullable;

/** What a record of {@code __consumer_offsets} says. What it holds is null in a tombstone. */
sealed interface GroupRecord {
    String groupId();

    /** Kafka's bytes of the key. */
    byte[] encodedKey();

    /** Kafka's bytes of the value, null for a tombstone. */
    byte @Nullable [] encodedValue();

    /** Whether it ends what its key names. */
    boolean isTombstone();

    /** How far the group has read a partition. */
    record OffsetCommitted(
            String groupId,
            String topic,
            int partition,
            @Nullable CommittedOffset offset) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return GroupRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return offset == null ? null : GroupRecordCodec.value(offset);
        }

        @Override
        public boolean isTombstone() {
            return offset == null;
        }
    }

    /** The members of a classic group and what each was given. */
    record ClassicGroupStored(String groupId, @Nullable StoredGroup group) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return GroupRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return group == null ? null : GroupRecordCodec.value(group);
        }

        @Override
        public boolean isTombstone() {
            return group == null;
        }
    }

    /** There is a consumer group, and it has come to this epoch. */
    record ConsumerEpoch(String groupId, @Nullable GroupEpoch epoch) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return ConsumerRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return epoch == null ? null : ConsumerRecordCodec.value(epoch);
        }

        @Override
        public boolean isTombstone() {
            return epoch == null;
        }
    }

    /** A member of a consumer group, and what it subscribes to. */
    record ConsumerMemberStored(
            String groupId, String memberId, @Nullable MemberMetadata member) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return ConsumerRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return member == null ? null : ConsumerRecordCodec.value(member);
        }

        @Override
        public boolean isTombstone() {
            return member == null;
        }
    }

    /** All target assignments are those of this group epoch. */
    record TargetEpoch(String groupId, @Nullable Integer epoch) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return ConsumerRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return epoch == null ? null : ConsumerRecordCodec.value(epoch);
        }

        @Override
        public boolean isTombstone() {
            return epoch == null;
        }
    }

    /** What a member shall come to own. */
    record TargetAssigned(
            String groupId, String memberId, @Nullable PartitionSet target) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return ConsumerRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return target == null ? null : ConsumerRecordCodec.value(target);
        }

        @Override
        public boolean isTombstone() {
            return target == null;
        }
    }

    /** How far a member has come to its target. */
    record AssignmentChanged(
            String groupId, String memberId, @Nullable MemberAssignment assignment) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return ConsumerRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return assignment == null ? null : ConsumerRecordCodec.value(assignment);
        }

        @Override
        public boolean isTombstone() {
            return assignment == null;
        }
    }

    /** The topics that a subscription by pattern stands for. */
    record PatternResolved(
            String groupId, String pattern, @Nullable ResolvedPattern resolved) implements GroupRecord {
        @Override
        public byte[] encodedKey() {
            return ConsumerRecordCodec.key(this);
        }

        @Override
        public byte @Nullable [] encodedValue() {
            return resolved == null ? null : ConsumerRecordCodec.value(resolved);
        }

        @Override
        public boolean isTombstone() {
            return resolved == null;
        }
    }
}
