/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.Compression;
import io.klamm.storage.batch.CompressionLevels;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.Recompression;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordIterator;
import io.klamm.storage.batch.RecordScanner;
import io.klamm.storage.batch.RecordWalk;
import io.klamm.storage.producer.EndMarker;
import java.nio.ByteBuffer;
import java.util.Random;

/** One case: mutated batches against everything that reads batches in memory. Throws what must not happen. */
final class BatchFuzz {
    static final int MAX_DECOMPRESSED = 64 * 1024;
    private static final LogConfig.Validation ANY_TIME =
            new LogConfig.Validation(1 << 20, false, Long.MAX_VALUE, Long.MAX_VALUE, "producer");

    private final Random random;
    private final Mutations mutations;
    private final Recompression[] recompressions = new Recompression[5];
    private byte[] last = {};

    BatchFuzz(Random random) {
        this.random = random;
        this.mutations = new Mutations(random);
        for (int i = 0; i < recompressions.length; i++) {
            Compression codec = Compression.forId(i);
            if (codec == null) {
                throw new AssertionError("codec " + i);
            }
            recompressions[i] = new Recompression(codec, CompressionLevels.DEFAULT, MAX_DECOMPRESSED, MAX_DECOMPRESSED);
        }
    }

    /** Not measured: makes the input. */
    byte[] next() {
        last = mutations.batches();
        return last;
    }

    /** What was run last, to be shown when it fails. */
    byte[] last() {
        return last;
    }

    void run(byte[] bytes) {
        ByteBuffer batches = ByteBuffer.wrap(bytes);
        RecordBatch batch = new RecordBatch();
        int at = 0;
        while (at < bytes.length) {
            batch.wrap(batches, at);
            if (BatchStructure.problem(batch, bytes.length - at) != null) {
                break;
            }
            batch.crcIsValid();
            iterate(batches, at);
            scan(batches, at);
            walk(batches, at);
            if (EndMarker.possible(batch)) {
                EndMarker.read(batches, at);
            }
            at += batch.sizeInBytes();
        }
        append(batches);
    }

    private static void iterate(ByteBuffer batches, int at) {
        try {
            RecordIterator records = new RecordIterator(batches, at, MAX_DECOMPRESSED);
            RecordIterator.Entry record = records.next();
            while (record != null) {
                record = records.next();
            }
        } catch (CorruptRecordsException e) {
            return; // the defined answer
        }
    }

    private static void walk(ByteBuffer batches, int at) {
        try (RecordWalk records = new RecordWalk(batches, at, MAX_DECOMPRESSED)) {
            while (records.next()) {
                records.offset();
            }
        } catch (CorruptRecordsException e) {
            return; // the defined answer
        }
    }

    private static void scan(ByteBuffer batches, int at) {
        RecordScanner records = new RecordScanner(MAX_DECOMPRESSED);
        try {
            records.open(batches, at);
            while (records.next()) {
                records.offset();
            }
        } catch (CorruptRecordsException e) {
            return; // the defined answer
        }
    }

    /** As an append goes: everything but the file. */
    private void append(ByteBuffer batches) {
        try {
            AppendValidator.validate(batches, ANY_TIME, 1 << 20, 1_000_000);
            KeyCheck.check(batches, MAX_DECOMPRESSED);
        } catch (RejectedBatchException e) {
            return; // the defined answer
        }
        try {
            recompressions[random.nextInt(recompressions.length)].apply(batches);
        } catch (CorruptRecordsException e) {
            return; // the defined answer
        }
    }
}
