/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Appends in two parts: what a codec has to do for them, and the rest. */
class PreparedBatchesTest {
    @TempDir
    Path dir;

    private static ByteBuffer batch(Compression codec, @Nullable String key) {
        byte[] bytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        return Batches.direct(MemoryRecords.withRecords(codec, new SimpleRecord(1000, bytes, new byte[300])));
    }

    private static LogConfig withCodec(LogConfig config, String compressionType) {
        LogConfig.Validation rules = config.validation();
        return new LogConfig(
                config.segmentBytes(),
                config.segmentMs(),
                config.segmentJitterMs(),
                config.indexIntervalBytes(),
                config.indexMaxBytes(),
                config.flush(),
                new LogConfig.Validation(
                        rules.maxMessageBytes(),
                        rules.logAppendTime(),
                        rules.timestampBeforeMaxMs(),
                        rules.timestampAfterMaxMs(),
                        compressionType),
                config.retention());
    }

    @Test
    void onlyWhatACodecHasToSeeNeedsPreparing() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            LogConfig plain = fixture.config;
            ByteBuffer none = batch(Compression.NONE, "a");
            ByteBuffer gzip = batch(Compression.gzip().build(), "a");
            ByteBuffer both = Batches.join(none.duplicate(), gzip.duplicate());
            assertThat(List.of(none, gzip, both)).noneMatch(log::needsPreparing);
            log.configure(KeyCheckTest.compacted(plain));
            assertThat(List.of(gzip, both)).allMatch(log::needsPreparing);
            assertThat(log.needsPreparing(none))
                    .as("its keys are seen in passing")
                    .isFalse();
            log.configure(withCodec(plain, "gzip"));
            assertThat(List.of(none, both)).allMatch(log::needsPreparing);
            assertThat(log.needsPreparing(gzip)).isFalse();
            log.configure(withCodec(plain, "uncompressed"));
            assertThat(List.of(gzip, both)).allMatch(log::needsPreparing);
            assertThat(log.needsPreparing(none)).isFalse();
            assertThat(none.position() + gzip.position() + both.position()).isZero();
        }
    }

    @Test
    void bytesThatAreNoBatchesNeedNoPreparing() {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.configure(withCodec(fixture.config, "uncompressed"));
            for (int length = 0; length < 200; length++) {
                assertThat(log.needsPreparing(ByteBuffer.allocate(length))).isFalse();
            }
            ByteBuffer lies = batch(Compression.NONE, "a");
            for (int size : new int[] {Integer.MIN_VALUE, -12, -1, 0, Integer.MAX_VALUE}) {
                lies.putInt(8, size);
                assertThat(log.needsPreparing(lies)).isFalse();
            }
        }
    }

    @Test
    void whatIsPreparedIsWrittenAsIfItHadBeenAppendedAtOnce() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.configure(withCodec(KeyCheckTest.compacted(fixture.config), "gzip"));
            AppendResult whole = log.append(batch(Compression.NONE, "a"), 3);
            PreparedBatches prepared = log.prepare(batch(Compression.NONE, "a"));
            log.configure(fixture.config);
            AppendResult inParts = log.append(prepared, 3);
            assertThat(inParts.baseOffset()).isEqualTo(whole.endOffset());
            assertThat(inParts.endOffset()).isEqualTo(whole.endOffset() + 1);
            MemoryRecords written = LogFixture.records(log.read(0, 100_000, Long.MAX_VALUE, true));
            assertThat(written.batches()).hasSize(2).allMatch(batch -> batch.compressionType() == CompressionType.GZIP);
            assertThat(written.batches()).allMatch(batch -> batch.isValid() && batch.partitionLeaderEpoch() == 3);
        }
    }

    @Test
    void preparingTellsWhatIsWrong() {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.configure(KeyCheckTest.compacted(fixture.config));
            ByteBuffer keyless = batch(Compression.gzip().build(), null);
            RejectedBatchException refused =
                    catchThrowableOfType(RejectedBatchException.class, () -> log.prepare(keyless));
            assertThat(refused.error()).isEqualTo(Errors.INVALID_RECORD);
            assertThat(refused.recordErrors()).hasSize(1);
        }
    }
}
