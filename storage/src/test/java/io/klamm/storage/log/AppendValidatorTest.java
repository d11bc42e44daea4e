/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class AppendValidatorTest {
    private static final long NOW = 1_000_000_000;
    private static final LogConfig.Validation RULES = new LogConfig.Validation(1000, false, 10_000, 5_000, "producer");

    private static void validate(ByteBuffer batches) throws RejectedBatchException {
        AppendValidator.validate(batches, RULES, 2000, NOW);
    }

    private static void assertRejected(ByteBuffer batches, Errors error) {
        assertThatThrownBy(() -> validate(batches))
                .isInstanceOfSatisfying(
                        RejectedBatchException.class,
                        e -> assertThat(e.error()).as(e.getMessage()).isEqualTo(error));
    }

    private static ByteBuffer good(String... values) {
        return Batches.of(Compression.NONE, NOW, values);
    }

    /** A good batch with a change after which the CRC is made right again. */
    private static ByteBuffer changed(Consumer<ByteBuffer> change) {
        ByteBuffer batch = good("a", "b");
        change.accept(batch);
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(21, batch.limit() - 21));
        return batch.putInt(17, (int) crc.getValue());
    }

    @Test
    void acceptsWhatClientsSend() {
        assertThatCode(() -> validate(good("a"))).doesNotThrowAnyException();
        assertThatCode(() -> validate(Batches.join(good("a"), good("b", "c")))).doesNotThrowAnyException();
        assertThatCode(() -> validate(changed(batch -> {}))).doesNotThrowAnyException();
        for (Compression codec : RecordCodecs.all()) {
            assertThatCode(() -> validate(Batches.of(codec, NOW, "a", "b"))).doesNotThrowAnyException();
        }
    }

    @Test
    void rejectsWhatIsNotABatch() {
        assertRejected(ByteBuffer.allocate(0), Errors.INVALID_RECORD);
        assertRejected(ByteBuffer.allocate(60), Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT); // magic 0
        assertRejected(ByteBuffer.allocate(5), Errors.CORRUPT_MESSAGE);
        ByteBuffer whole = good("abcdefgh");
        for (int length = 1; length < whole.limit(); length++) {
            assertRejected(whole.duplicate().limit(length), Errors.CORRUPT_MESSAGE);
        }
        assertRejected(Batches.join(whole, ByteBuffer.allocate(3)), Errors.CORRUPT_MESSAGE);
        assertRejected(good("a").putInt(8, 48), Errors.CORRUPT_MESSAGE);
        assertRejected(good("a").putInt(8, -1), Errors.CORRUPT_MESSAGE);
        assertRejected(good("a").putInt(8, Integer.MAX_VALUE), Errors.CORRUPT_MESSAGE);
        assertRejected(good("a").put(16, (byte) 3), Errors.CORRUPT_MESSAGE);
    }

    @Test
    void everyFlippedBitBehindTheCrcIsSeen() {
        ByteBuffer batch = good("abc", "def");
        for (int at = 17; at < batch.limit(); at++) {
            ByteBuffer flipped = Batches.join(batch);
            flipped.put(at, (byte) (flipped.get(at) ^ 0x10));
            assertThatThrownBy(() -> validate(flipped)).as("byte " + at).isInstanceOf(RejectedBatchException.class);
        }
    }

    @Test
    void rejectsOldFormats() {
        for (byte magic = 0; magic < 2; magic++) {
            ByteBuffer old =
                    Batches.direct(MemoryRecords.withRecords(magic, Compression.NONE, Batches.records(NOW, "a")));
            assertRejected(old, Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT);
        }
    }

    @Test
    void rejectsHeadersThatContradictThemselves() {
        assertRejected(good("a").putLong(0, 5), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putInt(57, 3)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putInt(57, 0)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putInt(57, -1)), Errors.CORRUPT_MESSAGE);
        assertRejected(changed(batch -> batch.putInt(23, 7)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putInt(23, -1)), Errors.CORRUPT_MESSAGE);
        assertRejected(changed(batch -> batch.putShort(21, (short) 5)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putShort(21, (short) 0x20)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putShort(21, (short) 0x40)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putShort(21, (short) 0x10)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putLong(43, -2)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putLong(43, 7)), Errors.INVALID_RECORD);
        assertRejected(changed(batch -> batch.putLong(43, 7).putShort(51, (short) 0)), Errors.INVALID_RECORD);
    }

    @Test
    void anIdempotentBatchComesAlone() {
        ByteBuffer one = Batches.direct(
                MemoryRecords.withIdempotentRecords(Compression.NONE, 4, (short) 0, 0, Batches.records(NOW, "a")));
        assertThatCode(() -> validate(one)).doesNotThrowAnyException();
        assertRejected(Batches.join(one, good("b")), Errors.INVALID_RECORD);
        assertRejected(Batches.join(good("b"), one), Errors.INVALID_RECORD);
    }

    @Test
    void boundsSizes() {
        assertRejected(good("x".repeat(1000)), Errors.MESSAGE_TOO_LARGE);
        ByteBuffer[] many = new ByteBuffer[5];
        Arrays.fill(many, good("x".repeat(500)));
        assertRejected(Batches.join(many), Errors.RECORD_LIST_TOO_LARGE);
    }

    @Test
    void boundsTimestamps() throws Exception {
        validate(Batches.of(Compression.NONE, NOW + 5_000, "a"));
        assertRejected(Batches.of(Compression.NONE, NOW + 5_001, "a"), Errors.INVALID_TIMESTAMP);
        validate(Batches.of(Compression.NONE, NOW - 10_000, "a"));
        assertRejected(Batches.of(Compression.NONE, NOW - 10_001, "a"), Errors.INVALID_TIMESTAMP);
        validate(Batches.of(Compression.NONE, RecordBatch.NO_TIMESTAMP, "a"));
        ByteBuffer stamped = Batches.direct(MemoryRecords.withRecords(
                RecordBatch.CURRENT_MAGIC_VALUE,
                0,
                Compression.NONE,
                TimestampType.LOG_APPEND_TIME,
                Batches.records(NOW, "a")));
        assertRejected(stamped, Errors.INVALID_TIMESTAMP);
        LogConfig.Validation appendTime = new LogConfig.Validation(1000, true, 10_000, 5_000, "producer");
        AppendValidator.validate(Batches.of(Compression.NONE, 1, "a"), appendTime, 2000, NOW);
        LogConfig.Validation unlimited = LogConfig.DEFAULT.validation();
        AppendValidator.validate(Batches.of(Compression.NONE, 0, "a"), unlimited, 2000, NOW);
        assertThatThrownBy(() -> AppendValidator.validate(
                        Batches.of(Compression.NONE, Long.MAX_VALUE - 5, "a"), unlimited, 2000, NOW))
                .isInstanceOf(RejectedBatchException.class);
    }

    private static ByteBuffer timed(long... timestamps) {
        return Batches.direct(MemoryRecords.withRecords(
                Compression.NONE,
                Arrays.stream(timestamps)
                        .mapToObj(timestamp -> new SimpleRecord(timestamp, new byte[1]))
                        .toArray(SimpleRecord[]::new)));
    }

    private static ByteBuffer claiming(ByteBuffer batch, long maxTimestamp) {
        MemoryRecords.readableRecords(batch)
                .batches()
                .forEach(each -> each.setMaxTimestamp(TimestampType.CREATE_TIME, maxTimestamp));
        return batch;
    }

    private static long maxTimestamp(ByteBuffer batch) {
        MutableRecordBatch only =
                MemoryRecords.readableRecords(batch).batches().iterator().next();
        only.ensureValid();
        return only.maxTimestamp();
    }

    @Test
    void theTimesOfSingleRecordsAreBoundToo() throws Exception {
        assertRejected(claiming(timed(NOW, NOW + 5_001), NOW), Errors.INVALID_TIMESTAMP);
        assertRejected(timed(NOW, NOW - 10_001), Errors.INVALID_TIMESTAMP);
        validate(timed(NOW, RecordBatch.NO_TIMESTAMP, NOW - 10_000));
        LogConfig.Validation appendTime = new LogConfig.Validation(1000, true, 10_000, 5_000, "producer");
        AppendValidator.validate(timed(NOW, 1), appendTime, 2000, NOW);
    }

    @Test
    void aHeaderThatIsWrongAboutTheLatestTimeIsCorrected() throws Exception {
        for (long claim : new long[] {RecordBatch.NO_TIMESTAMP, NOW, NOW + 9, NOW + 4_000}) {
            ByteBuffer batch = claiming(timed(NOW, NOW + 10, NOW + 5), claim);
            validate(batch);
            assertThat(maxTimestamp(batch)).isEqualTo(NOW + 10);
        }
        ByteBuffer two = Batches.join(timed(NOW), claiming(timed(NOW + 3, NOW + 1), NOW));
        int second = timed(NOW).limit();
        validate(two);
        assertThat(maxTimestamp(two.slice(second, two.limit() - second))).isEqualTo(NOW + 3);
    }

    @Test
    void anyBytesGetADefinedAnswer() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer bytes = changed(batch -> {
                for (int k = 0; k < 4; k++) {
                    int at = random.nextInt(batch.limit());
                    batch.put(at, (byte) random.nextInt());
                }
                batch.putInt(8, random.nextInt(3) == 0 ? random.nextInt() : batch.limit() - 12);
            });
            assertThatCode(() -> {
                        try {
                            validate(bytes);
                        } catch (RejectedBatchException e) {
                            assertThat(e.error()).isNotEqualTo(Errors.NONE);
                        }
                    })
                    .as("seed " + seed)
                    .doesNotThrowAnyException();
        }
    }
}
