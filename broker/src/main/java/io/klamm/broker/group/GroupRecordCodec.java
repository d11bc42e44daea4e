/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's layout of the keys and values in {@code __consumer_offsets}, which lag monitors read: a key begins with what it is (0 and
 * 1: an offset, 2: a classic group), a value with the version of its layout. We write offsets and groups in version 3 and read 0
 * to 4.
 */
final class GroupRecordCodec {
    private static final short OFFSET_KEY_OLD = 0;
    private static final short OFFSET_KEY = 1;
    private static final short GROUP_KEY = 2;
    private static final short VALUE_VERSION = 3;
    private static final short NEWEST_VALUE_VERSION = 4;
    private static final int TOPIC_ID_TAG = 0;

    private GroupRecordCodec() {}

    static byte[] key(GroupRecord record) {
        Writer out = new Writer();
        if (record instanceof GroupRecord.OffsetCommitted offset) {
            out.writeShort(OFFSET_KEY);
            out.writeString(offset.groupId());
            out.writeString(offset.topic());
            out.writeInt(offset.partition());
        } else {
            out.writeShort(GROUP_KEY);
            out.writeString(record.groupId());
        }
        return out.bytes();
    }

    static byte @Nullable [] value(GroupRecord record) {
        if (record instanceof GroupRecord.OffsetCommitted committed) {
            return committed.offset() == null ? null : value(committed.offset());
        }
        StoredGroup group = ((GroupRecord.ClassicGroupStored) record).group();
        return group == null ? null : value(group);
    }

    private static byte[] value(CommittedOffset offset) {
        Writer out = new Writer();
        out.writeShort(VALUE_VERSION);
        out.writeLong(offset.offset());
        out.writeInt(offset.leaderEpoch());
        out.writeString(offset.metadata());
        out.writeLong(offset.commitTimestampMs());
        return out.bytes();
    }

    private static byte[] value(StoredGroup group) {
        Writer out = new Writer();
        out.writeShort(VALUE_VERSION);
        out.writeString(group.protocolType());
        out.writeInt(group.generation());
        out.writeNullableString(group.protocol());
        out.writeNullableString(group.leader());
        out.writeLong(group.stateTimestampMs());
        out.writeInt(group.members().size());
        for (StoredGroup.Member member : group.members()) {
            out.writeString(member.memberId());
            out.writeNullableString(member.instanceId());
            out.writeString(member.clientId());
            out.writeString(member.clientHost());
            out.writeInt(member.rebalanceTimeoutMs());
            out.writeInt(member.sessionTimeoutMs());
            out.writeBytes(member.subscription());
            out.writeBytes(member.assignment());
        }
        return out.bytes();
    }

    /**
     * @return null for a kind of record that this version does not know
     * @throws GroupRecordException when the bytes are not what their version says
     */
    static @Nullable GroupRecord decode(@Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (key == null) {
            throw new GroupRecordException("a record without a key");
        }
        try {
            return decode(new Reader(key), value == null ? null : new Reader(value));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new GroupRecordException("a damaged record: " + e.getMessage());
        }
    }

    private static @Nullable GroupRecord decode(Reader key, @Nullable Reader value) {
        short kind = key.readShort();
        switch (kind) {
            case OFFSET_KEY_OLD, OFFSET_KEY -> {
                return new GroupRecord.OffsetCommitted(
                        key.readString(), key.readString(), key.readInt(), value == null ? null : offset(value));
            }
            case GROUP_KEY -> {
                return new GroupRecord.ClassicGroupStored(key.readString(), value == null ? null : group(value));
            }
            default -> {
                return null;
            }
        }
    }

    private static CommittedOffset offset(Reader in) {
        short version = in.readVersion();
        long offset = in.readLong();
        int leaderEpoch = version >= 3 ? in.readInt() : -1;
        String metadata = in.readString();
        long commitTimestampMs = in.readLong();
        long expireTimestampMs = version == 1 ? in.readLong() : -1;
        Uuid topicId = Uuid.ZERO_UUID;
        if (in.flexible) {
            int tags = in.readUnsignedVarint();
            for (int i = 0; i < tags; i++) {
                int tag = in.readUnsignedVarint();
                int size = in.readUnsignedVarint();
                if (tag == TOPIC_ID_TAG && size == 16) {
                    topicId = in.readUuid();
                } else {
                    in.skip(size);
                }
            }
        }
        return new CommittedOffset(offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs, topicId);
    }

