/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.MemberAssignment.State;
import io.klamm.broker.group.assign.PartitionSet;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The bytes were compared with those of Apache Kafka 4.3.1 for the same content. */
class ConsumerRecordCodecTest {
    private static final long WRITTEN = 77;
    private static final PartitionSet PARTITIONS = PartitionSet.of(new Uuid(5, 6), 0, 200);
    private static final MemberMetadata MEMBER = new MemberMetadata(
            new MemberMetadata.Client("i", "r", "c", "/h"),
            1234,
            new TreeSet<>(List.of("x", "y")),
            "a.*",
            "range",
            new MemberMetadata.ClassicClient(999, List.of(new ClassicMember.Protocol("p", new byte[] {1, 2}))));
    private static final List<GroupRecord> RECORDS = List.of(
            new GroupRecord.ConsumerEpoch("g", new GroupEpoch(7, 88, WRITTEN)),
            new GroupRecord.ConsumerMemberStored("g", "m", MEMBER),
            new GroupRecord.TargetEpoch("g", 9),
            new GroupRecord.TargetAssigned("g", "m", PARTITIONS),
            new GroupRecord.AssignmentChanged(
                    "g", "m", new MemberAssignment(4, 3, State.UNREVOKED_PARTITIONS, PARTITIONS, PartitionSet.EMPTY)),
            new GroupRecord.PatternResolved("g", "a.*", new ResolvedPattern(new TreeSet<>(List.of("ab")), 3, 4)));
    private static final List<String> KEYS = List.of(
            "0003000167",
            "000500016700016d",
            "0006000167",
            "000700016700016d",
            "000800016700016d",
            "00100001670003612e2a");
    private static final List<String> VALUES = List.of(
            "0000000000070100080000000000000058",
            "0000026902720263032f68030278027904612e2a000004d20672616e676501000d01000003e70202700301020000",
            "00000000000900",
            "000002000000000000000500000000000000060300000000000000c80000",
            "000000000004000000030102000000000000000500000000000000060300000000000000c8000100",
            "0000020361620000000000000003000000000000000400");

    private static @Nullable GroupRecord decode(byte[] key, byte @Nullable [] value) {
        return GroupRecordCodec.decode(ByteBuffer.wrap(key), value == null ? null : ByteBuffer.wrap(value), WRITTEN);
    }

    @Test
    void recordsAreWrittenAsKafkaWritesThem() {
        HexFormat hex = HexFormat.of();
        assertThat(RECORDS)
                .extracting(record -> hex.formatHex(GroupRecordCodec.key(record)))
                .isEqualTo(KEYS);
        assertThat(RECORDS)
                .extracting(record -> hex.formatHex(GroupRecordCodec.value(record)))
                .isEqualTo(VALUES);
    }

    @Test
    void recordsComeBack() {
        for (GroupRecord record : RECORDS) {
            assertThat(decode(GroupRecordCodec.key(record), GroupRecordCodec.value(record)))
                    .usingRecursiveComparison()
                    .isEqualTo(record);
            GroupRecord tombstone = Objects.requireNonNull(decode(GroupRecordCodec.key(record), null));
            assertThat(tombstone).isInstanceOf(record.getClass());
            assertThat(tombstone.isTombstone()).isTrue();
        }
    }

    @Test
    void damagedRecordsAreToldAsSuch() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            GroupRecord record = RECORDS.get(random.nextInt(RECORDS.size()));
            byte[] key = GroupRecordCodec.key(record);
            byte[] value = Objects.requireNonNull(GroupRecordCodec.value(record));
            byte[] hit = random.nextInt(10) == 0 ? key : value;
            hit[random.nextInt(hit.length)] = (byte) random.nextInt();
            try {
                decode(key, value);
            } catch (GroupRecordException e) {
                assertThat(e).hasMessageContaining("damaged"); // nothing else is thrown
            }
        }
    }
}
