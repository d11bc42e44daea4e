/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.fact.TopicCreated;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;

class FactRecordsTest {
    private static final List<FactBatch> BATCHES = List.of(
            new FactBatch(
                    3,
                    40,
                    1_700_000_000_123L,
                    "User:alice",
                    "create topic orders",
                    List.of(new TopicCreated(Uuid.randomUuid(), "orders"), new BrokerUnfenced(1, 17))),
            new FactBatch(
                    5,
                    42,
                    1_700_000_000_456L,
                    "controller",
                    "broker 2 refused the connection",
                    List.of(new BrokerFenced(2, 18), new ProducerIdsAllocated(1, 17, 2000))));

    @Test
    void comeBackAsTheyWere() {
        assertThat(FactRecords.fromRecords(FactRecords.toRecords(BATCHES))).isEqualTo(BATCHES);
        assertThat(FactRecords.fromRecords(FactRecords.toRecords(BATCHES.subList(0, 1))))
                .isEqualTo(BATCHES.subList(0, 1));
    }

    @Test
    void oneRecordBatchForEachFactBatch() {
        MemoryRecords records = FactRecords.toRecords(BATCHES);
        List<Long> bases = new java.util.ArrayList<>();
        List<Integer> terms = new java.util.ArrayList<>();
        for (MutableRecordBatch batch : records.batches()) {
            bases.add(batch.baseOffset());
            terms.add(batch.partitionLeaderEpoch());
        }
        assertThat(bases).containsExactly(40L, 42L);
        assertThat(terms).containsExactly(3, 5);
    }

    @Test
    void everyDamagedByteIsFound() {
        ByteBuffer good = FactRecords.toRecords(BATCHES.subList(0, 1)).buffer();
        // The CRC covers everything behind itself; base offset, length and epoch before it are checked by who applies.
        for (int index = 17; index < good.limit(); index++) {
            ByteBuffer bad = ByteBuffer.allocate(good.limit());
            bad.put(good.duplicate()).flip();
            bad.put(index, (byte) (bad.get(index) ^ 0x40));
            assertThatThrownBy(() -> FactRecords.fromRecords(MemoryRecords.readableRecords(bad)))
                    .as("byte %d", index)
                    .isInstanceOf(CorruptRecordException.class);
        }
    }

    @Test
    void aBatchThatIsCutOffIsLeftOut() {
        ByteBuffer all = FactRecords.toRecords(BATCHES).buffer();
        ByteBuffer cut = all.duplicate().limit(all.limit() - 1);
        assertThat(FactRecords.fromRecords(MemoryRecords.readableRecords(cut))).isEqualTo(BATCHES.subList(0, 1));
    }
}