    private static StoredGroup group(Reader in) {
        short version = in.readVersion();
        String protocolType = in.readString();
        int generation = in.readInt();
        String protocol = in.readNullableString();
        String leader = in.readNullableString();
        long stateTimestampMs = version >= 2 ? in.readLong() : -1;
        int count = in.readCount();
        List<StoredGroup.Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String memberId = in.readString();
            String instanceId = version >= 3 ? in.readNullableString() : null;
            String clientId = in.readString();
            String clientHost = in.readString();
            int rebalanceTimeoutMs = version >= 1 ? in.readInt() : -1;
            int sessionTimeoutMs = in.readInt();
            members.add(new StoredGroup.Member(
                    memberId,
                    instanceId,
                    clientId,
                    clientHost,
                    rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
                    sessionTimeoutMs,
                    in.readBytes(),
                    in.readBytes()));
            in.skipTags();
        }
        in.skipTags();
        return new StoredGroup(protocolType, generation, protocol, leader, stateTimestampMs, members);
    }

    /** A buffer that grows. */
    private static final class Writer {
        private ByteBuffer buffer = ByteBuffer.allocate(128);

        private ByteBuffer room(int bytes) {
            if (buffer.remaining() < bytes) {
                buffer = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes))
                        .put(buffer.flip());
            }
            return buffer;
        }

        void writeShort(short value) {
            room(2).putShort(value);
        }

        void writeInt(int value) {
            room(4).putInt(value);
        }

        void writeLong(long value) {
            room(8).putLong(value);
        }

        void writeString(String value) {
            byte[] bytes = value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            if (bytes.length > Short.MAX_VALUE) {
                throw new IllegalArgumentException("a string of " + bytes.length + " bytes does not fit");
            }
            writeShort((short) bytes.length);
            room(bytes.length).put(bytes);
        }

        void writeNullableString(@Nullable String value) {
            if (value == null) {
                writeShort((short) -1);
            } else {
                writeString(value);
            }
        }

        void writeBytes(byte[] value) {
            writeInt(value.length);
            room(value.length).put(value);
        }

        byte[] bytes() {
            return java.util.Arrays.copyOf(buffer.array(), buffer.position());
        }
    }

    /** Reads both layouts: lengths as fixed integers, or (flexible versions) as varints with one added. */
    private static final class Reader {
        private final ByteBufferAccessor in;
        private boolean flexible;

        Reader(ByteBuffer buffer) {
            this.in = new ByteBufferAccessor(buffer.duplicate());
        }

        /** The version of a value; what follows is read in its layout. */
        short readVersion() {
            short version = readShort();
            if (version < 0 || version > NEWEST_VALUE_VERSION) {
                throw new IllegalArgumentException("version " + version + " of a value is not known");
            }
            flexible = version >= 4;
            return version;
        }

        short readShort() {
            return in.readShort();
        }

        int readInt() {
            return in.readInt();
        }

        long readLong() {
            return in.readLong();
        }

        Uuid readUuid() {
            return in.readUuid();
        }

        int readUnsignedVarint() {
            return in.readUnsignedVarint();
        }

        void skip(int bytes) {
            in.readArray(bounded(bytes));
        }

        int readCount() {
            return bounded(flexible ? readUnsignedVarint() - 1 : readInt());
        }

        String readString() {
            String value = readNullableString();
            if (value == null) {
                throw new IllegalArgumentException("a string is missing");
            }
            return value;
        }

        @Nullable
        String readNullableString() {
            int length = flexible ? readUnsignedVarint() - 1 : readShort();
            return length < 0 ? null : in.readString(bounded(length));
        }

        byte[] readBytes() {
            return in.readArray(bounded(flexible ? readUnsignedVarint() - 1 : readInt()));
        }

        void skipTags() {
            if (flexible) {
                int tags = readUnsignedVarint();
                for (int i = 0; i < tags; i++) {
                    readUnsignedVarint();
                    skip(readUnsignedVarint());
                }
            }
        }

        /** A length that lies allocates nothing. */
        private int bounded(int length) {
            if (length < 0 || length > in.remaining()) {
                throw new IllegalArgumentException(
                        "a length of " + length + " where " + in.remaining() + " bytes are left");
            }
            return length;
        }
    }
}
