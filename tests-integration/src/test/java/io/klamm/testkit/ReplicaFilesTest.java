/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.ReplicaFiles.Stored;
import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
        assertThat(ReplicaFiles.read(directory, PARTITION, false))
                .isEqualTo(new Stored(List.of(stored(one), stored(two), stored(three)), List.of(), null));
        assertThat(stored(three))
                .extracting(StoredBatch::lastOffset, StoredBatch::leaderEpoch)
                .containsExactly(5L, 7);
    }

    @Test
    void recordsComeWhenTheyAreAskedFor() throws IOException {
        write("00000000000000000000.log", batch(0, 3));
        List<StoredRecord> records =
                ReplicaFiles.read(directory, PARTITION, true).records();
        assertThat(records).extracting(StoredRecord::offset).containsExactly(0L, 1L);
        assertThat(records).extracting(StoredRecord::tombstone).containsOnly(false);
        assertThat(records.get(0).digest()).isNotEqualTo(records.get(1).digest());
    }

    @Test
    void aByteThatHasChangedIsDamageWhateverTheHeaderSays() throws IOException {
        MemoryRecords broken = batch(2, 3);
        int last = broken.buffer().limit() - 1;
        broken.buffer().put(last, (byte) (broken.buffer().get(last) ^ 1));
        write("00000000000000000000.log", batch(0, 3), broken);
        Stored stored = ReplicaFiles.read(directory, PARTITION, false);
        assertThat(stored.batches()).containsExactly(stored(batch(0, 3)));
        assertThat(stored.damage()).contains("the batch from offset 2 says that its checksum is");
    }

    @Test
    void aBatchThatIsCutOffIsDamageAndSoIsALittleRest() throws IOException {
        write("00000000000000000000.log", batch(0, 3), batch(2, 3));
        Path log = directory.resolve(PARTITION.toString()).resolve("00000000000000000000.log");
        byte[] all = Files.readAllBytes(log);
        Files.write(log, Arrays.copyOf(all, all.length - 1));
        assertThat(ReplicaFiles.read(directory, PARTITION, false).damage()).contains("cut off after");
        Files.write(log, Arrays.copyOf(all, all.length / 2 + 20));
        assertThat(ReplicaFiles.read(directory, PARTITION, false).damage()).contains("20 bytes, too few for a batch");
    }

    @Test
    void bytesThatAreNoBatchAreNotPassedOver() throws IOException {
        Path folder = Files.createDirectories(directory.resolve(PARTITION.toString()));
        Files.write(folder.resolve("00000000000000000000.log"), new byte[100]);
        assertThat(ReplicaFiles.read(directory, PARTITION, false).damage())
                .isEqualTo("00000000000000000000.log, byte 0: no batch: its length is 0");
    }

    @Test
    void aReplicaThatIsNotThereIsDamage() {
        assertThat(ReplicaFiles.read(directory, PARTITION, false).damage()).startsWith("there is no folder");
    }
}
