/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.producer.LastBatch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** The rules of {@link RetentionRules}, by their numbers. */
class RetentionRulesTest {
    private static final long NOW = 10_000;
    /** No rule about epochs bears on such a batch. */
    private static final int NO_EPOCH = -1;

    private static RetentionRules rules(
            long endOffset, long sealedEnd, List<AbortedTransaction> aborted, Map<Long, LastBatch> last) {
        return new RetentionRules(
                new RetentionRules.Terms(endOffset, sealedEnd, NOW, 500), new Transactions(aborted), last);
    }

    private static RetentionRules rules() {
        return rules(100, 200, List.of(), Map.of());
    }

    private static RecordBatch data(long baseOffset, long producerId, boolean transactional) {
        SimpleRecord[] records = {new SimpleRecord(1, new byte[1], new byte[1]), new SimpleRecord(2, new byte[1], null)
        };
        MemoryRecords batch = producerId < 0
                ? MemoryRecords.withRecords(baseOffset, Compression.NONE, records)
                : transactional
                        ? MemoryRecords.withTransactionalRecords(
                                baseOffset, Compression.NONE, producerId, (short) 0, 0, NO_EPOCH, records)
                        : MemoryRecords.withIdempotentRecords(
                                (byte) 2, baseOffset, Compression.NONE, producerId, (short) 0, 0, NO_EPOCH, records);
        return new RecordBatch().wrap(batch.buffer(), 0);
    }

    private static RecordBatch marker(long offset, long producerId, long horizonMs) {
        ByteBuffer bytes = MemoryRecords.withEndTransactionMarker(
                        offset, 1, -1, producerId, (short) 0, new EndTransactionMarker(ControlRecordType.ABORT, 0))
                .buffer();
        if (horizonMs >= 0) {
            bytes.putShort(21, (short) (bytes.getShort(21) | 0x40)).putLong(27, horizonMs);
        }
        return new RecordBatch().wrap(bytes, 0);
    }

    @Test
    void rule1AboveTheEndEverythingStays() {
        assertThat(rules().enter(data(100, -1, false), false)).isFalse();
        RetentionRules rules = rules();
        assertThat(rules.enter(data(99, -1, false), false)).isTrue();
        assertThat(rules.keeps(99, false, true, -1)).isFalse();
        assertThat(rules.keeps(100, false, true, -1)).isTrue();
    }

    @Test
    void rule2TheLastRecordOfAKeyStays() {
        RetentionRules rules = rules();
        rules.enter(data(10, -1, false), false);
        assertThat(rules.keeps(10, true, true, 11)).isFalse();
        assertThat(rules.keeps(11, true, true, 11)).isTrue();
        assertThat(rules.keeps(11, true, true, OffsetMap.NONE)).isTrue();
        assertThat(rules.keeps(11, false, true, OffsetMap.NONE)).isFalse();
        assertThat(rules.newDeleteHorizonMs()).isEqualTo(-1);
        assertThat(rules.keepsHeader()).isFalse();
    }

    @Test
    void rule3TombstonesGetAHorizonAndGoBehindIt() {
        RetentionRules rules = rules();
        rules.enter(data(10, -1, false), false);
        assertThat(rules.keeps(11, true, false, 11)).isTrue();
        assertThat(rules.newDeleteHorizonMs()).isEqualTo(NOW + 500);
        for (long horizonMs : new long[] {NOW - 1, NOW, NOW + 1}) {
            ByteBuffer stamped = MemoryRecords.withRecords(10, Compression.NONE, new SimpleRecord(1, new byte[1], null))
                    .buffer();
            stamped.putShort(21, (short) 0x40).putLong(27, horizonMs);
            rules.enter(new RecordBatch().wrap(stamped, 0), false);
            assertThat(rules.keeps(10, true, false, 10)).isEqualTo(horizonMs > NOW);
            assertThat(rules.keeps(10, true, true, 10)).as("a value beside it").isTrue();
            assertThat(rules.newDeleteHorizonMs()).as("only once").isEqualTo(-1);
        }
    }

    @Test
    void rule4AbortedRecordsGo() {
        RetentionRules rules = rules(100, 200, List.of(new AbortedTransaction(7, 10, 14, 15)), Map.of());
        for (long offset : new long[] {8, 10, 12, 16}) {
            rules.enter(data(offset, 7, true), false);
            assertThat(rules.dropsAll()).as("at " + offset).isEqualTo(offset == 10 || offset == 12);
            rules.enter(data(offset, 8, true), false);
            assertThat(rules.dropsAll()).as("of another at " + offset).isFalse();
        }
    }

    @Test
    void rule5AMarkerStaysAsLongAsItsTransaction() {
        RetentionRules rules = rules();
        rules.enter(data(10, 7, true), false);
        rules.enter(marker(12, 7, NOW - 1), true);
        assertThat(rules.keepsAll()).isTrue();
        assertThat(rules.newDeleteHorizonMs()).isEqualTo(-1);
        rules.enter(marker(13, 7, -1), true);
        assertThat(rules.keepsAll()).isTrue();
        assertThat(rules.newDeleteHorizonMs()).as("nothing is left of it").isEqualTo(NOW + 500);
        rules.enter(marker(14, 7, NOW + 1), true);
        assertThat(rules.keepsAll()).isTrue();
        rules.enter(marker(15, 7, NOW), true);
        assertThat(rules.dropsAll()).isTrue();
        rules.enter(marker(16, 7, NOW), false);
        assertThat(rules.keepsAll()).as("a control batch of another kind").isTrue();
    }

    @Test
    void rule6TheLastBatchOfAProducerStays() {
        RetentionRules rules = rules(
                100,
                200,
                List.of(),
                Map.of(7L, new LastBatch((short) 0, 13), 8L, new LastBatch((short) 0, LastBatch.NONE)));
        rules.enter(data(10, 7, false), false);
        assertThat(rules.keepsHeader()).isFalse();
        rules.enter(data(12, 7, false), false);
        assertThat(rules.keepsHeader()).isTrue();
        rules.enter(marker(20, 7, NOW), true);
        assertThat(rules.dropsAll()).isTrue();
        rules.enter(marker(21, 8, NOW), true);
        assertThat(rules.dropsAll()).as("all that is known of the producer").isFalse();
    }

    @Test
    void rule7TheLastSealedBatchStays() {
        RetentionRules rules = rules(100, 12, List.of(), Map.of());
        rules.enter(data(8, -1, false), false);
        assertThat(rules.keepsHeader()).isFalse();
        rules.enter(data(10, -1, false), false);
        assertThat(rules.keepsHeader()).isTrue();
    }

    @Test
    void rule8TheFirstBatchOfAnEpochStays() {
        RetentionRules rules = rules();
        int[] epochs = {3, 3, 5, 5, 6};
        boolean[] first = {true, false, true, false, true};
        for (int i = 0; i < epochs.length; i++) {
            RecordBatch batch = data(10 + 2 * i, -1, false);
            batch.stamp(10 + 2 * i, epochs[i]);
            rules.enter(batch, false);
            assertThat(rules.keeps(10 + 2 * i, true, true, 90)).isFalse();
            assertThat(rules.keepsHeader()).as("batch %s", i).isEqualTo(first[i]);
        }
    }
}
