/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GroupRecordCodecTest {
    private static final StoredGroup GROUP = new StoredGroup(
            "consumer",
            7,
            "range",
            "one",
            1234,
            List.of(member("one", "instance", 60_000), member("two", null, 30_000)));

    private static final long WRITTEN = 77;

    private static StoredGroup.Member member(String id, @Nullable String instance, int rebalanceTimeoutMs) {
        return new StoredGroup.Member(
                id, instance, "client", "/10.0.0.1", rebalanceTimeoutMs, 10_000, new byte[] {1, 2}, new byte[] {3});
    }

    private static @Nullable GroupRecord again(GroupRecord record) {
        byte[] value = GroupRecordCodec.value(record);
        return GroupRecordCodec.decode(
                ByteBuffer.wrap(GroupRecordCodec.key(record)), value == null ? null : ByteBuffer.wrap(value), WRITTEN);
    }

    private static void putString(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) bytes.length).put(bytes);
    }

    private static ByteBuffer bytes(Consumer<ByteBuffer> write) {
        ByteBuffer out = ByteBuffer.allocate(256);
        write.accept(out);
        return out.flip();
    }

    private static ByteBuffer offsetKey() {
        return bytes(out -> {
            out.putShort((short) 1);
            putString(out, "g");
            putString(out, "t");
            out.putInt(3);
        });
    }

    @Test
    void offsetsComeBackAndSoDoTombstones() {
        GroupRecord commit = new GroupRecord.OffsetCommitted(
                "g", "t", 3, new CommittedOffset(42, 5, "mine", 1000, -1, Uuid.ZERO_UUID));
        assertThat(again(commit)).isEqualTo(commit);
        assertThat(ByteBuffer.wrap(GroupRecordCodec.key(commit))).isEqualTo(offsetKey());
        GroupRecord tombstone = new GroupRecord.OffsetCommitted("g", "t", 3, null);
        assertThat(again(tombstone)).isEqualTo(tombstone);
    }

    @Test
    void groupsComeBack() {
        GroupRecord.ClassicGroupStored back =
                (GroupRecord.ClassicGroupStored) again(new GroupRecord.ClassicGroupStored("g", GROUP));
        assertThat(back).usingRecursiveComparison().isEqualTo(new GroupRecord.ClassicGroupStored("g", GROUP));
        assertThat(again(new GroupRecord.ClassicGroupStored("g", null)))
                .isEqualTo(new GroupRecord.ClassicGroupStored("g", null));
    }

    @Test
    void everyVersionOfAnOffsetIsRead() {
        assertThat(decodedOffset(bytes(out -> {
                    out.putShort((short) 0).putLong(42);
                    putString(out, "m");
                    out.putLong(1000);
                })))
                .isEqualTo(new CommittedOffset(42, -1, "m", 1000, -1, Uuid.ZERO_UUID));
        assertThat(decodedOffset(bytes(out -> {
                    out.putShort((short) 1).putLong(42);
                    putString(out, "m");
                    out.putLong(1000).putLong(2000);
                })))
                .isEqualTo(new CommittedOffset(42, -1, "m", 1000, 2000, Uuid.ZERO_UUID));
        Uuid id = new Uuid(1, 2);
        assertThat(decodedOffset(bytes(out -> {
                    out.putShort((short) 4).putLong(42).putInt(5);
                    out.put((byte) 2).put((byte) 'm').putLong(1000);
                    out.put((byte) 1).put((byte) 0).put((byte) 16); // one tagged field: the topic id
                    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
                })))
                .isEqualTo(new CommittedOffset(42, 5, "m", 1000, -1, id));
    }

    private static @Nullable CommittedOffset decodedOffset(ByteBuffer value) {
        GroupRecord record = GroupRecordCodec.decode(offsetKey(), value, WRITTEN);
        return record instanceof GroupRecord.OffsetCommitted commit ? commit.offset() : null;
    }

    @Test
    void newerKindsOfRecordsAreLeftOut() {
        assertThat(GroupRecordCodec.decode(bytes(out -> out.putShort((short) 99)), null, WRITTEN))
                .isNull();
    }

    @Test
    void damagedRecordsAreToldAsSuch() {
        assertThatThrownBy(() -> GroupRecordCodec.decode(null, null, WRITTEN)).isInstanceOf(GroupRecordException.class);
        assertThatThrownBy(() -> GroupRecordCodec.decode(offsetKey(), bytes(out -> out.putShort((short) 5)), WRITTEN))
                .isInstanceOf(GroupRecordException.class)
                .hasMessageContaining("version 5");
        Random random = new Random(7);
        GroupRecord record = new GroupRecord.ClassicGroupStored("g", GROUP);
        for (int i = 0; i < 20_000; i++) {
            byte[] key = GroupRecordCodec.key(record);
            byte[] value = Objects.requireNonNull(GroupRecordCodec.value(record));
            byte[] hit = random.nextInt(10) == 0 ? key : value;
            hit[random.nextInt(hit.length)] = (byte) random.nextInt();
            int cut = random.nextInt(4) == 0 ? random.nextInt(value.length) : value.length;
            try {
                GroupRecordCodec.decode(ByteBuffer.wrap(key), ByteBuffer.wrap(value, 0, cut), WRITTEN);
            } catch (GroupRecordException e) {
                assertThat(e).hasMessageContaining("damaged"); // nothing else is thrown
            }
        }
    }
}
