/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicMember.Protocol;
import io.klamm.broker.group.MemberAssignment.State;
import io.klamm.broker.group.MemberMetadata.ClassicClient;
import io.klamm.broker.group.assign.PartitionSet;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Kafka's layout of what consumer groups (KIP-848) write: all values in version 0, which is flexible. */
final class ConsumerRecordCodec {
    static final short EPOCH_KEY = 3;
    static final short MEMBER_KEY = 5;
    static final short TARGET_EPOCH_KEY = 6;
    static final short TARGET_KEY = 7;
    static final short ASSIGNMENT_KEY = 8;
    static final short PATTERN_KEY = 16;

    private static final short VERSION = 0;
    /** The only tagged field of an epoch (its metadata hash) and of a member (what it is as a classic client). */
    private static final int TAG = 0;

    private static final byte PRESENT = 1;

    private ConsumerRecordCodec() {}

    /** @param kind as its key begins with it */
    static GroupRecord decode(short kind, RecordReader key, @Nullable RecordReader value, long timestampMs) {
        String group = key.readString();
        if (value != null) {
            value.readVersion(VERSION, VERSION);
        }
        return switch (kind) {
            case EPOCH_KEY ->
                new GroupRecord.ConsumerEpoch(group, value == null ? null : readEpoch(value, timestampMs));
            case MEMBER_KEY ->
                new GroupRecord.ConsumerMemberStored(group, key.readString(), value == null ? null : readMember(value));
            case TARGET_EPOCH_KEY ->
                new GroupRecord.TargetEpoch(group, value == null ? null : (Integer) value.readInt());
            case TARGET_KEY ->
                new GroupRecord.TargetAssigned(group, key.readString(), value == null ? null : readPartitions(value));
            case ASSIGNMENT_KEY ->
                new GroupRecord.AssignmentChanged(
                        group, key.readString(), value == null ? null : readAssignment(value));
            case PATTERN_KEY ->
                new GroupRecord.PatternResolved(group, key.readString(), value == null ? null : readTopics(value));
            default -> throw new IllegalArgumentException("kind " + kind + " of a record is not known");
        };
    }

    private static RecordWriter key(short kind, String group) {
        RecordWriter out = new RecordWriter();
        out.writeShort(kind);
        out.writeString(group);
        return out;
    }

    private static byte[] key(short kind, String group, String name) {
        RecordWriter out = key(kind, group);
        out.writeString(name);
        return out.bytes();
    }

    private static RecordWriter value() {
        return new RecordWriter().version(VERSION, true);
    }

    // ---- epochs

    static byte[] key(GroupRecord.ConsumerEpoch record) {
        return key(EPOCH_KEY, record.groupId()).bytes();
    }

    static byte[] value(GroupEpoch epoch) {
        RecordWriter out = value();
        out.writeInt(epoch.epoch());
        RecordWriter hash = new RecordWriter();
        hash.writeLong(epoch.metadataHash());
        out.endStruct(TAG, hash.bytes());
        return out.bytes();
    }

    private static GroupEpoch readEpoch(RecordReader in, long timestampMs) {
        int epoch = in.readInt();
        long[] hash = {0};
        in.endStruct((tag, field) -> {
            if (tag == TAG) {
                hash[0] = field.readLong();
            }
        });
        return new GroupEpoch(epoch, hash[0], timestampMs);
    }

    static byte[] key(GroupRecord.TargetEpoch record) {
        return key(TARGET_EPOCH_KEY, record.groupId()).bytes();
    }

    static byte[] value(int targetEpoch) {
        RecordWriter out = value();
        out.writeInt(targetEpoch);
        out.endStruct();
        return out.bytes();
    }

    // ---- members

    static byte[] key(GroupRecord.ConsumerMemberStored record) {
        return key(MEMBER_KEY, record.groupId(), record.memberId());
    }

    static byte[] value(MemberMetadata member) {
        RecordWriter out = value();
        out.writeNullableString(member.instanceId());
        out.writeNullableString(member.rackId());
        out.writeString(member.clientId());
        out.writeString(member.clientHost());
        out.writeList(member.topicNames(), RecordWriter::writeString);
        out.writeNullableString(member.topicPattern());
        out.writeInt(member.rebalanceTimeoutMs());
        out.writeNullableString(member.serverAssignor());
        ClassicClient classic = member.classic();
        if (classic == null) {
            out.endStruct();
        } else {
            out.endStruct(TAG, classic(classic));
        }
        return out.bytes();
    }

