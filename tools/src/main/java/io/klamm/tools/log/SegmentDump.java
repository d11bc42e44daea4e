/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.storage.batch.Compression;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordIterator;
import io.klamm.storage.inspect.RecordsCheck;
import io.klamm.storage.inspect.SegmentWalk;
import io.klamm.storage.log.LogFileKind;
import io.klamm.storage.producer.EndMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints the batches of a segment, or their records too. */
final class SegmentDump implements SegmentWalk.Visitor {
    private static final int CHECK_ABANDONED = 256;

    private final Dump dump;
    private final Path file;
    private final RecordPrinter records;
    private final Columns columns;
    private long printed;

    SegmentDump(Dump dump, Path file) {
        this.dump = dump;
        this.file = file;
        this.records = new RecordPrinter(dump, file);
        this.columns = new Columns(
                dump.out(),
                new String[] {
                    "OFFSETS", "POSITION", "BYTES", "RECORDS", "EPOCH", "CODEC", "MAX TIMESTAMP", "PRODUCER", "KIND"
                },
                17,
                -10,
                -8,
                -7,
                -5,
                12,
                24,
                14,
                4);
    }

    void print() throws IOException {
        long base = LogFileKind.offset(file).orElse(0);
        long size = dump.files.size(file);
        dump.title(file, LogFileKind.SEGMENT, "baseOffset", base, "bytes", size);
        SegmentWalk.run(dump.files, file, 0, base, this);
    }

    @Override
    public boolean batch(RecordBatch batch, long position, @Nullable ByteBuffer whole) throws IOException {
        if (batch.lastOffset() < dump.selection.fromOffset()) {
            return true;
        }
        if (printed >= dump.selection.max()) {
            return false;
        }
        if (!dump.onlyRecords()) {
            printBatch(batch, position, whole);
        }
        if (!dump.selection.records()) {
            printed++;
        } else if (whole == null) {
            dump.problem(file, position, "batch of " + batch.sizeInBytes() + " bytes: too large to be decoded here");
        } else {
            printRecords(batch, position, whole);
        }
        return printed % CHECK_ABANDONED != 0 || !dump.isAbandoned();
    }

    private void printBatch(RecordBatch batch, long position, @Nullable ByteBuffer whole) {
        Compression codec = Compression.forId(batch.compressionId());
        String codecName = codec == null ? "unknown " + batch.compressionId() : codec.configName();
        String marker = marker(batch, whole);
        if (!dump.isJson()) {
            columns.row(
                    batch.baseOffset() + "-" + batch.lastOffset(),
                    position,
                    batch.sizeInBytes(),
                    batch.recordCount(),
                    batch.leaderEpoch(),
                    codecName,
                    Dump.time(batch.maxTimestamp()),
                    batch.hasProducerId()
                            ? batch.producerId() + "/" + batch.producerEpoch() + " " + batch.baseSequence()
                            : "-",
                    kind(batch, marker));
            return;
        }
        Map<String, Object> line = dump.line("batch", file);
        line.put("position", position);
        line.put("bytes", batch.sizeInBytes());
        line.put("baseOffset", batch.baseOffset());
        line.put("lastOffset", batch.lastOffset());
        line.put("records", batch.recordCount());
        line.put("leaderEpoch", batch.leaderEpoch());
        line.put("crc", Integer.toHexString(batch.storedCrc()));
        line.put("compression", codecName);
        line.put("timestampType", batch.isLogAppendTime() ? "LogAppendTime" : "CreateTime");
        line.put("baseTimestamp", batch.baseTimestamp());
        line.put("maxTimestamp", batch.maxTimestamp());
        line.put("producerId", batch.producerId());
        line.put("producerEpoch", batch.producerEpoch());
        line.put("baseSequence", batch.baseSequence());
        line.put("transactional", batch.isTransactional());
        line.put("control", batch.isControl());
        line.put("deleteHorizon", batch.hasDeleteHorizon());
        line.put("marker", marker);
        dump.output.printLine(line);
    }

    private static @Nullable String marker(RecordBatch batch, @Nullable ByteBuffer whole) {
        EndMarker marker = whole != null && EndMarker.possible(batch) ? EndMarker.read(whole, 0) : null;
        return marker == null ? null : marker.commit() ? "commit" : "abort";
    }

    private static String kind(RecordBatch batch, @Nullable String marker) {
        String kind = marker != null ? marker : batch.isControl() ? "control" : batch.isTransactional() ? "txn" : "";
        return kind + (batch.isLogAppendTime() ? " append-time" : "") + (batch.hasDeleteHorizon() ? " horizon" : "");
    }

    private void printRecords(RecordBatch batch, long position, ByteBuffer whole) throws IOException {
        try {
            RecordIterator iterator = new RecordIterator(whole, 0, RecordsCheck.MAX_DECOMPRESSED_BYTES);
            for (RecordIterator.Entry record = iterator.next();
                    record != null && printed < dump.selection.max();
                    record = iterator.next()) {
                if (record.offset() >= dump.selection.fromOffset()) {
                    records.print(batch, record);
                    printed++;
                }
            }
        } catch (CorruptRecordsException e) {
            dump.problem(
                    file,
                    position,
                    "records of the batch at offset " + batch.baseOffset() + " do not decode: " + e.getMessage());
        }
    }

    @Override
    public void damage(SegmentWalk.Damage damage) {
        dump.problem(
                file,
                damage.position(),
                damage.what() + " (offset " + damage.expectedOffset() + " or above was expected); "
                        + (damage.atEnd()
                                ? "nothing sound follows in the last " + (damage.end() - damage.position()) + " bytes"
                                : "going on at " + damage.end()));
    }
}
