/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few kilobytes that become hundreds of megabytes behind a codec. */
@NullUnmarked // what is missing fails the test
class DecompressionBoundTest {
    private static final int ATTRIBUTES_AT = 21;
    private static final int HEADER_BYTES = 61;
    private static final int MANY_BYTES = 200 << 20;
    private static final long LITTLE_MEMORY = 8 << 20;

    @TempDir
    Path dir;

    private LogConfig compacted;

    @BeforeEach
    void configure() {
        compacted = withCodec("producer", true);
    }

    private static LogConfig withCodec(String codec, boolean compact) {
        LogConfig base = LogConfig.DEFAULT;
        LogConfig.Validation rules = base.validation();
        return new LogConfig(
                base.segmentBytes(),
                base.segmentMs(),
                0,
                base.indexIntervalBytes(),
                base.indexMaxBytes(),
                base.flush(),
                new LogConfig.Validation(
                        rules.maxMessageBytes(),
                        false,
                        rules.timestampBeforeMaxMs(),
                        rules.timestampAfterMaxMs(),
                        codec),
                new LogConfig.Retention(!compact, compact, -1, -1, 0),
                new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE));
    }

    /** One record with a key, and a value of zeros. */
    private static ByteBuffer zeros(CompressionType codec, int bytes) throws IOException {
        ByteBuffer small = MemoryRecords.withRecords(
                        Compression.NONE, new SimpleRecord(1000, new byte[] {1}, new byte[1]))
                .buffer();
        ByteBuffer fields = ByteBuffer.allocate(32);
        fields.put((byte) 0).put((byte) 0).put((byte) 0); // attributes, timestamp delta, offset delta
        fields.put((byte) 2).put((byte) 'k');
        varint(fields, bytes);
        ByteBuffer length = ByteBuffer.allocate(8);
        varint(length, fields.position() + bytes + 1);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (OutputStream out = compress(codec, body)) {
            out.write(length.array(), 0, length.position());
            out.write(fields.array(), 0, fields.position());
            byte[] chunk = new byte[1 << 16];
            for (int left = bytes; left > 0; left -= chunk.length) {
                out.write(chunk, 0, Math.min(left, chunk.length));
            }
            out.write(0); // headers
        }
        ByteBuffer packed = ByteBuffer.wrap(body.toByteArray());
        ByteBuffer batch = ByteBuffer.allocateDirect(HEADER_BYTES + packed.remaining());
        batch.put(small.slice(0, HEADER_BYTES)).put(packed).flip();
        batch.putInt(8, batch.limit() - 12);
        batch.putShort(ATTRIBUTES_AT, (short) codec.id);
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(ATTRIBUTES_AT, batch.limit() - ATTRIBUTES_AT));
        batch.putInt(17, (int) crc.getValue());
        return batch;
    }

    private static OutputStream compress(CompressionType codec, OutputStream into) throws IOException {
        return switch (codec) {
            case NONE -> into;
            case GZIP -> new GZIPOutputStream(into);
            case ZSTD -> new ZstdOutputStreamNoFinalizer(into);
            default -> throw new AssertionError(codec);
        };
    }

    private static void varint(ByteBuffer into, int value) {
        int rest = value << 1;
        while ((rest & ~0x7f) != 0) {
            into.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        into.put((byte) rest);
    }

    private static void refusedWithLittleMemory(SegmentedLog log, ByteBuffer batches) throws Exception {
        new FuzzLimits().measure(LITTLE_MEMORY, () -> {
            RejectedBatchException refused =
                    catchThrowableOfType(RejectedBatchException.class, () -> log.append(batches, 0));
            assertThat(refused).isNotNull();
            assertThat(refused.error()).isEqualTo(Errors.MESSAGE_TOO_LARGE);
        });
    }

    @Test
    void theKeyCheckHoldsNoBody() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.config = compacted;
            SegmentedLog log = fixture.log();
            for (CompressionType codec : new CompressionType[] {CompressionType.ZSTD, CompressionType.GZIP}) {
                refusedWithLittleMemory(log, zeros(codec, MANY_BYTES));
            }
            assertThat(log.logEndOffset()).isZero();
            ByteBuffer within = zeros(CompressionType.ZSTD, 20 << 20);
            new FuzzLimits().measure(LITTLE_MEMORY, () -> log.append(within, 0));
            assertThat(log.logEndOffset()).isEqualTo(1);
        }
    }

    @Test
    void theBatchesOfAnAppendShareTheBound() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.config = compacted;
            SegmentedLog log = fixture.log();
            ByteBuffer one = zeros(CompressionType.ZSTD, 20 << 20);
            refusedWithLittleMemory(log, Batches.join(one, one));
            log.configure(withCodec("gzip", false));
            refusedWithLittleMemory(log, Batches.join(one, one));
            assertThat(log.logEndOffset()).isZero();
        }
    }

    @Test
    void anotherCodecMakesNoBatchThatIsTooLarge() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.config = withCodec("uncompressed", false);
            SegmentedLog log = fixture.log();
            refusedWithLittleMemory(log, zeros(CompressionType.ZSTD, 20 << 20));
            refusedWithLittleMemory(log, zeros(CompressionType.ZSTD, MANY_BYTES));
            log.append(zeros(CompressionType.ZSTD, 1 << 19), 0);
            assertThat(log.sizeInBytes()).isGreaterThan(1 << 19);
        }
    }

    @Test
    void aLogThatHasSuchABatchAlreadyIsSetAside() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.config = withCodec("producer", false);
            SegmentedLog log = fixture.log();
            log.append(zeros(CompressionType.ZSTD, MANY_BYTES), 0);
            log.configure(compacted);
            fixture.clock.advance(compacted.segmentMs() + 1);
            fixture.store.maintain(); // rolls
            log.append(zeros(CompressionType.NONE, 1), 0);
            log.checkpoint();
            log.updateHighWatermark(log.logEndOffset());
            CleanerConfig config = new CleanerConfig(1, 1 << 16, 0.9, 8192, Double.MAX_VALUE, 1);
            try (LogCleaner cleaner =
                    new LogCleaner(config, fixture.store::compactedLogs, fixture.clock, System::nanoTime)) {
                // An array that grows by doubling: all that it has been comes to less than three times the bound.
                long most = 3 * compacted.validation().maxDecompressedBytes() + LITTLE_MEMORY;
                new FuzzLimits()
                        .measure(most, () -> assertThat(cleaner.cleanOne()).isFalse());
                assertThat(cleaner.setAsideLogs()).isEqualTo(1);
            }
        }
    }

    @Test
    void aSearchByTimeHoldsNoRecord() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            fixture.config = withCodec("producer", false);
            SegmentedLog log = fixture.log();
            log.append(zeros(CompressionType.ZSTD, MANY_BYTES), 0);
            new FuzzLimits().measure(LITTLE_MEMORY, () -> {
                TimestampOffset found = log.findByTimestamp(1000, Long.MAX_VALUE);
                assertThat(found).isNotNull();
                assertThat(found.offset()).isZero();
            });
        }
    }
}