    private static byte[] classic(ClassicClient classic) {
        RecordWriter out = new RecordWriter().flexible();
        out.writeByte(PRESENT);
        out.writeInt(classic.sessionTimeoutMs());
        out.writeList(classic.protocols(), (each, protocol) -> {
            each.writeString(protocol.name());
            each.writeBytes(protocol.metadata());
            each.endStruct();
        });
        out.endStruct();
        return out.bytes();
    }

    private static MemberMetadata readMember(RecordReader in) {
        String instanceId = in.readNullableString();
        String rackId = in.readNullableString();
        String clientId = in.readString();
        String clientHost = in.readString();
        List<String> names = in.readList(RecordReader::readString);
        String pattern = in.readNullableString();
        int rebalanceTimeoutMs = in.readInt();
        String assignor = in.readNullableString();
        @Nullable ClassicClient[] classic = {null};
        in.endStruct((tag, field) -> {
            if (tag == TAG && field.readByte() == PRESENT) {
                classic[0] = readClassic(field);
            }
        });
        return new MemberMetadata(
                new MemberMetadata.Client(instanceId, rackId, clientId, clientHost),
                rebalanceTimeoutMs,
                new TreeSet<>(names),
                pattern,
                assignor,
                classic[0]);
    }

    private static ClassicClient readClassic(RecordReader in) {
        int sessionTimeoutMs = in.readInt();
        List<Protocol> protocols = in.readList(each -> {
            Protocol protocol = new Protocol(each.readString(), each.readBytes());
            each.endStruct();
            return protocol;
        });
        in.endStruct();
        return new ClassicClient(sessionTimeoutMs, protocols);
    }

    // ---- assignments

    static byte[] key(GroupRecord.TargetAssigned record) {
        return key(TARGET_KEY, record.groupId(), record.memberId());
    }

    static byte[] value(PartitionSet target) {
        RecordWriter out = value();
        write(out, target);
        out.endStruct();
        return out.bytes();
    }

    private static PartitionSet readPartitions(RecordReader in) {
        PartitionSet target = readSet(in);
        in.endStruct();
        return target;
    }

    static byte[] key(GroupRecord.AssignmentChanged record) {
        return key(ASSIGNMENT_KEY, record.groupId(), record.memberId());
    }

    static byte[] value(MemberAssignment assignment) {
        RecordWriter out = value();
        out.writeInt(assignment.epoch());
        out.writeInt(assignment.previousEpoch());
        out.writeByte(assignment.state().id());
        write(out, assignment.assigned());
        write(out, assignment.pendingRevocation());
        out.endStruct();
        return out.bytes();
    }

    private static MemberAssignment readAssignment(RecordReader in) {
        int epoch = in.readInt();
        int previousEpoch = in.readInt();
        State state = State.of(in.readByte());
        PartitionSet assigned = readSet(in);
        PartitionSet pendingRevocation = readSet(in);
        in.endStruct();
        return new MemberAssignment(epoch, previousEpoch, state, assigned, pendingRevocation);
    }

    private static void write(RecordWriter out, PartitionSet partitions) {
        out.writeList(partitions.topics(), (each, topicId) -> {
            each.writeUuid(topicId);
            each.writeList(partitions.partitions(topicId), RecordWriter::writeInt);
            each.endStruct();
        });
    }

    private static PartitionSet readSet(RecordReader in) {
        PartitionSet.Builder builder = PartitionSet.builder();
        in.readList(each -> {
            Uuid topicId = each.readUuid();
            List<Integer> partitions = each.readList(RecordReader::readInt);
            each.endStruct();
            return builder.addAll(topicId, partitions);
        });
        return builder.build();
    }

    // ---- patterns

    static byte[] key(GroupRecord.PatternResolved record) {
        return key(PATTERN_KEY, record.groupId(), record.pattern());
    }

    static byte[] value(ResolvedPattern resolved) {
        RecordWriter out = value();
        out.writeList(resolved.topics(), RecordWriter::writeString);
        out.writeLong(resolved.metadataVersion());
        out.writeLong(resolved.timestampMs());
        out.endStruct();
        return out.bytes();
    }

    private static ResolvedPattern readTopics(RecordReader in) {
        List<String> topics = in.readList(RecordReader::readString);
        ResolvedPattern resolved = new ResolvedPattern(new TreeSet<>(topics), in.readLong(), in.readLong());
        in.endStruct();
        return resolved;
    }
}
