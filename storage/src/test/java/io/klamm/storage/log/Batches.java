/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Record batches as a client's codec writes them. */
final class Batches {
    private Batches() {}

    static ByteBuffer of(String... values) {
        return of(Compression.NONE, 1000, values);
    }

    static ByteBuffer of(Compression compression, long timestamp, String... values) {
        return direct(MemoryRecords.withRecords(compression, records(timestamp, values)));
    }

    static ByteBuffer idempotent(long producerId, int epoch, int sequence, String... values) {
        return direct(MemoryRecords.withIdempotentRecords(
                Compression.NONE, producerId, (short) epoch, sequence, records(1000, values)));
    }

    static ByteBuffer transactional(long producerId, int epoch, int sequence, String... values) {
        return direct(MemoryRecords.withTransactionalRecords(
                Compression.NONE, producerId, (short) epoch, sequence, records(1000, values)));
    }

    static ByteBuffer replicated(long baseOffset, int leaderEpoch, String... values) {
        return direct(MemoryRecords.withRecords(baseOffset, Compression.NONE, leaderEpoch, records(1000, values)));
    }

    static ByteBuffer replicatedIdempotent(
            long baseOffset, int leaderEpoch, long producerId, int epoch, int sequence, String... values) {
        return direct(MemoryRecords.withIdempotentRecords(
                RecordBatch.CURRENT_MAGIC_VALUE,
                baseOffset,
                Compression.NONE,
                producerId,
                (short) epoch,
                sequence,
                leaderEpoch,
                records(1000, values)));
    }

    static ByteBuffer replicatedMarker(long offset, int leaderEpoch, long producerId, int epoch, boolean commit) {
        return direct(MemoryRecords.withEndTransactionMarker(
                offset,
                1000,
                leaderEpoch,
                producerId,
                (short) epoch,
                new EndTransactionMarker(commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT, 7)));
    }

    static SimpleRecord[] records(long timestamp, String... values) {
        return Arrays.stream(values)
                .map(value -> new SimpleRecord(timestamp, value.getBytes(StandardCharsets.UTF_8)))
                .toArray(SimpleRecord[]::new);
    }

    static ByteBuffer direct(MemoryRecords records) {
        ByteBuffer from = records.buffer().duplicate();
        ByteBuffer to = ByteBuffer.allocateDirect(from.remaining());
        return to.put(from).flip();
    }

    static ByteBuffer join(ByteBuffer... parts) {
        int size = Arrays.stream(parts).mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer all = ByteBuffer.allocateDirect(size);
        for (ByteBuffer part : parts) {
            all.put(part.duplicate());
        }
        return all.flip();
    }
}
