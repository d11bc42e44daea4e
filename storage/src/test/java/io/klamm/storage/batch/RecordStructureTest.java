/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordStructureTest {
    private static final int RECORD_COUNT = 57;

    private static ByteBuffer batch(CompressionType type) {
        return MemoryRecords.withRecords(
                        0,
                        org.apache.kafka.common.compress.Compression.of(type).build(),
                        new SimpleRecord(5, null, bytes("a value of some length that takes a while to read")),
                        new SimpleRecord(Long.MAX_VALUE / 4, bytes("k"), null),
                        new SimpleRecord(7, bytes("key"), bytes("value"), new Header[] {
                            new RecordHeader("name", bytes("x")), new RecordHeader("", (byte[]) null)
                        }))
                .buffer();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String problem(ByteBuffer batch) {
        return new RecordStructure().problem(new RecordBatch().wrap(batch, 0), batch, 0);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void whatClientsWriteIsSound(CompressionType type) {
        assertThat(problem(batch(type))).isNull();
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void whatIsNotOfTheCodecIsFound(CompressionType type) {
        ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + 9);
        batch.put(batch(CompressionType.NONE).slice(0, RecordBatch.HEADER_BYTES))
                .put(bytes("not it!!!"));
        batch.putInt(8, batch.limit() - 12).putShort(21, (short) type.id);
        if (type == CompressionType.SNAPPY) {
            batch.putInt(RecordBatch.HEADER_BYTES, -1); // a size that no nine bytes can have
        }
        assertThat(problem(batch)).isEqualTo("the records are not " + type.name);
        assertThat(problem(batch(type).limit(RecordBatch.HEADER_BYTES).slice().putInt(8, 49)))
                .as("nothing behind the header")
                .isNotNull();
    }

    @Test
    void tellsTheTimesOfRecordsThatAreNotCompressed() {
        RecordStructure records = new RecordStructure();
        ByteBuffer batch = batch(CompressionType.NONE);
        assertThat(records.problem(new RecordBatch().wrap(batch, 0), batch, 0)).isNull();
        assertThat(records.earliestTimestamp()).isEqualTo(5);
        assertThat(records.latestTimestamp()).isEqualTo(Long.MAX_VALUE / 4);
        batch = batch(CompressionType.GZIP);
        assertThat(records.problem(new RecordBatch().wrap(batch, 0), batch, 0)).isNull();
        assertThat(records.latestTimestamp()).isEqualTo(RecordBatch.NO_TIMESTAMP);
        batch = MemoryRecords.withRecords(
                        org.apache.kafka.common.compress.Compression.NONE,
                        new SimpleRecord(RecordBatch.NO_TIMESTAMP, bytes("a")),
                        new SimpleRecord(8, bytes("b")))
                .buffer();
        assertThat(records.problem(new RecordBatch().wrap(batch, 0), batch, 0)).isNull();
        assertThat(records.earliestTimestamp()).isEqualTo(8);
        batch.putLong(27, Long.MAX_VALUE); // base timestamp
        assertThat(records.problem(new RecordBatch().wrap(batch, 0), batch, 0)).isEqualTo("record 1 of 2 is broken");
    }

    @Test
    void countsThatLieAreFound() {
        ByteBuffer batch = batch(CompressionType.NONE);
        assertThat(problem(batch.putInt(RECORD_COUNT, 2))).contains("bytes behind the last of 2 records");
        assertThat(problem(batch.putInt(RECORD_COUNT, 4))).isEqualTo("record 3 of 4 is broken");
        assertThat(problem(batch.putInt(RECORD_COUNT, Integer.MAX_VALUE))).contains("is broken");
    }

    @Test
    void agreesWithTheDecoderOnMutatedRecords() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        ByteBuffer good = batch(CompressionType.NONE);
        int sound = 0;
        for (int i = 0; i < 50_000; i++) {
            ByteBuffer mutated = ByteBuffer.allocateDirect(good.limit())
                    .put(good.duplicate())
                    .flip();
            for (int k = 0; k <= random.nextInt(3); k++) {
                int at = RecordBatch.HEADER_BYTES + random.nextInt(good.limit() - RecordBatch.HEADER_BYTES);
                mutated.put(at, (byte) random.nextInt());
            }
            String problem = problem(mutated);
            boolean decodes = decodes(mutated);
            sound += decodes ? 1 : 0;
            assertThat(problem == null)
                    .as("seed %s case %s: %s", seed, i, problem)
                    .isEqualTo(decodes);
        }
        assertThat(sound).as("mutations that left the records readable").isGreaterThan(1_000);
    }

    private static boolean decodes(ByteBuffer batch) {
        RecordScanner records = new RecordScanner(1 << 20);
        try {
            records.open(batch, 0);
            for (int i = 0; records.next(); i++) {
                // The decoder lets a sum overflow.
                if (records.offset() != i || records.timestampMs() < Long.MIN_VALUE + 5) {
                    return false;
                }
            }
            return true;
        } catch (CorruptRecordsException e) {
            return false;
        }
    }
}
