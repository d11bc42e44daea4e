/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** That levels are used shows in the sizes. */
class CompressionLevelsTest {
    private static final int RECORDS = 400;

    /** A codec with a low and a high level. */
    static Stream<Arguments> levels() {
        return Stream.of(
                Arguments.of(Compression.GZIP, new CompressionLevels(1, 9, 3), new CompressionLevels(9, 9, 3)),
                Arguments.of(Compression.LZ4, new CompressionLevels(-1, 9, 3), new CompressionLevels(-1, 17, 3)),
                Arguments.of(Compression.LZ4, new CompressionLevels(-1, 1, 3), new CompressionLevels(-1, 17, 3)),
                Arguments.of(Compression.ZSTD, new CompressionLevels(-1, 9, -50), new CompressionLevels(-1, 9, 19)));
    }

    private static ByteBuffer text() {
        Random random = new Random(3);
        SimpleRecord[] records = new SimpleRecord[RECORDS];
        for (int i = 0; i < RECORDS; i++) {
            StringBuilder words = new StringBuilder();
            for (int w = 0; w < 12; w++) {
                words.append("word").append(random.nextInt(200)).append(' ');
            }
            records[i] = new SimpleRecord(
                    1000 + i,
                    ("key" + i).getBytes(StandardCharsets.UTF_8),
                    words.toString().getBytes(StandardCharsets.UTF_8));
        }
        return MemoryRecords.withRecords(org.apache.kafka.common.compress.Compression.NONE, records)
                .buffer();
    }

    private static ByteBuffer recompressed(Compression codec, CompressionLevels levels) throws Exception {
        return new Recompression(codec, levels, 1 << 20, 1 << 20).apply(text());
    }

    private static int count(ByteBuffer batch) {
        int records = 0;
        for (var each : MemoryRecords.readableRecords(batch.duplicate()).records()) {
            assertThat(each.timestamp()).isEqualTo(1000 + records);
            records++;
        }
        return records;
    }

    @ParameterizedTest
    @MethodSource("levels")
    void aHigherLevelMakesABatchSmaller(Compression codec, CompressionLevels low, CompressionLevels high)
            throws Exception {
        ByteBuffer large = recompressed(codec, low);
        ByteBuffer small = recompressed(codec, high);
        assertThat(small.remaining()).isLessThan(large.remaining());
        assertThat(count(large)).isEqualTo(RECORDS);
        assertThat(count(small)).isEqualTo(RECORDS);
    }

    @ParameterizedTest
    @MethodSource("levels")
    void whatCompactionLeavesIsWrittenAtTheLevelToo(Compression codec, CompressionLevels low, CompressionLevels high)
            throws Exception {
        ByteBuffer batch = recompressed(codec, low);
        ByteBuffer large = withoutFirst(batch, low);
        ByteBuffer small = withoutFirst(batch, high);
        assertThat(small.remaining()).isLessThan(large.remaining());
        assertThat(new RecordBatch().wrap(small, 0).compressionId()).isEqualTo(codec.id());
        assertThat(new RecordBatch().wrap(small, 0).recordCount()).isEqualTo(RECORDS - 1);
    }

    private static ByteBuffer withoutFirst(ByteBuffer batch, CompressionLevels levels) throws Exception {
        RecordScanner scanner = new RecordScanner(1 << 20);
        BatchRewriter rewriter = new BatchRewriter(levels);
        scanner.open(batch, 0);
        rewriter.start(batch, 0, -1);
        while (scanner.next()) {
            if (scanner.index() > 0) {
                rewriter.add(scanner);
            }
        }
        return rewriter.finish();
    }

    @Test
    void onlyLevelsThatTheLibrariesKnow() {
        for (int[] wrong : new int[][] {{0, 9, 3}, {10, 9, 3}, {-2, 9, 3}, {-1, 0, 3}, {-1, 18, 3}, {-1, 9, 23}}) {
            assertThatThrownBy(() -> new CompressionLevels(wrong[0], wrong[1], wrong[2]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(com.github.luben.zstd.Zstd.minCompressionLevel()).isEqualTo(-131_072);
        assertThat(com.github.luben.zstd.Zstd.maxCompressionLevel()).isEqualTo(22);
    }
}
