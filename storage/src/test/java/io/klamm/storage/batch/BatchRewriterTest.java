/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the rewriter writes, read with the clients' codec. */
class BatchRewriterTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer batch(CompressionType type) {
        return MemoryRecords.withIdempotentRecords(
                        (byte) 2,
                        100L,
                        org.apache.kafka.common.compress.Compression.of(type).build(),
                        7L,
                        (short) 3,
                        40,
                        9,
                        new SimpleRecord(5000, bytes("a"), bytes("1")),
                        new SimpleRecord(4000, bytes("b"), null),
                        new SimpleRecord(
                                9000, bytes("c"), bytes("3"), new Header[] {new RecordHeader("h", bytes("x"))}),
                        new SimpleRecord(6000, null, bytes("4")))
                .buffer();
    }

    private static MutableRecordBatch rewrite(ByteBuffer batch, long horizonMs, Integer... kept) throws Exception {
        RecordScanner scanner = new RecordScanner(1 << 20);
        BatchRewriter rewriter = new BatchRewriter(CompressionLevels.DEFAULT);
        // Twice with the same objects: nothing of the first run may be left in the second.
        ByteBuffer result = ByteBuffer.allocate(0);
        for (int run = 0; run < 2; run++) {
            scanner.open(batch, 0);
            rewriter.start(batch, 0, horizonMs);
            while (scanner.next()) {
                if (List.of(kept).contains(scanner.index())) {
                    rewriter.add(scanner);
                }
            }
            result = rewriter.finish();
        }
        RecordBatch header = new RecordBatch().wrap(result, 0);
        assertThat(BatchStructure.problem(header, result.remaining())).isNull();
        assertThat(header.sizeInBytes()).isEqualTo(result.remaining());
        MutableRecordBatch read =
                MemoryRecords.readableRecords(result).batches().iterator().next();
        read.ensureValid();
        return read;
    }

    private static List<String> describe(MutableRecordBatch batch) {
        List<String> records = new ArrayList<>();
        for (Record record : batch) {
            records.add(record.offset() + "@" + record.timestamp() + " " + text(record.key()) + "="
                    + text(record.value()) + " " + record.headers().length);
        }
        return records;
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null ? "null" : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void keepsOffsetsTimesAndProducer(CompressionType type) throws Exception {
        MutableRecordBatch batch = rewrite(batch(type), -1, 1, 2);
        assertThat(describe(batch)).containsExactly("101@4000 b=null 0", "102@9000 c=3 1");
        assertThat(batch.baseOffset()).isEqualTo(100);
        assertThat(batch.lastOffset()).isEqualTo(103);
        assertThat(batch.baseSequence()).isEqualTo(40);
        assertThat(batch.lastSequence()).isEqualTo(43);
        assertThat(batch.producerId()).isEqualTo(7);
        assertThat(batch.producerEpoch()).isEqualTo((short) 3);
        assertThat(batch.partitionLeaderEpoch()).isEqualTo(9);
        assertThat(batch.maxTimestamp()).isEqualTo(9000);
        assertThat(batch.compressionType()).isEqualTo(type);
        assertThat(batch.deleteHorizonMs()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void stampsADeleteHorizonAndKeepsTheTimes(CompressionType type) throws Exception {
        MutableRecordBatch batch = rewrite(batch(type), 77_000_000_000L, 0, 1, 3);
        assertThat(batch.deleteHorizonMs()).hasValue(77_000_000_000L);
        assertThat(describe(batch)).containsExactly("100@5000 a=1 0", "101@4000 b=null 0", "103@6000 null=4 0");
        assertThat(batch.maxTimestamp()).isEqualTo(6000);
        // And once more, with the horizon it has.
        ByteBuffer first = ByteBuffer.allocate(batch.sizeInBytes());
        batch.writeTo(first);
        MutableRecordBatch again = rewrite(first.flip(), -1, 1);
        assertThat(again.deleteHorizonMs()).hasValue(77_000_000_000L);
        assertThat(describe(again)).containsExactly("101@4000 b=null 0");
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void anEmptyBatchKeepsItsRange(CompressionType type) throws Exception {
        MutableRecordBatch batch = rewrite(batch(type), -1);
        assertThat(describe(batch)).isEmpty();
        assertThat(batch.sizeInBytes()).isEqualTo(RecordBatch.HEADER_BYTES);
        assertThat(batch.lastOffset()).isEqualTo(103);
        assertThat(batch.lastSequence()).isEqualTo(43);
        assertThat(batch.maxTimestamp()).isEqualTo(-1);
    }

    @Test
    void brokenRecordsAreRefused() {
        Random random = new Random(5);
        for (CompressionType type : CompressionType.values()) {
            ByteBuffer sound = batch(type);
            for (int i = 0; i < 3000; i++) {
                ByteBuffer broken = ByteBuffer.allocate(sound.remaining());
                broken.put(sound.duplicate()).flip();
                int at = RecordBatch.HEADER_BYTES + random.nextInt(broken.remaining() - RecordBatch.HEADER_BYTES);
                broken.put(at, (byte) random.nextInt(256));
                try {
                    rewrite(broken, 1_000, 0, 2);
                } catch (Exception e) {
                    assertThat(e).isInstanceOf(CorruptRecordsException.class);
                }
            }
        }
    }

    @Test
    void aLimitHoldsBombsBack() {
        ByteBuffer bomb = MemoryRecords.withRecords(
                        org.apache.kafka.common.compress.Compression.gzip().build(),
                        new SimpleRecord(bytes("k"), new byte[5_000_000]))
                .buffer();
        assertThatThrownBy(() -> new RecordScanner(1 << 20).open(bomb, 0))
                .isInstanceOf(CorruptRecordsException.class)
                .hasMessageContaining("more than");
    }
}
