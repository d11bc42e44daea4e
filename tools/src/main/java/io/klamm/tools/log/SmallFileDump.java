/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.index.IndexReader;
import io.klamm.storage.inspect.SnapshotFile;
import io.klamm.storage.log.LogFileKind;
import io.klamm.storage.producer.ProducerSnapshot;
import io.klamm.storage.producer.ProducerView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Prints indexes, producer snapshots and checkpoints. */
final class SmallFileDump {
    private final Dump dump;
    private final Path file;
    private final LogFileKind kind;

    SmallFileDump(Dump dump, Path file, LogFileKind kind) {
        this.dump = dump;
        this.file = file;
        this.kind = kind;
    }

    void printIndex() throws IOException {
        IndexReader.read(dump.files, file, new IndexPrinter());
    }

    private final class IndexPrinter implements IndexReader.Visitor {
        private long base;
        private long printed;
        private long lastOffset = -1;
        private long lastValue = -1;
        private Columns columns = new Columns(dump.out(), new String[0]);

        @Override
        public void header(IndexReader.Header header) {
            base = header.baseOffset();
            dump.title(file, kind, "baseOffset", base);
            if (header.problem() != null) {
                dump.problem(file, 0, header.problem());
            }
            if (base != LogFileKind.offset(file).orElse(base)) {
                dump.problem(file, 8, "base offset " + base + ", where the name says another");
            }
            columns = header.kind() == IndexReader.Kind.OFFSET
                    ? new Columns(dump.out(), new String[] {"OFFSET", "SEGMENT POSITION"}, -12, -16)
                    : header.kind() == IndexReader.Kind.TIME
                            ? new Columns(
                                    dump.out(), new String[] {"UP TO OFFSET", "MAX TIMESTAMP", "TIME"}, -12, -14, 24)
                            : new Columns(
                                    dump.out(),
                                    new String[] {"PRODUCER", "FIRST OFFSET", "ABORTED AT", "LAST STABLE OFFSET"},
                                    -10,
                                    -12,
                                    -12,
                                    -18);
        }

        private boolean takes(long lastOffset) {
            return lastOffset >= dump.selection.fromOffset() && printed++ < dump.selection.max();
        }

        /** Both grow from entry to entry; the largest timestamp may also stay. */
        private void checkOrder(long position, long relativeOffset, long value, long step) {
            if (relativeOffset <= lastOffset || value < lastValue + step) {
                dump.problem(file, position, "it does not follow the entry before");
            }
            lastOffset = relativeOffset;
            lastValue = value;
        }

        @Override
        public void offsetEntry(long position, long relativeOffset, long segmentPosition) {
            checkOrder(position, relativeOffset, segmentPosition, 1);
            if (!takes(base + relativeOffset)) {
                return;
            }
            if (dump.isJson()) {
                Map<String, Object> line = dump.line("offsetIndexEntry", file);
                line.put("offset", base + relativeOffset);
                line.put("segmentPosition", segmentPosition);
                dump.output.printLine(line);
            } else {
                columns.row(base + relativeOffset, segmentPosition);
            }
        }

        @Override
        public void timeEntry(long position, long maxTimestampMs, long relativeOffset) {
            checkOrder(position, relativeOffset, maxTimestampMs, 0);
            if (!takes(base + relativeOffset)) {
                return;
            }
            if (dump.isJson()) {
                Map<String, Object> line = dump.line("timeIndexEntry", file);
                line.put("lastOffset", base + relativeOffset);
                line.put("maxTimestamp", maxTimestampMs);
                dump.output.printLine(line);
            } else {
                columns.row(base + relativeOffset, maxTimestampMs, Dump.time(maxTimestampMs));
            }
        }

        @Override
        public void transactionEntry(long position, AbortedTransaction aborted) {
            if (!takes(aborted.lastOffset())) {
                return;
            }
            if (dump.isJson()) {
                Map<String, Object> line = dump.line("abortedTransaction", file);
                line.put("producerId", aborted.producerId());
                line.put("firstOffset", aborted.firstOffset());
                line.put("lastOffset", aborted.lastOffset());
                line.put("lastStableOffset", aborted.lastStableOffset());
                dump.output.printLine(line);
            } else {
                columns.row(
                        aborted.producerId(), aborted.firstOffset(), aborted.lastOffset(), aborted.lastStableOffset());
            }
        }

        @Override
        public void damage(long position, String problem) {
            dump.problem(file, position, problem);
        }
    }

    void printSnapshot() throws IOException {
        ProducerSnapshot.Content content = SnapshotFile.read(dump.files, file);
        dump.title(
                file,
                kind,
                "offset",
                LogFileKind.offset(file).orElse(-1),
                "producers",
                content.producers().size(),
                "forgotten",
                content.forgotten() ? "some" : "none");
        Columns columns = new Columns(
                dump.out(),
                new String[] {"PRODUCER", "EPOCH", "LAST SEQUENCE", "LAST OFFSET", "OPEN FROM", "LAST WRITE", "BATCHES"
                },
                -10,
                -5,
                -13,
                -11,
                -9,
                24,
                -7);
        content.producers().stream().limit(dump.selection.max()).forEach(producer -> print(producer, columns));
        if (content.problem() != null) {
            dump.problem(file, -1, content.problem());
        }
    }

    private void print(ProducerView producer, Columns columns) {
        if (dump.isJson()) {
            Map<String, Object> line = dump.line("producer", file);
            line.put("producerId", producer.producerId());
            line.put("producerEpoch", producer.epoch());
            line.put("coordinatorEpoch", producer.coordinatorEpoch());
            line.put("lastWriteMs", producer.lastWriteMs());
            line.put("lastOffset", producer.lastOffset());
            line.put("transactionStart", producer.transactionStart());
            line.put("knownFromFirst", producer.fromFirst());
            line.put("batches", producer.batches());
            dump.output.printLine(line);
            return;
        }
        int batches = producer.batches().size();
        columns.row(
                producer.producerId(),
                producer.epoch(),
                batches == 0 ? "-" : producer.batches().get(batches - 1).lastSequence(),
                producer.lastOffset(),
                producer.transactionStart() < 0 ? "-" : producer.transactionStart(),
                Dump.time(producer.lastWriteMs()),
                batches);
    }

    void printText() throws IOException {
        CheckpointFile.Content content = kind.readText(dump.files, file);
        dump.title(file, kind);
        List<String> lines = content.lines();
        if (dump.isJson()) {
            Map<String, Object> line = dump.line("lines", file);
            line.put("format", content.firstLine());
            line.put("lines", lines);
            dump.output.printLine(line);
        } else {
            dump.out().println("  " + printable(content.firstLine()));
            lines.forEach(line -> dump.out().println("    " + printable(line)));
        }
        if (content.problem() != null) {
            dump.problem(file, -1, content.problem());
        }
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
