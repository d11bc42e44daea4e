/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's layout of the keys and values in {@code __consumer_offsets}, which lag monitors read: a key begins with what it is (0 and
 * 1: an offset, 2: a classic group, others: {@link ConsumerRecordCodec}), a value with the version of its layout. We write offsets in
 * version 4 and classic groups in version 3, as Kafka 4.3 does, and read 0 to 4.
 */
final class GroupRecordCodec {
    private static final short OFFSET_KEY_OLD = 0;
    private static final short OFFSET_KEY = 1;
    private static final short GROUP_KEY = 2;
    private static final short OFFSET_VERSION = 4;
    private static final short GROUP_VERSION = 3;
    private static final short NEWEST_VERSION = 4;
    private static final short FIRST_FLEXIBLE = 4;
    private static final int TOPIC_ID_TAG = 0;

    private GroupRecordCodec() {}

    static byte[] key(GroupRecord record) {
        return record.encodedKey();
    }

    /** Null for a tombstone. */
    static byte @Nullable [] value(GroupRecord record) {
        return record.encodedValue();
    }

    static byte[] key(GroupRecord.OffsetCommitted record) {
        RecordWriter out = new RecordWriter();
        out.writeShort(OFFSET_KEY);
        out.writeString(record.groupId());
        out.writeString(record.topic());
        out.writeInt(record.partition());
        return out.bytes();
    }

    static byte[] key(GroupRecord.ClassicGroupStored record) {
        RecordWriter out = new RecordWriter();
        out.writeShort(GROUP_KEY);
        out.writeString(record.groupId());
        return out.bytes();
    }

    static byte[] value(CommittedOffset offset) {
        RecordWriter out = new RecordWriter().version(OFFSET_VERSION, true);
        out.writeLong(offset.offset());
        out.writeInt(offset.leaderEpoch());
        out.writeString(offset.metadata());
        out.writeLong(offset.commitTimestampMs());
        if (offset.topicId().equals(Uuid.ZERO_UUID)) {
            out.endStruct();
        } else {
            RecordWriter topicId = new RecordWriter();
            topicId.writeUuid(offset.topicId());
            out.endStruct(TOPIC_ID_TAG, topicId.bytes());
        }
        return out.bytes();
    }

    static byte[] value(StoredGroup group) {
        RecordWriter out = new RecordWriter().version(GROUP_VERSION, false);
        out.writeString(group.protocolType());
        out.writeInt(group.generation());
        out.writeNullableString(group.protocol());
        out.writeNullableString(group.leader());
        out.writeLong(group.stateTimestampMs());
        out.writeList(group.members(), GroupRecordCodec::writeMember);
        return out.bytes();
    }

    private static void writeMember(RecordWriter out, StoredGroup.Member member) {
        out.writeString(member.memberId());
        out.writeNullableString(member.instanceId());
        out.writeString(member.clientId());
        out.writeString(member.clientHost());
        out.writeInt(member.rebalanceTimeoutMs());
        out.writeInt(member.sessionTimeoutMs());
        out.writeBytes(member.subscription());
        out.writeBytes(member.assignment());
    }

    /**
     * @param timestampMs of the record
     * @return null for a kind of record that this version does not know
     * @throws GroupRecordException when the bytes are not what their version says
     */
    static @Nullable GroupRecord decode(@Nullable ByteBuffer key, @Nullable ByteBuffer value, long timestampMs) {
        if (key == null) {
            throw new GroupRecordException("a record without a key");
        }
        try {
            return decode(new RecordReader(key), value == null ? null : new RecordReader(value), timestampMs);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new GroupRecordException("a damaged record: " + e.getMessage());
        }
    }

    private static @Nullable GroupRecord decode(RecordReader key, @Nullable RecordReader value, long timestampMs) {
        short kind = key.readShort();
        return switch (kind) {
            case OFFSET_KEY_OLD, OFFSET_KEY ->
                new GroupRecord.OffsetCommitted(
                        key.readString(), key.readString(), key.readInt(), value == null ? null : offset(value));
            case GROUP_KEY -> new GroupRecord.ClassicGroupStored(key.readString(), value == null ? null : group(value));
            case ConsumerRecordCodec.EPOCH_KEY,
                    ConsumerRecordCodec.MEMBER_KEY,
                    ConsumerRecordCodec.TARGET_EPOCH_KEY,
                    ConsumerRecordCodec.TARGET_KEY,
                    ConsumerRecordCodec.ASSIGNMENT_KEY,
                    ConsumerRecordCodec.PATTERN_KEY -> ConsumerRecordCodec.decode(kind, key, value, timestampMs);
            default -> null;
        };
    }

    private static CommittedOffset offset(RecordReader in) {
        short version = in.readVersion(NEWEST_VERSION, FIRST_FLEXIBLE);
        long offset = in.readLong();
        int leaderEpoch = version >= 3 ? in.readInt() : -1;
        String metadata = in.readString();
        long commitTimestampMs = in.readLong();
        long expireTimestampMs = version == 1 ? in.readLong() : -1;
        Uuid[] topicId = {Uuid.ZERO_UUID};
        in.endStruct((tag, field) -> {
            if (tag == TOPIC_ID_TAG) {
                topicId[0] = field.readUuid();
            }
        });
        return new CommittedOffset(offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs, topicId[0]);
    }

    private static StoredGroup group(RecordReader in) {
        short version = in.readVersion(NEWEST_VERSION, FIRST_FLEXIBLE);
        String protocolType = in.readString();
        int generation = in.readInt();
        String protocol = in.readNullableString();
        String leader = in.readNullableString();
        long stateTimestampMs = version >= 2 ? in.readLong() : -1;
        List<StoredGroup.Member> members = in.readList(each -> readMember(each, version));
        in.endStruct();
        return new StoredGroup(protocolType, generation, protocol, leader, stateTimestampMs, members);
    }

    private static StoredGroup.Member readMember(RecordReader in, short version) {
        String memberId = in.readString();
        String instanceId = version >= 3 ? in.readNullableString() : null;
        String clientId = in.readString();
        String clientHost = in.readString();
        int rebalanceTimeoutMs = version >= 1 ? in.readInt() : -1;
        int sessionTimeoutMs = in.readInt();
        StoredGroup.Member member = new StoredGroup.Member(
                memberId,
                instanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
                sessionTimeoutMs,
                in.readBytes(),
                in.readBytes());
        in.endStruct();
        return member;
    }
}
