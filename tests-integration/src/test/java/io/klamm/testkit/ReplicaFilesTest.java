/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaFilesTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 4);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    /** A batch of two records, as Kafka's own library writes it. */
    private static MemoryRecords batch(long baseOffset, int leaderEpoch) {
        return MemoryRecords.withRecords(
                RecordBatch.CURRENT_MAGIC_VALUE,
                baseOffset,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                leaderEpoch,
                false,
                new SimpleRecord("one".getBytes(StandardCharsets.UTF_8)),
                new SimpleRecord("two".getBytes(StandardCharsets.UTF_8)));
    }

    private static StoredBatch stored(MemoryRecords batch) {
        RecordBatch only = batch.batches().iterator().next();
        return new StoredBatch(only.baseOffset(), only.lastOffset(), only.partitionLeaderEpoch(), only.checksum());
    }

    private void write(String name, MemoryRecords... batches) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(PARTITION.toString()));
        ByteBuffer bytes = ByteBuffer.allocate(10_000);
        for (MemoryRecords batch : batches) {
            bytes.put(batch.buffer().duplicate());
        }
        bytes.flip();
        byte[] all = new byte[bytes.remaining()];
        bytes.get(all);
        Files.write(folder.resolve(name), all);
    }

    @Test
    void batchesOfAllSegmentsComeInOrder() throws IOException {
        MemoryRecords one = batch(0, 3);
        MemoryRecords two = batch(2, 3);
        MemoryRecords three = batch(4, 7);
        write("00000000000000000004.log", three);
        write("00000000000000000000.log", one, two);
        write("00000000000000000000.index");
        assertThat(ReplicaFiles.batches(directory, PARTITION)).containsExactly(stored(one), stored(two), stored(three));
        assertThat(stored(three))
                .extracting(StoredBatch::lastOffset, StoredBatch::leaderEpoch)
                .containsExactly(5L, 7);
    }

    @Test
    void bytesThatAreNoBatchAreNotPassedOver() throws IOException {
        Path folder = Files.createDirectories(directory.resolve(PARTITION.toString()));
        Files.write(folder.resolve("00000000000000000000.log"), new byte[100]);
        assertThatThrownBy(() -> ReplicaFiles.batches(directory, PARTITION))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage(folder.resolve("00000000000000000000.log") + " has no batch at byte 0");
    }
}
