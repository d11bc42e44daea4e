/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.storage.inspect.DirVerifier;
import io.klamm.storage.inspect.Finding;
import io.klamm.storage.io.LogFiles;
import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import io.klamm.tools.output.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm log verify}. */
@Command(
        name = "verify",
        description = {
            "Check a log dir, or the folder of one log in it: every batch and its records, offsets, leader epochs, indexes, producer"
                    + " snapshots, checkpoints, and which files are there.",
            "A node may be running on it (this is known from the kernel's list of file locks, where there is one): then a batch at the"
                    + " end of the newest segment may be half written, files may come and go, and what looks wrong is looked"
                    + " at again before it is reported."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {" 0:sound", " 1:something was found", " 2:it cannot be read, or is no log dir"})
final class LogVerifyCommand implements Callable<Integer> {
    private static final int UNREADABLE = 2;

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "DIR", description = "A log dir, or the folder of one log.")
    private Path directory;

    @Option(
            names = "--live",
            description = "A node is running on it, though that cannot be seen from here (another container or host).")
    private boolean live;

    @Override
    public Integer call() {
        DirVerifier.Report report;
        try (ProgressLine progress = ProgressLine.on(output.progress())) {
            report = new DirVerifier(LogFiles.SYSTEM, progress).verify(directory, live);
        } catch (IOException e) {
            throw new CommandException(directory + " cannot be read: " + LogDumpCommand.reason(e), UNREADABLE);
        }
        if (output.isJson()) {
            output.print(json(report), "");
        } else {
            print(report);
        }
        return report.isSound() ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(DirVerifier.Report report) {
        PrintWriter out = output.out();
        if (!report.findings().isEmpty()) {
            Table table = new Table("SEVERITY", "FILE", "OFFSET", "POSITION", "FINDING");
            Path root = directory.toAbsolutePath().normalize();
            for (Finding finding : report.findings()) {
                table.row(
                        finding.severity().name().toLowerCase(Locale.ROOT),
                        relative(root, finding.file()),
                        finding.offset() < 0 ? "-" : finding.offset(),
                        finding.position() < 0 ? "-" : finding.position(),
                        finding.what());
            }
            out.println(table);
        }
        out.println((report.isSound() ? "Sound: " : "Not sound: ") + report.logs() + " logs, " + report.segments()
                + " segments, " + report.batches() + " batches, " + report.records() + " records, " + report.bytes()
                + " bytes"
                + (report.usedBy().isPresent()
                        ? "; in use by process " + report.usedBy().getAsLong()
                        : live ? "; taken as in use" : ""));
        out.flush();
    }

    private static Path relative(Path root, Path file) {
        return file.startsWith(root) && !file.equals(root) ? root.relativize(file) : file;
    }

    private static Map<String, Object> json(DirVerifier.Report report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sound", report.isSound());
        json.put("usedByProcess", report.usedBy().isPresent() ? report.usedBy().getAsLong() : null);
        json.put("logs", report.logs());
        json.put("segments", report.segments());
        json.put("batches", report.batches());
        json.put("records", report.records());
        json.put("bytes", report.bytes());
        List<Map<String, Object>> findings = report.findings().stream()
                .map(finding -> {
                    Map<String, Object> one = new LinkedHashMap<>();
                    one.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
                    one.put("file", finding.file().toString());
                    one.put("offset", finding.offset() < 0 ? null : finding.offset());
                    one.put("position", finding.position() < 0 ? null : finding.position());
                    one.put("what", finding.what());
                    return one;
                })
                .toList();
        json.put("findings", findings);
        return json;
    }
}
