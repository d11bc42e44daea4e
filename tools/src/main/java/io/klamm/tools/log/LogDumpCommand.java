/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.replication.partition.HighWatermarkFile;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogFileKind;
import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.client.RecordFormat;
import io.klamm.tools.output.Output;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm log dump}. */
@Command(
        name = "dump",
        description = {
            "Print what is in the files of a log dir: segments (their batches, or records too), offset, time and transaction"
                    + " indexes, producer snapshots, leader epochs, checkpoints.",
            "Of a damaged file it prints what is sound, and says where and what is wrong."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {" 0:everything is sound", " 1:something is damaged", " 2:something cannot be read"},
        footer = {
            "",
            "Examples:",
            "  klamm log dump data/orders-0",
            "  klamm log dump data/orders-0/00000000000000000000.log --records --from-offset 1000 --max 10",
            "  klamm log dump data/orders-0/*.log --format '%%o %%k=%%v'"
        })
final class LogDumpCommand implements Callable<Integer> {
    private static final int UNREADABLE = 2;

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "FILE|DIR", arity = "1..*", description = "Files, folders of logs, or log dirs.")
    private List<Path> paths = List.of();

    @Option(names = "--records", description = "Print the records of batches too.")
    private boolean records;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = {
                "Print only records, as klamm consume does: value, key-value (separated by a tab), json, or a pattern: %%t topic,"
                        + " %%p partition, %%o offset, %%T timestamp (ms), %%k key, %%v value, %%h headers, %%%% percent"
                        + " sign, \\n, \\t."
            })
    private @Nullable String format;

    @Option(
            names = "--from-offset",
            paramLabel = "OFFSET",
            defaultValue = "0",
            description = "First offset to print, of batches, records and entries.")
    private long fromOffset;

    @Option(
            names = "--max",
            paramLabel = "N",
            description = "At most so many batches (with --records: records) or entries of each file.")
    private @Nullable Long max;

    @Override
    public Integer call() throws IOException {
        if (max != null && max < 1) {
            throw new CommandException("--max " + max + ": expected at least 1", ExitCode.USAGE);
        }
        RecordFormat recordFormat = format == null ? null : RecordFormat.parse(format);
        Dump dump = new Dump(
                output,
                new Dump.Selection(
                        records || recordFormat != null, recordFormat, fromOffset, max == null ? Long.MAX_VALUE : max));
        boolean unreadable = false;
        for (Path path : paths) {
            try {
                dump(dump, path, true);
            } catch (IOException e) {
                unreadable = true;
                output.out().flush();
                output.progress().println("klamm: " + path + " cannot be read: " + reason(e));
                output.progress().flush();
            }
        }
        output.out().flush();
        return unreadable ? UNREADABLE : dump.problems() > 0 ? ExitCode.FAILED : ExitCode.OK;
    }

    static String reason(IOException e) {
        return e instanceof NoSuchFileException ? "there is no such file" : String.valueOf(e.getMessage());
    }

    /** @param named by the user, so that it must be printable */
    private void dump(Dump dump, Path path, boolean named) throws IOException {
        LogFiles files = dump.files;
        if (files.isDirectory(path)) {
            boolean logDir = files.exists(path.resolve(LogFileKind.IDENTITY_FILE));
            for (Path entry : files.list(path)) {
                boolean log =
                        files.isDirectory(entry) && logDir && files.exists(entry.resolve(LogFileKind.PARTITION_FILE));
                if (log || !files.isDirectory(entry)) {
                    dump(dump, entry, false);
                }
            }
            return;
        }
        LogFileKind kind = LogFileKind.of(path);
        try {
            dumpFile(dump, path, kind, named);
        } catch (NoSuchFileException e) {
            if (named) {
                throw e;
            }
            output.out().flush(); // deleted by the running node since it was listed
        }
    }

    private static void dumpFile(Dump dump, Path path, LogFileKind kind, boolean named) throws IOException {
        if (dump.onlyRecords() && kind != LogFileKind.SEGMENT) {
            return;
        }
        switch (kind) {
            case SEGMENT -> new SegmentDump(dump, path).print();
            case OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX -> new SmallFileDump(dump, path, kind).printIndex();
            case PRODUCER_SNAPSHOT -> new SmallFileDump(dump, path, kind).printSnapshot();
            case HIGH_WATERMARKS -> printHighWatermarks(dump, path);
            case LEADER_EPOCHS, PARTITION, RECOVERY_POINTS, LOG_STARTS, CLEANED_ENDS, IDENTITY, CLEAN_STOP ->
                new SmallFileDump(dump, path, kind).printText();
            default -> {
                long bytes = dump.files.size(path); // fails when there is no such file
                if (named && kind == LogFileKind.UNKNOWN) {
                    throw new IOException("its name is that of no file of a log dir");
                }
                dump.title(path, kind, "bytes", bytes);
            }
        }
    }

    private static void printHighWatermarks(Dump dump, Path path) throws IOException {
        dump.title(path, LogFileKind.HIGH_WATERMARKS);
        Columns columns =
                new Columns(dump.out(), new String[] {"TOPIC ID", "PARTITION", "HIGH WATERMARK"}, 22, -9, -14);
        try {
            new HighWatermarkFile(dump.files, path).read().forEach((id, offset) -> {
                if (dump.isJson()) {
                    Map<String, Object> line = dump.line("highWatermark", path);
                    line.put("topicId", id.topicId().toString());
                    line.put("partition", id.partition());
                    line.put("highWatermark", offset);
                    dump.output.printLine(line);
                } else {
                    columns.row(id.topicId(), id.partition(), offset);
                }
            });
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            dump.problem(path, -1, String.valueOf(e.getMessage()));
        }
    }
}
