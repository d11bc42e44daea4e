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
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

class RecordIteratorTest {
    private static ByteBuffer batch(CompressionType type, SimpleRecord... records) {
        return MemoryRecords.withRecords(
                        100,
                        org.apache.kafka.common.compress.Compression.of(type).build(),
                        records)
                .buffer();
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? null
                : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    private static List<RecordIterator.Entry> read(ByteBuffer batch, long maxBytes) throws CorruptRecordsException {
        List<RecordIterator.Entry> entries = new ArrayList<>();
        RecordIterator records = new RecordIterator(batch, 0, maxBytes);
        for (RecordIterator.Entry entry = records.next(); entry != null; entry = records.next()) {
            entries.add(entry);
        }
        return entries;
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void readsWhatClientsWrite(CompressionType type) throws Exception {
        String large = "0123456789".repeat(30_000);
        List<RecordIterator.Entry> entries = read(
                batch(
                        type,
                        new SimpleRecord(50, bytes("k"), bytes("v"), new Header[] {
                            new RecordHeader("h", bytes("x")), new RecordHeader("n", (byte[]) null)
                        }),
                        new SimpleRecord(40, null, bytes("")),
                        new SimpleRecord(60, bytes(large), null)),
                1 << 20);
        assertThat(entries).hasSize(3);
        assertThat(entries).extracting(RecordIterator.Entry::offset).containsExactly(100L, 101L, 102L);
        assertThat(entries).extracting(RecordIterator.Entry::timestampMs).containsExactly(50L, 40L, 60L);
        assertThat(entries).extracting(entry -> text(entry.key())).containsExactly("k", null, large);
        assertThat(entries).extracting(entry -> text(entry.value())).containsExactly("v", "", null);
        assertThat(entries.get(0).headers())
                .extracting(RecordIterator.Header::key)
                .containsExactly("h", "n");
        assertThat(entries.get(0).headers())
                .extracting(header -> text(header.value()))
                .containsExactly("x", null);
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void stopsAtTheBoundOfWhatComesOut(CompressionType type) {
        ByteBuffer bomb = batch(type, new SimpleRecord(1, new byte[1 << 22]));
        assertThatThrownBy(() -> read(bomb, 1 << 20))
                .isInstanceOf(CorruptRecordsException.class)
                .hasMessageContaining("more than");
    }

    @Test
    void readsBareSnappyAsLibrdkafkaWritesIt() throws Exception {
        ByteBuffer plain = batch(CompressionType.NONE, new SimpleRecord(1, bytes("key"), bytes("value".repeat(50))));
        byte[] body = new byte[plain.limit() - RecordBatch.HEADER_BYTES];
        plain.get(RecordBatch.HEADER_BYTES, body);
        List<RecordIterator.Entry> entries = read(withSnappyBody(plain, Snappy.compress(body)), 1 << 20);
        assertThat(entries).extracting(entry -> text(entry.value())).containsExactly("value".repeat(50));
    }

    @Test
    void aSnappyBlockThatLiesAboutItsSizeAllocatesNothing() {
        ByteBuffer plain = batch(CompressionType.NONE, new SimpleRecord(1, bytes("key"), bytes("value")));
        byte[] claimsTwoGibibytes = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 0, 'x'};
        assertThatThrownBy(() -> read(withSnappyBody(plain, claimsTwoGibibytes), Integer.MAX_VALUE))
                .isInstanceOf(CorruptRecordsException.class)
                .hasMessageContaining("claims to hold 2147483647");
        ByteBuffer framed =
                ByteBuffer.allocate(27).put(bytes("\u0000SNAPPY\u0000")).put(0, (byte) 0x82);
        framed.putInt(1).putInt(1).putInt(7).put(claimsTwoGibibytes);
        assertThatThrownBy(() -> read(withSnappyBody(plain, framed.array()), Integer.MAX_VALUE))
                .isInstanceOf(CorruptRecordsException.class)
                .hasMessageContaining("claims to hold 2147483647");
        framed.putInt(16, 8);
        assertThatThrownBy(() -> read(withSnappyBody(plain, framed.array()), Integer.MAX_VALUE))
                .isInstanceOf(CorruptRecordsException.class)
                .hasMessageContaining("8 bytes where 7 are left");
    }

    private static ByteBuffer withSnappyBody(ByteBuffer plain, byte[] body) {
        ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + body.length);
        batch.put(plain.slice(0, RecordBatch.HEADER_BYTES)).put(body).flip();
        batch.putInt(8, batch.limit() - 12); // length of what follows it
        return batch.putShort(21, (short) Compression.SNAPPY.id()); // attributes
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void brokenRecordsGetADefinedAnswer(CompressionType type) {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        ByteBuffer good = batch(
                type,
                new SimpleRecord(
                        1, bytes("key"), bytes("value".repeat(50)), new Header[] {new RecordHeader("h", bytes("x"))}),
                new SimpleRecord(2, bytes("key2"), bytes("value2")));
        for (int i = 0; i < 3000; i++) {
            ByteBuffer broken =
                    ByteBuffer.allocate(good.limit()).put(good.duplicate()).flip();
            for (int k = 0; k <= random.nextInt(3); k++) {
                int at = RecordBatch.HEADER_BYTES + random.nextInt(good.limit() - RecordBatch.HEADER_BYTES);
                broken.put(at, (byte) random.nextInt());
            }
            try {
                assertThat(read(broken, 1 << 20)).hasSizeLessThanOrEqualTo(2);
            } catch (CorruptRecordsException e) {
                assertThat(e.getMessage()).isNotEmpty();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }
}
