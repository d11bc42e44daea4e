/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.log.RejectedBatchException.RecordError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyCheckTest {
    @TempDir
    Path dir;

    private static ByteBuffer keyed(Compression codec, @Nullable String... keys) {
        SimpleRecord[] records = new SimpleRecord[keys.length];
        for (int i = 0; i < keys.length; i++) {
            String key = keys[i];
            records[i] = new SimpleRecord(1000, key == null ? null : key.getBytes(StandardCharsets.UTF_8), new byte[5]);
        }
        return Batches.direct(MemoryRecords.withRecords(codec, records));
    }

    @Test
    void everyRecordOfACompactedTopicNeedsAKey() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            log.append(keyed(Compression.NONE, (String) null), 0);
            LogConfig compacted = compacted(fixture.config);
            log.configure(compacted);
            for (Compression codec : RecordCodecs.all()) {
                log.append(keyed(codec, "a", "", "b"), 0);
                long end = log.logEndOffset();
                ByteBuffer two = Batches.join(keyed(codec, "a", null), keyed(codec, null, "b"));
                assertThatThrownBy(() -> log.append(two, 0)).isInstanceOfSatisfying(RejectedBatchException.class, e -> {
                    assertThat(e.error()).isEqualTo(Errors.INVALID_RECORD);
                    assertThat(e.recordErrors()).extracting(RecordError::index).containsExactly(1, 2);
                });
                assertThat(log.logEndOffset()).isEqualTo(end);
            }
            // A follower takes what its leader has, also from the time before the topic was compacted.
            log.appendReplicated(Batches.replicated(log.logEndOffset(), 1, "no key"), EpochGate.GROWING);
        }
    }

    static LogConfig compacted(LogConfig config) {
        LogConfig.Retention retention = config.retention();
        return new LogConfig(
                config.segmentBytes(),
                config.segmentMs(),
                config.segmentJitterMs(),
                config.indexIntervalBytes(),
                config.indexMaxBytes(),
                config.flush(),
                config.validation(),
                new LogConfig.Retention(
                        false,
                        true,
                        retention.retentionMs(),
                        retention.retentionBytes(),
                        retention.fileDeleteDelayMs()));
    }
}
